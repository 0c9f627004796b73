"""What a job puts in place of `sys.stdout` is there for that job alone, and is kept as its variables are."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import pickle
import sys
import threading
import types
import unittest.mock
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cloudpickle
import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.sink import Sink
from statek_jupyter.engine.streams import install_output, uninstall_output
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store
from statek_jupyter.store.locals.workspace import Workspace
from tests.engine.scripted import define, outputs
from tests.waiting import eventually


@contextlib.contextmanager
def users_own(stream: io.StringIO) -> Iterator[None]:
    """The user's `sys.stdout` for a while, jobs or not."""
    uninstall_output()
    before, sys.stdout = sys.stdout, stream
    install_output()
    try:
        yield
    finally:
        uninstall_output()
        sys.stdout = before


@contextlib.contextmanager
def job() -> Iterator[Sink]:
    """Code of the block is a job's."""
    sink = Sink()
    token = sink.activate()
    try:
        yield sink
    finally:
        sink.deactivate(token)


def printed(sink: Sink) -> str:
    """All that reached the job's output."""
    return "".join(output.text for output in sink.take())


def redirects(number: int) -> str:
    """A job whose lines go to a buffer for a while."""
    with job() as sink:
        for line in range(30):
            buffer = io.StringIO()
            with contextlib.redirect_stdout(buffer):
                print(f"job {number} hides {line}")
            assert buffer.getvalue() == f"job {number} hides {line}\n"
            print(f"job {number} line {line}")
        return printed(sink)


def suppresses(number: int) -> str:
    """A job that throws a part of its lines away, and closes what it threw them into."""
    with job() as sink:
        for line in range(30):
            with contextlib.redirect_stdout(None), contextlib.redirect_stderr(io.StringIO()):
                print("nothing")
                print("nothing", file=sys.stderr)
            print(f"job {number} line {line}")
        return printed(sink)


def assigns(number: int) -> str:
    """A job that swaps the stream by hand, with a writer that hands on to the one before."""

    class Twice:
        def __init__(self, beneath: object) -> None:
            self.beneath = beneath

        def write(self, text: str) -> None:
            print(text, end="", file=self.beneath)  # type: ignore[call-overload]

    with job() as sink:
        for line in range(30):
            before, sys.stdout = sys.stdout, Twice(sys.stdout)
            print(f"job {number} line {line}")
            sys.stdout = before
        return printed(sink)


def prints(number: int) -> str:
    """A job that only prints."""
    with job() as sink:
        for line in range(30):
            print(f"job {number} line {line}")
        return printed(sink)


def test_twenty_jobs_redirect_suppress_and_print_while_the_user_prints_and_captures() -> None:
    """No line of one gets into a buffer of another, and the user's capture holds the user's lines alone."""
    stream = io.StringIO()
    with users_own(stream), ThreadPoolExecutor(20) as pool:
        kinds = [redirects, suppresses, assigns, prints]
        start = threading.Barrier(21)

        def one(number: int) -> str:
            start.wait()
            return kinds[number % 4](number)

        running = [pool.submit(one, number) for number in range(20)]
        start.wait()
        captured = io.StringIO()
        for line in range(50):
            print(f"user line {line}")
            with contextlib.redirect_stdout(captured):
                print(f"user hides {line}")
                assert sys.stdout is captured
        for number, ended in enumerate(running):
            assert ended.result() == "".join(f"job {number} line {line}\n" for line in range(30))
    assert stream.getvalue() == "".join(f"user line {line}\n" for line in range(50))
    assert captured.getvalue() == "".join(f"user hides {line}\n" for line in range(50))


def test_threads_and_tasks_of_a_job_share_its_stream() -> None:
    """As those of a process do: also a pool that was started before; those of another job see nothing of it."""

    async def tasks() -> None:
        await asyncio.gather(*(asyncio.to_thread(print, "task", number) for number in range(2)), say())

    async def say() -> None:
        print("coroutine")

    with users_own(io.StringIO()) as _, job() as sink, ThreadPoolExecutor(1) as pool:
        pool.submit(print, "before").result()
        buffer = io.StringIO()
        with contextlib.redirect_stdout(buffer):
            pool.submit(print, "in a pool").result()
            thread = threading.Thread(target=print, args=("in a thread",))
            thread.start()
            thread.join()
            asyncio.run(tasks())
            with job() as other:
                print("other")
        assert sorted(buffer.getvalue().splitlines()) == ["coroutine", "in a pool", "in a thread", "task 0", "task 1"]
        assert (printed(sink), printed(other)) == ("before\n", "other\n")


