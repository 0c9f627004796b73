"""Calls that wait: hot for a moment, with everything in memory; then their statement is evicted and holds nothing.

An evicted statement is unwound by `Evicted` and runs again from its start when what it waits for has come. Code that
swallows the exception changes nothing: calls are refused from then on, and what the statement did is not kept.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from statek_jupyter.errors import FutureError
from statek_jupyter.executors.future import FutureResult, combined
from statek_jupyter.executors.waits import ConditionWait, Wait
from statek_jupyter.redaction import without_secrets

HOT_SECONDS = 0.3
"""How long a call waits in memory before its statement is evicted."""
TEXT_CHARACTERS = 500
"""Of what a job waits for, as its record says it; a question is whole in the journal."""
_SLICE_SECONDS = 0.05
"""How often a parked call looks whether the others are parked, too, or whether it is to stop."""


class Evicted(BaseException):
    """Unwinds a statement that waits. It runs again later; until then it must not act, also not in ``finally``."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """What a call waits for, or a statement that was evicted."""

    waits: tuple[Wait, ...]
    text: str
    """What it waits for, for people."""
    future: FutureResult | None = None
    """The future it waits for, when it is one; its condition may have to be asked."""


Ready = Callable[[], "tuple[Any] | None"]
"""Gives what a call waits for, in a tuple; None while it is not there."""


class Parking:
    """The waiting calls of a running statement.

    Args:
        watch: Calls its argument when something may have come; gives how to end that.
        interrupted: Whether the statement is being stopped from outside.
    """

    def __init__(
        self, watch: Callable[[Callable[[], None]], Callable[[], None]], interrupted: Callable[[], bool]
    ) -> None:
        self._watch = watch
        self._interrupted = interrupted
        self._lock = threading.Lock()
        self._busy = 0
        self._parked: dict[str, Suspension] = {}
        self.suspension: Suspension | None = None
        self.evicted_at: float | None = None
        """`time.monotonic` when the running statement was told to unwind; None otherwise."""

    def begin(self) -> None:
        """A statement starts."""
        self._busy, self._parked, self.suspension, self.evicted_at = 0, {}, None, None

    def check(self) -> None:
        """Refuse to act for a statement that is being unwound."""
        if self.suspension is not None:
            raise Evicted

    @property
    def interrupted(self) -> bool:
        """Whether the statement is being stopped from outside."""
        return self._interrupted()

    @property
    def is_busy(self) -> bool:
        """Whether a call is acting."""
        return self._busy > 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While a call acts nothing is evicted: nobody would know what came of it."""
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1

    # --- waiting -------------------------------------------------------------------------------------

    def wait(self, call_id: str, parked: Suspension, ready: Ready, *, hot_seconds: float = HOT_SECONDS) -> Any:
        """Block until `ready` gives something.

        Raises:
            Evicted: That took too long.
        """
        rung = threading.Event()
        stop = self._watch(rung.set)
        deadline = time.monotonic() + hot_seconds
        try:
            self._park(call_id, parked)
            while (found := ready()) is None:
                self._evict_when_cold(deadline)
                rung.wait(_SLICE_SECONDS)
                rung.clear()
            return found[0]
        finally:
            stop()
            self._leave(call_id)

    async def await_(self, call_id: str, parked: Suspension, ready: Ready, *, hot_seconds: float = HOT_SECONDS) -> Any:
        """`wait` for a coroutine."""
        loop, rung = asyncio.get_running_loop(), asyncio.Event()
        stop = self._watch(lambda: _ring(loop, rung))
        deadline = time.monotonic() + hot_seconds
        try:
            self._park(call_id, parked)
            while (found := ready()) is None:
                self._evict_when_cold(deadline)
                try:
                    await asyncio.wait_for(rung.wait(), _SLICE_SECONDS)
                except TimeoutError:
                    continue
                rung.clear()
            return found[0]
        finally:
            stop()
            self._leave(call_id)

    def wait_for_future(self, call_id: str, error: FutureError) -> None:
        """Block until a future is ready."""
        self.wait(call_id, parked_future(error.future_result), lambda: _done(error.future_result))

    async def await_future(self, call_id: str, error: FutureError) -> None:
        """`wait_for_future` for a coroutine."""
        await self.await_(call_id, parked_future(error.future_result), lambda: _done(error.future_result))

    def evict_now(self, call_id: str, waits: tuple[Wait, ...], text: str) -> NoReturn:
        """Evict the statement for a call that cannot go on by waiting in memory."""
        with self._lock:
            self._parked[call_id] = Suspension(waits, text)
        self._evict()

    def _park(self, call_id: str, parked: Suspension) -> None:
        self.check()
        with self._lock:
            self._parked[call_id] = parked

    def _leave(self, call_id: str) -> None:
        with self._lock:
            if self.suspension is None:
                self._parked.pop(call_id, None)

    def _evict_when_cold(self, deadline: float) -> None:
        self.check()
        if self._busy == 0 and time.monotonic() >= deadline:
            self._evict()

    def _evict(self) -> NoReturn:
        with self._lock:
            if self.suspension is None:
                self.suspension = _together(list(self._parked.values()))
                self.evicted_at = time.monotonic()
        raise Evicted


def parked_future(future: FutureResult | None) -> Suspension:
    """Waiting for a future. One that does not know what completes it has to be asked again and again."""
    if future is None:
        return Suspension((), "a value that is not ready yet")
    return Suspension(future.waits or (ConditionWait(),), str(future), future)


def _done(future: FutureResult | None) -> tuple[Any] | None:
    return (None,) if future is not None and future.check_condition() else None


def _together(parked: list[Suspension]) -> Suspension:
    """What several calls wait for: any of it wakes the job."""
    waits = tuple(dict.fromkeys(wait for one in parked for wait in one.waits))
    futures = [one.future for one in parked if one.future is not None]
    texts = list(dict.fromkeys(one.text for one in parked))
    text = without_secrets(" or ".join(texts))[:TEXT_CHARACTERS]
    if len(futures) > 1:
        return Suspension(waits, text, combined(any, tuple(futures)))
    return Suspension(waits, text, futures[0] if futures else None)


def _ring(loop: asyncio.AbstractEventLoop, rung: asyncio.Event) -> None:
    try:
        loop.call_soon_threadsafe(rung.set)
    except RuntimeError:  # the loop is closed: nobody waits there any more
        return
