"""Code on a job's thread can be stopped, and leaves nothing behind when it is."""

from __future__ import annotations

import ast
import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from statek_jupyter.engine.job_thread import JobThread
from tests.waiting import eventually


class Stop(Exception):
    """Why the code was stopped."""


@pytest.fixture
def thread() -> Iterator[JobThread]:
    """A job's thread, ended after the test."""
    thread = JobThread("test job")
    yield thread
    thread.close()


def start(thread: JobThread, source: str, namespace: dict[str, Any]) -> Future[Any]:
    """Run source on the thread as one statement."""
    code = compile(source, "<t>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return thread.call(lambda: thread.run_code(code, namespace))


def stop_when_running(thread: JobThread, future: Future[Any]) -> None:
    """Interrupt until the code has ended."""
    eventually(lambda: thread.code_started is not None)

    def interrupted() -> bool:
        thread.interrupt(Stop("enough"))
        return future.done()

    eventually(interrupted)


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "while True:\n    try:\n        x = 1\n    except Exception:\n        pass",
        "import asyncio\nawait asyncio.sleep(1000)",
        "def f():\n    while True:\n        pass\nf()",
    ],
)
def test_running_code_is_stopped_with_the_reason_given(thread: JobThread, source: str) -> None:
    """Loops, handlers of `Exception` and waiting coroutines all end; the reason comes out in place of the signal."""
    future = start(thread, source, {})
    stop_when_running(thread, future)
    with pytest.raises(Stop, match="enough"):
        future.result()


def test_a_stopped_thread_runs_the_next_statement(thread: JobThread) -> None:
    """No late signal hits what runs next."""
    for _ in range(20):
        stop_when_running(thread, start(thread, "while True: pass", {}))
        namespace: dict[str, Any] = {}
        start(thread, "total = sum(range(1000))", namespace).result()
        assert namespace["total"] == 499500


def test_nothing_is_interrupted_between_statements(thread: JobThread) -> None:
    """Only job code can be stopped; what the engine does on the thread cannot."""
    assert thread.interrupt(Stop()) is False
    assert thread.call(lambda: thread.interrupt(Stop())).result() is False


def test_finally_blocks_run_when_code_is_stopped(thread: JobThread) -> None:
    """Stopping unwinds as an exception does."""
    namespace: dict[str, Any] = {"cleaned": [], "inside": threading.Event()}
    source = "try:\n    inside.set()\n    while True: pass\nfinally:\n    cleaned.append(True)"
    future = start(thread, source, namespace)
    namespace["inside"].wait()
    stop_when_running(thread, future)
    assert namespace["cleaned"] == [True]


def test_a_background_task_lives_from_statement_to_statement(thread: JobThread) -> None:
    """The thread keeps one event loop."""
    namespace: dict[str, Any] = {"asyncio": asyncio, "seen": []}
    begin = """
async def later():
    seen.append(1)
task = asyncio.create_task(later())
await asyncio.sleep(0)
"""
    start(thread, begin, namespace).result()
    start(thread, "await task", namespace).result()
    assert namespace["seen"] == [1]


def test_a_thread_knows_how_long_its_statement_runs(thread: JobThread) -> None:
    """The start of the running statement is there to measure a time limit by."""
    door = threading.Event()
    before = time.monotonic()
    future = start(thread, "door.wait()", {"door": door})
    eventually(lambda: thread.code_started is not None)
    started = thread.code_started
    assert started is not None and before <= started <= time.monotonic()
    door.set()
    future.result()
    assert thread.code_started is None


def test_exceptions_of_the_code_come_out_as_they_are(thread: JobThread) -> None:
    """Also a `KeyboardInterrupt` or `CancelledError` of the code's own."""
    with pytest.raises(ZeroDivisionError):
        start(thread, "1/0", {}).result()
    with pytest.raises(KeyboardInterrupt):
        start(thread, "raise KeyboardInterrupt", {}).result()
    with pytest.raises(BaseException, match="own"):
        start(thread, "import asyncio\nraise asyncio.CancelledError('own')", {}).result()


def test_code_may_use_a_profiler(thread: JobThread) -> None:
    """In Python 3.11 an interrupt taken back, or none at all, must not leave a profiled thread spinning."""
    start(thread, "import cProfile\nprofile = cProfile.Profile()\nprofile.enable()", names := {}).result(30)
    start(thread, "total = sum(n for n in range(100))", names).result(30)
    start(thread, "profile.disable()", names).result(30)
    assert names["total"] == 4950
