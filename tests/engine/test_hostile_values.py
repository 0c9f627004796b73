"""Values of a job whose own methods never end, or raise what ends threads: they cost their statement, no more."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.store import JobHandle, Store
from tests.engine.scripted import define
from tests.waiting import eventually

pytestmark = [
    pytest.mark.parametrize("store", ["memory:"], indirect=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # of ``__del__``
]

ENDLESS = """```python
x = 1
class Endless:
    def {method}(self, *args, **kwargs):
        while True: pass
e = Endless(){semicolon}
{use}
```"""


def first_turn(handle: JobHandle) -> LLM_LogItem:
    """The job's first turn."""
    turn = handle.chat_log[0]
    assert isinstance(turn, LLM_LogItem)
    return turn


@pytest.mark.parametrize(
    ("method", "use"),
    [
        ("__repr__", "e"),
        ("_repr_html_", "e"),
        ("_repr_mimebundle_", "display(e)"),
        ("__reduce__", "e"),
        ("__getstate__", "print(e.__class__.__name__)"),
    ],
)
def test_a_method_that_never_ends_is_under_the_time_limit(store: Store, method: str, use: str) -> None:
    """Also one that is called when the value is shown, or saved; the job goes on from its last commit."""
    first = ENDLESS.format(method=method, semicolon=";", use=use)
    definition = define([first, "```python\ny = x\n```", "Done."], limits=JobLimits(timeout_seconds=0.4))
    handle = run(definition, store=store, timeout=30)
    error = first_turn(handle).error
    assert error is not None and error.type_name == "StatementTimeoutError"
    assert handle.result == "Done." and handle.locals["y"] == 1


def test_an_error_whose_text_never_ends_is_told_without_it(store: Store) -> None:
    """Its type is known anyway."""
    first = ENDLESS.format(method="__str__", semicolon="", use="class E(Endless, Exception): pass\nraise E()")
    definition = define([first, "Done."], limits=JobLimits(timeout_seconds=0.4))
    handle = run(definition, store=store, timeout=30)
    error = first_turn(handle).error
    assert error is not None and error.type_name == "E" and "message failed" in error.message


@pytest.mark.parametrize(("method", "use"), [("__repr__", "e"), ("__reduce__", "pass")])
def test_a_stop_ends_a_method_that_never_ends(store: Store, worker: Worker, method: str, use: str) -> None:
    """Showing and saving can be stopped as any code can."""
    handle = store.submit(define([ENDLESS.format(method=method, semicolon="", use=use)]))
    eventually(lambda: "x" in handle.locals)
    handle.stop("enough")
    handle.wait(10)
    assert "stopped: enough" in str(handle.error) and handle.locals["x"] == 1


RAISES = """```python
class Own(BaseException): pass
class Bad:
    def {method}(self, *args, **kwargs):
        raise {error}
b = Bad()
{use}
x = 1
```"""


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt", "Own()", "StopIteration", "GeneratorExit"])
@pytest.mark.parametrize(
    ("method", "use"), [("__repr__", "b"), ("__reduce__", "pass"), ("_repr_html_", "display(b)"), ("__del__", "del b")]
)
def test_no_error_of_a_method_ends_more_than_a_statement(
    store: Store, worker: Worker, error: str, method: str, use: str, capfd: Any
) -> None:
    """The block goes on behind it, and so does the job."""
    handle = store.submit(define([RAISES.format(method=method, error=error, use=use), "Done."]))
    handle.wait(20)
    assert (handle.result, handle.locals["x"], first_turn(handle).error) == ("Done.", 1, None)
    assert worker.running
    eventually(lambda: not [t for t in threading.enumerate() if t.name.startswith("statek job")])


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt", "Own()", "StopIteration"])
def test_no_error_while_variables_are_loaded_ends_a_worker(store: Store, error: str) -> None:
    """The value is lost, the others are there."""
    make = f"class Own(BaseException): pass\nclass Bad:\n    def __setstate__(self, state): raise {error}\n"
    make += "b = Bad()\nb.x = 1\ny = 2"
    with Worker(store) as first:
        handle = store.submit(define([f"```python\n{make}\n```", "Half.", "```python\nz = y\n```", "Done."])).wait(20)
        assert handle.result == "Half." and first.running
    with Worker(store) as second:
        handle.send("go on")
        eventually(lambda: handle.result == "Done.", 20)
        assert handle.locals["z"] == 2 and second.running


def test_a_value_that_never_ends_loading_can_be_stopped(store: Store) -> None:
    """The job ends as stopped, though none of its code has run."""
    make = "class Bad:\n    def __setstate__(self, state):\n        while True: pass\nb = Bad()\nb.x = 1"
    handle = run(define([f"```python\n{make}\n```", "Half.", "```python\nz = 1\n```"]), store=store, timeout=20)
    with Worker(store) as worker:
        handle.send("go on")
        eventually(lambda: handle.turns == 3)
        handle.stop("enough")
        eventually(lambda: "stopped: enough" in str(handle.error))
        assert worker.running
