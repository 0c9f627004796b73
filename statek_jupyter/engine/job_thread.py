"""The thread a job's code runs on: its own event loop, and ways to stop what runs there."""

from __future__ import annotations

import asyncio
import contextvars
import ctypes
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from types import CodeType
from typing import Any, NoReturn, TypeVar

from statek_jupyter.engine.lanes import number_tasks
from statek_jupyter.errors import CodeInterrupted

T = TypeVar("T")

REPEAT_SECONDS = 0.25
"""How often an interrupt is raised again while the code goes on; a bare ``except:`` may have swallowed the first."""

PATIENCE_SECONDS = 0.1
"""How long an interrupt waits for code to leave a place where it would do harm."""

DELICATE = frozenset(
    "_frozen_importlib asyncio concurrent contextlib importlib logging queue statek_jupyter threading weakref".split()
)
"""Packages whose functions hold locks, or are half-way through a change, at moments that an interrupt may hit."""

STACK_BYTES = 64 << 20
"""Address space for the stack; deep recursion of job code through C must end in a `RecursionError`, not a crash."""


class HandedBack(BaseException):
    """The thread has the job no longer: the statement that runs is unwound and nothing of it is kept."""


class JobThread:
    """One daemon thread that runs one thing at a time. Created and called from the worker; see `call`.

    Code of the job can be interrupted, what the engine does on the thread cannot. Python cannot end a thread that is
    inside a C call. Such a thread is left behind with `abandon`: from then on it raises `HandedBack` in place of
    coming back to the engine.
    """

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._in_code = False
        self._abandoned = False
        self._interrupt: BaseException | None = None
        self._wanted_at = self._raised_at = 0.0
        self._sent = False
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()
        self.code_started: float | None = None
        """`time.monotonic` at the start of the code that runs; None while none does."""
        context = contextvars.Context()
        self._thread = threading.Thread(target=context.run, args=(self._serve,), name=name, daemon=True)
        _start_with_stack(self._thread)

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
        if self._abandoned:
            self._loop.close()  # its tasks do not even clean up: they are code of a job that has gone on without them
        else:
            _close_loop(self._loop)

    # --- on the job thread ----------------------------------------------------------------------

    def run_code(self, code: CodeType, namespace: dict[str, Any], then: Callable[[Any], T] | None = None) -> Any:
        """Run one compiled statement; top-level ``await`` runs on the thread's loop.

        Args:
            code: The statement.
            namespace: Its globals.
            then: Called with its value, as a part of it: it may be stopped as well.

        Raises:
            BaseException: What the code raised; or the error given to `interrupt`, in its place.
            HandedBack: The code was left behind, or was interrupted with this.
        """

        def work() -> Any:
            value = eval(code, namespace)
            if asyncio.iscoroutine(value) and code.co_flags & _COROUTINE:
                value = self._finish(value)
            return value if then is None else then(value)

        return self.interruptible(work)

    def interruptible(self, work: Callable[[], T]) -> T:
        """Do work that calls code of the job, such as a ``__repr__``; raises as `run_code` does.

        The ``finally`` is written so that an interrupt cannot hurt it. Python raises one after a call or at a jump
        back. There is neither between the end of `work` and taking the gate, so `_in_code` is False by then whatever
        happens, and once the gate has been taken nothing more is sent. What was sent before hits inside the ``try``.
        """
        try:
            try:
                with self._gate:
                    self._interrupt = None
                    self._in_code = True
                self.code_started = time.monotonic()
                return work()
            finally:
                self._in_code = False
                try:
                    with self._gate:
                        sent, self._sent = self._sent, False
                    if sent:
                        _absorb()
                except CodeInterrupted:
                    self._sent = False
                self.code_started = None
                self._refuse_leavers()
        except (CodeInterrupted, asyncio.CancelledError) as stopped:
            if self._interrupt is None:
                raise
            raise self._interrupt.with_traceback(stopped.__traceback__) from None

    def shield(self) -> AbstractContextManager[None]:
        """For a block that is ours and must be done as a whole: nothing interrupts it, what was sent hits after it.

        Code that was left behind is refused with `CodeInterrupted`. On other threads the block just runs.
        """
        return _Shield(self)

    def _refuse_leavers(self) -> None:
        if os.getpid() != self._process:
            _end_child(sys.exc_info()[1])
        if self._abandoned or isinstance(self._interrupt, HandedBack):
            raise HandedBack  # also when the code caught its interrupt and went on: what it did since is not its own

    def finish(self, coroutine: Any) -> Any:
        """Run a coroutine to its end, for a tool that is async and was called without ``await``."""
        if threading.current_thread() is not self._thread:
            return asyncio.run(coroutine)
        return self._finish(coroutine)

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

    # --- on any other thread --------------------------------------------------------------------

    def interrupt(self, error: BaseException) -> bool:
        """Stop the running code with `error`; False when no job code is running. Call again until it has ended."""
        with self._gate:
            if not self._in_code:
                return False
            now = time.monotonic()
            first, self._interrupt = self._interrupt is None, error
            if first:
                self._wanted_at = now
                self._raised_at = 0.0
            elif self._raised_at and now - self._raised_at < REPEAT_SECONDS:
                return True  # time for its ``finally`` blocks
            task, loop = self._task, self._loop
            if task is not None and loop is not None:
                _cancel(task, loop)  # this also wakes the loop, so that what is raised below hits
                if first:
                    self._raised_at = now
                    return True
            elif now - self._wanted_at < PATIENCE_SECONDS and _in_delicate_code(self._thread):
                return True
            self._sent, self._raised_at = True, now
            _raise_in(self._thread, CodeInterrupted)
            return True

    def abandon(self) -> bool:
        """Leave the code behind that does not stop; False when no job code is running, which is then not needed.

        It never comes back to the engine, so it commits nothing. Its sink is for the caller to close.
        """
        with self._gate:
            if not self._in_code:
                return False
            self._abandoned = True
            self.close()
            return True

    def line_of(self, own: str) -> int | None:
        """The line at which the running code is, in the innermost file whose name begins with `own`."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        while frame is not None:
            if frame.f_code.co_filename.startswith(own):
                return frame.f_lineno
            frame = frame.f_back
        return None

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()


class _Shield:
    """See `JobThread.shield`. A class, because an interrupt may hit a generator between its start and its ``try``."""

    def __init__(self, thread: JobThread) -> None:
        self._thread = thread
        self._was_in_code = False
        self._was_hit = False

    def __enter__(self) -> None:
        thread = self._thread
        if threading.get_ident() == thread._thread.ident and thread._in_code:
            self._was_in_code = True
            thread._in_code = False  # as in `interruptible`: nothing hits between here and the taken gate
            try:
                with thread._gate:
                    sent, thread._sent = thread._sent, False
                if sent:
                    _absorb()
            except CodeInterrupted:
                self._was_hit, thread._sent = True, False
        if thread._abandoned:
            raise CodeInterrupted

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if not self._was_in_code:
            return
        if self._was_hit and error is None:
            self._thread._in_code = True
            raise CodeInterrupted
        self._thread._in_code = True


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
    """Let an error hit that was raised in this thread from another one; it does at a jump."""
    for _ in range(100):
        pass


def _in_delicate_code(thread: threading.Thread) -> bool:
    """Whether an interrupt now might leave a lock taken that other threads of the process need, such as logging's."""
    frame = sys._current_frames().get(thread.ident or 0)
    name = str(frame.f_globals.get("__name__", "")) if frame is not None else ""
    return name.partition(".")[0] in DELICATE


def _cancel(task: asyncio.Task[Any], loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.call_soon_threadsafe(task.cancel)
    except RuntimeError:  # the job's code has closed the loop
        return


def _end_child(error: BaseException | None) -> NoReturn:
    """End a process that job code has forked, at the end of its statement: it has no worker and no store."""
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        traceback.print_exception(error)
        status = 1
    os._exit(status)


_starting = threading.Lock()


def _start_with_stack(thread: threading.Thread) -> None:
    """Start a thread with a stack of `STACK_BYTES`; the size is a setting of the process, taken at the start."""
    with _starting:
        before = threading.stack_size(STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(before)


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    if loop.is_closed():
        return
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
