"""Watching code that runs on a job's thread: its time limit, requests to stop it, and leaving behind what does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.errors import StatementTimeoutError

T = TypeVar("T")

SUPERVISE_SECONDS = 0.25
"""How often running code is looked at, for its time limit."""
PRESS_SECONDS = 0.02
"""How often code is looked at that was told to stop."""
GRACE_SECONDS = 2.0
"""How long code may go on after it was told to stop, before its thread is left behind."""


class Unstoppable(Exception):
    """The code did not stop when it was told to, and was left behind.

    Args:
        reason: What it was told to stop with.
        line: Where in the job's code it was then, as `JobThread.line_of` gives it.
    """

    def __init__(self, reason: BaseException, line: int | None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


class EscapedError(RuntimeError):
    """Code of the job raised what is no `Exception`, such as `SystemExit`, where the engine called it."""


class Supervisor:
    """Says whether running code must stop: its statement's time is over, or somebody asked for it."""

    def __init__(self, statement_seconds: float | None = None) -> None:
        self.statement_seconds = statement_seconds
        """Limit of one statement, or None."""
        self._stop: BaseException | None = None
        self._told_at = 0.0
        self._changed = asyncio.Event()

    def stop(self, error: BaseException) -> None:
        """Let the running code stop with `error`; called on the event loop's thread."""
        self._stop = error
        self._told_at = time.monotonic()
        self._changed.set()

    @property
    def stopping(self) -> BaseException | None:
        """What `stop` was called with."""
        return self._stop

    async def stopped(self) -> None:
        """Until `stop` is called."""
        await self._changed.wait()

    @property
    def told_for(self) -> float:
        """Seconds since `stop` was called."""
        return time.monotonic() - self._told_at if self._stop is not None else 0.0

    def verdict(self, started: float | None) -> BaseException | None:
        """The error to stop the statement with that began at `started` (`time.monotonic`), or None to let it run."""
        if self._stop is not None:
            return self._stop
        limit = self.statement_seconds
        if limit is None or started is None or time.monotonic() - started <= limit:
            return None
        return StatementTimeoutError(limit)

    async def wait(self, result: asyncio.Future[Any], seconds: float) -> None:
        """Until `result` is there, a stop was asked for, or `seconds` have passed."""
        if self._stop is not None:
            await asyncio.wait({result}, timeout=seconds)
            return
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({result, changed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()


async def supervise(
    thread: JobThread,
    work: Callable[[], T],
    supervisor: Supervisor,
    verdict: Callable[[], BaseException | None],
    *,
    own: str = "<",
) -> T:
    """Do work on a job's thread; interrupt the code it runs when it must stop.

    Args:
        thread: The thread.
        work: What is done there.
        supervisor: Wakes this when somebody asks for a stop.
        verdict: Asked all the time: what to stop the code with that runs now, or None.
        own: What the filenames of the job's own code begin with.

    Raises:
        Unstoppable: The code did not obey; the thread must not be used any more.
        EscapedError: The work raised something that would end the event loop.
        BaseException: Any other error of the work.
    """
    result = asyncio.ensure_future(asyncio.wrap_future(thread.call(lambda: _attempt(work))))
    told_at: float | None = None
    while True:
        await supervisor.wait(result, SUPERVISE_SECONDS if told_at is None else PRESS_SECONDS)
        if result.done():
            return result.result().value()
        error = verdict()
        if error is None or not thread.interrupt(error):
            told_at = None  # between two pieces of code there is nothing to press
            continue
        told_at = time.monotonic() if told_at is None else told_at
        if time.monotonic() - told_at > GRACE_SECONDS:
            line = thread.line_of(own)
            if thread.abandon():
                result.cancel()
                raise Unstoppable(error, line)


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    """What a piece of work gave or raised. As an exception of a future, some errors end or hang an event loop."""

    given: T | None = None
    error: BaseException | None = None

    def value(self) -> T:
        if self.error is None:
            return self.given  # type: ignore[return-value]
        if isinstance(self.error, Exception | HandedBack):
            raise self.error
        raise EscapedError(f"{type(self.error).__name__} came out of the job's code") from self.error


def _attempt(work: Callable[[], T]) -> _Outcome[T]:
    try:
        return _Outcome(work())
    except BaseException as error:
        return _Outcome(error=error)
