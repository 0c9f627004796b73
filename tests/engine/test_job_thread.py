"""Code on a job's thread can be stopped, and leaves nothing behind when it is."""

from __future__ import annotations

import ast
import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from statek_jupyter.engine import job_thread
from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.errors import CodeInterrupted
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


def shielded(thread: JobThread) -> Callable[[Callable[[], Any]], None]:
    """Work of the engine that code asks for."""

    def do(work: Callable[[], Any]) -> None:
        with thread.shield():
            work()

    return do


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


def test_thousands_of_interrupts_hurt_nothing_but_the_code(thread: JobThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever they come: while code begins, ends, swallows them, calls the engine. The thread stays whole."""
    monkeypatch.setattr(job_thread, "REPEAT_SECONDS", 0.0)
    monkeypatch.setattr(job_thread, "PATIENCE_SECONDS", 0.0)
    sources = ["while True: pass", "for n in range(150): pass", "shielded(work)", "pass", SWALLOWS]
    codes = [compile(source, "<t>", "exec") for source in sources]
    names = {"shielded": shielded(thread), "work": lambda: sum(range(50))}
    ended = {"finished": 0, "stopped": 0}
    over = threading.Event()

    def run_one(number: int) -> None:
        try:
            thread.run_code(codes[number % len(codes)], dict(names))
            ended["finished"] += 1
        except Stop:
            ended["stopped"] += 1

    def run_many() -> None:
        number = 0
        while not over.is_set():
            run_one(number)
            number += 1

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        future = thread.call(run_many)
        deadline = time.monotonic() + 30.0
        while ended["stopped"] < 3_000 and time.monotonic() < deadline:
            thread.interrupt(Stop())
            time.sleep(0)
        over.set()
        eventually(lambda: thread.interrupt(Stop()) is None or future.done())
    finally:
        sys.setswitchinterval(interval)
    assert future.result() is None
    assert ended["stopped"] >= 3_000 and ended["finished"] > 100
    assert thread.call(lambda: "still here").result(5) == "still here"


SWALLOWS = """
for n in range(20):
    try:
        for m in range(100): pass
    except BaseException:
        pass
"""


def test_what_the_engine_does_for_code_is_not_interrupted(thread: JobThread) -> None:
    """A commit that job code asked for runs to its end; the interrupt hits after it, and refuses the next one."""
    inside, door, done = threading.Event(), threading.Event(), []

    def work() -> None:
        inside.set()
        door.wait(10)
        done.append(1)

    future = start(thread, "shielded(work)\nwhile True: pass", {"shielded": shielded(thread), "work": work})
    inside.wait(10)
    assert thread.interrupt(Stop()) is False and thread.abandon() is False
    door.set()
    stop_when_running(thread, future)
    with pytest.raises(Stop):
        future.result()
    assert done == [1]


def test_code_left_behind_never_comes_back(thread: JobThread) -> None:
    """It raises where it would return to the engine, does no work of the engine any more, and its thread ends."""
    inside, door, done = threading.Event(), threading.Event(), []
    source = "inside.set()\ndoor.wait(10)\ntry: shielded(work)\nexcept BaseException as e: refused = e"
    names: dict[str, Any] = {
        "inside": inside,
        "door": door,
        "shielded": shielded(thread),
        "work": lambda: done.append(1),
    }
    future = start(thread, source, names)
    inside.wait(10)
    assert thread.abandon()
    door.set()
    with pytest.raises(HandedBack):
        future.result(10)
    assert done == [] and isinstance(names["refused"], CodeInterrupted)
    eventually(lambda: not thread.alive)


@pytest.mark.parametrize("source", ["raise ValueError('own')", "pass"])
def test_code_that_swallows_being_handed_back_is_handed_back(thread: JobThread, source: str) -> None:
    """What it did since is half of something: it is neither finished nor failed, but rolled back and run again."""
    future = start(thread, f"try:\n    while True: pass\nexcept BaseException:\n    {source}", {})
    eventually(lambda: thread.code_started is not None)
    eventually(lambda: thread.interrupt(HandedBack()) is None or future.done())
    with pytest.raises(HandedBack):
        future.result()


def test_an_interrupt_waits_for_a_better_moment(thread: JobThread) -> None:
    """It spares functions of modules that hold locks the whole process needs, such as logging's."""
    library: dict[str, Any] = {"__name__": "logging.somewhere", "hits": []}
    busy = """
def busy():
    try:
        for _ in range(20_000): pass
    except BaseException as error:
        hits.append(error)
        raise
"""
    exec(busy, library)
    for _ in range(20):
        future = start(thread, "while True:\n    busy()\n    for _ in range(20_000): pass", {"busy": library["busy"]})
        stop_when_running(thread, future)
    assert len(library["hits"]) <= 2  # Python may run the code on between the look and the interrupt


def test_a_forked_process_of_job_code_ends_with_its_statement(thread: JobThread) -> None:
    """It has the code of the job but neither its worker nor its store."""
    names: dict[str, Any] = {}
    source = "import os, warnings\nwarnings.simplefilter('ignore')\npid = os.fork()\nif not pid: raise SystemExit(7)"
    start(thread, source, names).result(10)
    _, status = os.waitpid(names["pid"], 0)
    assert os.waitstatus_to_exitcode(status) == 7


def test_deep_recursion_through_c_is_an_error(thread: JobThread) -> None:
    """Not a crash of the kernel: the thread has room for what Python allows."""
    source = "import sys\nclass A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().y"
    with pytest.raises(RecursionError):
        start(thread, source, {}).result(30)
