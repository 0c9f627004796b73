"""Error handlers, and errors of warmup code, are code of the user: none of them stops a worker or a store."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from statek_jupyter.engine import driver, faults
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.current_job import get_current_job
from statek_jupyter.executors.error_handler import error_handler
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.tool import tool
from statek_jupyter.store import Store
from tests.engine.scripted import define
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("store", ["memory:"], indirect=True)

CALLED: list[str] = []
DOOR = threading.Event()


class Own(BaseException):
    """No `Exception`."""


RAISED = {error.__name__: error for error in (SystemExit, KeyboardInterrupt, Own, StopIteration, ValueError)}


@error_handler
def raises(context: Any, error: Any = None) -> None:
    """Raise what the context names."""
    raise RAISED[context]("key sk-abcdefghijklmnop")


@error_handler
def blocks(context: Any, error: Any = None) -> None:
    """Never end."""
    while not DOOR.is_set():
        pass


@error_handler
def notes(context: Any, error: Any = None) -> None:
    """Say that it was called."""
    CALLED.append(context)


@tool
def claim(context: str, which: str) -> None:
    """Register a handler."""
    get_current_job().add_error_handler({"raises": raises, "blocks": blocks, "notes": notes}[which], context)


@pytest.mark.parametrize("error", list(RAISED))
def test_whatever_a_handler_raises_is_kept_and_the_next_one_called(store: Store, worker: Worker, error: str) -> None:
    """It is noted at the job, without keys."""
    CALLED.clear()
    code = f"```python\nclaim('{error}', 'raises')\nclaim('me', 'notes')\n```"
    handle = store.submit(define([code] * 2, tools=[claim], limits=JobLimits(max_turns=1)))
    handle.wait(20)
    eventually(lambda: CALLED == ["me"])
    eventually(lambda: handle.read(lambda job: len(job.handler_errors)) == 1)
    (noted,) = handle.read(lambda job: [str(one) for one in job.handler_errors])
    assert error in noted and "sk-abc" not in noted
    eventually(lambda: not worker.running_jobs)
    assert worker.running


def test_a_handler_that_never_ends_is_given_up(store: Store, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time; the next one is called, and the worker can stop."""
    monkeypatch.setattr(driver, "HANDLER_SECONDS", 0.5)
    CALLED.clear()
    code = "```python\nclaim('x', 'blocks')\nclaim('me', 'notes')\n```"
    handle = store.submit(define([code] * 2, tools=[claim], limits=JobLimits(max_turns=1)))
    handle.wait(20)
    eventually(lambda: CALLED == ["me"])
    assert "Timeout" in handle.read(lambda job: str(job.handler_errors[0]))


class Fault(Exception):
    """What nobody expected."""

    def __str__(self) -> str:
        while not DOOR.is_set():
            pass
        return "free"


def test_a_fault_that_never_says_what_it_is_holds_up_nobody(
    store: Store, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the store's thread nor the worker's loop makes it text; its job ends, and its handlers are called."""

    async def fails(*args: Any) -> bool:
        raise Fault

    CALLED.clear()
    monkeypatch.setattr(faults, "DESCRIBE_SECONDS", 0.5)
    good = store.submit(define(["```python\nexit(wait_for_message())\n```"]))
    eventually(lambda: good.status is JobStatus.SUSPENDED)
    definition = define(["Done."], warmup_code="claim('me', 'notes')", tools=[claim])
    monkeypatch.setattr(driver.Driver, "_ask", fails)
    bad = store.submit(definition)
    good.send("still here")
    assert good.wait(20).result == "still here"
    assert str(bad.wait(20).error).startswith("Fault: <its message failed: ")
    eventually(lambda: CALLED == ["me"])
    assert "ended by a fault of the engine: Fault" in caplog.text and "in fails" in caplog.text


BAD_ERROR = """class E({base}):
    def __str__(self):
        {act}
raise E"""


@pytest.mark.parametrize("act", ["while True: pass", "raise SystemExit"])
@pytest.mark.parametrize("base", ["Exception", "BaseException"])
def test_an_error_of_warmup_code_is_made_text_under_the_time_limit(
    store: Store, worker: Worker, base: str, act: str
) -> None:
    """Its ``__str__`` never runs on the store's thread, where everybody's commits are made."""
    definition = define(
        ["Done."], warmup_code=BAD_ERROR.format(base=base, act=act), limits=JobLimits(timeout_seconds=1)
    )
    handle = store.submit(definition).wait(20)
    assert "E" in str(handle.error) and handle.error is not None and handle.error.type_name == "E"
    assert store.submit(define(["Fine."])).wait(20).result == "Fine."
