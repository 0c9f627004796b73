"""The thread a job's code runs on: its own event loop, and ways to stop what runs there."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import ctypes
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import CodeType
from typing import Any, TypeVar

from statek_jupyter.engine.lanes import number_tasks

T = TypeVar("T")

REPEAT_SECONDS = 0.25
"""How often an interrupt is raised again while the code goes on; a bare ``except:`` may have swallowed the first."""


class CodeInterrupted(BaseException):
    """Raised inside job code to stop it; never seen outside this package."""


class HandedBack(BaseException):
    """The worker stops: the statement that runs is unwound and nothing of it is kept."""


class JobThread:
    """One daemon thread that runs one thing at a time. Created and called from the worker; see `call`.

    Python cannot end a thread that is inside a C call. Such a thread is left behind with `abandon`: what it does later
    reaches no sink and no store, because both are taken from it first.
    """

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._in_code = False
        self._interrupt: BaseException | None = None
        self._raised_at = 0.0
        self._sent = False
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.code_started: float | None = None
        """`time.monotonic` at the start of the running statement; None between statements."""
        context = contextvars.Context()
        self._thread = threading.Thread(target=context.run, args=(self._serve,), name=name, daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], T]) -> Future[T]:
        """Run `work` on the thread, after what was called before."""
        future: Future[T] = Future()
        self._work.put((work, future))
        return future

    def close(self) -> None:
        """Let the thread end after what it has been given."""
        self._work.put(None)

    def _serve(self) -> None:
        self._loop = asyncio.new_event_loop()
        number_tasks(self._loop)
        asyncio.set_event_loop(self._loop)
        while (entry := self._work.get()) is not None:
            work, future = entry
            if future.set_running_or_notify_cancel():
                _finish(work, future)
            del entry, work, future
        _close_loop(self._loop)

    # --- on the job thread ----------------------------------------------------------------------

    def run_code(self, code: CodeType, namespace: dict[str, Any]) -> Any:
        """Run one compiled statement; top-level ``await`` runs on the thread's loop.

        Raises:
            BaseException: What the code raised; or the error given to `interrupt`, in its place.
        """
        try:
            with self._interruptible():
                value = eval(code, namespace)
                if asyncio.iscoroutine(value) and code.co_flags & _COROUTINE:
                    value = self._finish(value)
                return value
        except (CodeInterrupted, asyncio.CancelledError) as stopped:
            if self._interrupt is None:
                raise
            raise self._interrupt.with_traceback(stopped.__traceback__) from None
        finally:
            self._leave_code()  # once more: an interrupt may have hit the first time

    def finish(self, coroutine: Any) -> Any:
        """Run a coroutine to its end, for a tool that is async and was called without ``await``."""
        if threading.current_thread() is not self._thread:
            return asyncio.run(coroutine)
        return self._finish(coroutine)

    @contextlib.contextmanager
    def shield(self) -> Iterator[None]:
        """Nothing interrupts the block: it is ours and must be done as a whole. What was sent hits after it."""
        if threading.current_thread() is not self._thread:
            yield
            return
        with self._gate:
            was, self._in_code = self._in_code, False
            sent, self._sent = self._sent, False
        if sent:
            _absorb()
        try:
            yield
        finally:
            with self._gate:
                self._in_code = was
        if sent:
            raise CodeInterrupted

    @property
    def interrupted(self) -> bool:
        """Whether the statement that runs is being stopped."""
        return self._interrupt is not None

    @property
    def awaiting(self) -> bool:
        """Whether the caller is inside of an event loop, and so must not block."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    def _finish(self, coroutine: Any) -> Any:
        assert self._loop is not None
        self._task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(self._task)
        finally:
            self._task = None

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        with self._gate:
            self._in_code = True
            self._interrupt = None
        self.code_started = time.monotonic()
        try:
            yield
        finally:
            self._leave_code()

    def _leave_code(self) -> None:
        """From here on nothing is interrupted; an interrupt that was sent and has not hit is caught here."""
        self.code_started = None
        with self._gate:
            self._in_code = False
            sent, self._sent = self._sent, False
        if sent:
            _absorb()

    # --- on any other thread --------------------------------------------------------------------

    def interrupt(self, error: BaseException) -> bool:
        """Stop the running statement with `error`; False when no job code is running. Call again until it has ended."""
        with self._gate:
            if not self._in_code:
                return False
            first, self._interrupt = self._interrupt is None, error
            if not first and time.monotonic() - self._raised_at < REPEAT_SECONDS:
                return True  # time for its ``finally`` blocks
            self._raised_at = time.monotonic()
            task, loop = self._task, self._loop
            if task is not None and loop is not None and first:
                loop.call_soon_threadsafe(task.cancel)
            else:
                self._sent = True
                _raise_in(self._thread, CodeInterrupted)
            return True

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()


def _finish(work: Callable[[], Any], future: Future[Any]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


_COROUTINE = 0x80
"""`inspect.CO_COROUTINE`: set by the compiler on code with a top-level ``await``."""


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    """Raise `error` in another thread, at its next call or jump.

    https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc. It could also take an error back, but in
    Python 3.11 the interpreter then goes on looking for one for ever: slower, and without end where a profiler runs.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(error))


def _absorb() -> None:
    """Catch an error that was raised in this thread from another one and has not hit; it hits at a jump."""
    try:
        for _ in range(100):
            pass
    except CodeInterrupted:
        return


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