def test_the_original_stream_of_a_job_is_its_output() -> None:
    """`sys.__stdout__` is not the kernel's terminal, and putting it back ends a redirection."""
    stream = io.StringIO()
    with users_own(stream), job() as sink:
        sys.stdout = io.StringIO()
        print("hidden")
        print("shown", file=sys.__stdout__)
        sys.stdout = sys.__stdout__
        print("again")
        assert printed(sink) == "shown\nagain\n" and sink.away == ()
    assert stream.getvalue() == ""


def test_the_module_is_as_it_was_for_everybody_else() -> None:
    """Copies, pickles, mocks and checks of types find what they expect; afterwards nothing is left."""
    stream = io.StringIO()
    with users_own(stream):
        assert isinstance(sys, types.ModuleType) and repr(sys) == "<module 'sys' (built-in)>"
        assert copy.deepcopy(sys) is sys and pickle.loads(cloudpickle.dumps(sys)) is sys
        assert pickle.loads(cloudpickle.dumps(lambda: sys.maxsize))() == sys.maxsize
        with unittest.mock.patch("sys.stdout", new_callable=io.StringIO) as mocked:
            print("mocked")
            assert sys.stdout is mocked
        print("user")
        with job() as sink, unittest.mock.patch("sys.stdout", new_callable=io.StringIO):
            print("mocked")
        with job():
            sys.stderr = None  # type: ignore[assignment]
            print("nobody hears", file=sys.stderr)
        assert (stream.getvalue(), mocked.getvalue(), printed(sink)) == ("user\n", "mocked\n", "")
        assert sys.stderr is not None
    assert type(sys) is types.ModuleType and "CurrentStream" not in repr(vars(sys)["stdout"])


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_the_model_is_told_where_its_output_went(store: Store) -> None:
    """A redirection that is left in place lasts, as in a notebook, and is named; a failed block ends nothing."""
    replies = [
        "```python\nimport io, sys\nsys.stdout = kept = io.StringIO()\nprint('a')\n1/0\n```",
        "```python\nprint('b')\nsys.stdout = sys.__stdout__\nprint(kept.getvalue())\n```",
        "Done.",
    ]
    handle = run(define(replies), store=store, timeout=30)
    first, second = (list(item.outputs) for item in handle.chat_log if item.id < 2)
    assert [(o.kind, o.text) for o in first] == [
        ("note", "sys.stdout still goes to a StringIO: sys.stdout = sys.__stdout__ shows what is printed again")
    ]
    assert [(o.kind, o.text) for o in second] == [("stdout", "a\nb\n\n")]


def test_a_redirection_outlives_its_worker(store: Store) -> None:
    """Each line that was printed before the worker changed is in the buffer afterwards, and both are one object."""
    code = """```python
import io, sys
class Both:
    def __init__(self, one, two):
        self.one, self.two = one, two
    def write(self, text):
        self.one.write(text); self.two.write(text)
    def flush(self): pass
old = sys.stdout
sys.stdout = both = Both(old, io.StringIO())
print('one')
wait_for_message()
print('two')
sys.stdout = old
print(both.two.getvalue())
```"""
    register_model("test", ScriptedModel([code, "Done."]))
    handle = store.submit(define([code, "Done."]))
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED)
    assert "sys.stdout" in handle.locals
    handle.send("go on")
    with Worker(store):
        handle.wait(timeout=30)
    assert outputs(handle) == "one\n'go on'two\none\ntwo\n\n"
    assert "sys.stdout" not in handle.locals


def test_a_stream_in_a_variable_is_stored_as_the_jobs_own() -> None:
    """Not as the kernel's, whose lines nobody sees."""
    with users_own(io.StringIO()), job() as sink:
        workspace = Workspace("redirected")
        workspace.namespace["old"] = sys.stdout
        change = workspace.capture(None)
        assert change.lost == ()
        pickle.loads(change.groups[0].stream).write("found")
        assert printed(sink) == "found"
