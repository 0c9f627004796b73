"""Making the call of a tool, or giving what it gave before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from statek_jupyter.engine.call_outcomes import Outcome, Resolved
from statek_jupyter.engine.calls import Call
from statek_jupyter.engine.effects import Effect
from statek_jupyter.engine.journal import Journal
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.sink import copied_into
from statek_jupyter.errors import FutureError


class Acting:
    """Makes the calls of one job, each through its journal."""

    def __init__(self, journal: Journal, job: LiveJob) -> None:
        self._journal = journal
        self._parking = journal.parking
        self._job = job

    def run(self, call: Call, act: Callable[[], Any]) -> Any:
        """Make the call of a tool, or give what it gave before."""
        known = self._before(call)
        if known is not None:
            return known.get()
        while True:
            with self._acting(call) as effects:
                outcome = _act(act)
            if not isinstance(outcome.value, FutureError):
                return self.closed(call, outcome, effects())
            self._parking.wait_for_future(call.id, outcome.value)

    async def arun(self, call: Call, act: Callable[[], Any]) -> Any:
        """`run` for a coroutine."""
        known = self._before(call)
        if known is not None:
            if known.state == "cancelled":
                await asyncio.Event().wait()  # until the code that cancelled it does so again
            return known.get()
        while True:
            with self._acting(call) as effects:
                outcome = await self._aact(act)
            if not isinstance(outcome.value, FutureError):
                return self.closed(call, outcome, effects())
            await self._parking.await_future(call.id, outcome.value)

    async def _aact(self, act: Callable[[], Any]) -> Outcome:
        try:
            return Outcome("returned", await act())
        except asyncio.CancelledError as error:
            if self._parking.interrupted:
                raise
            return Outcome("cancelled", error)
        except Exception as error:
            return Outcome("raised", error)

    def closed(self, call: Call, outcome: Outcome, effects: tuple[Effect, ...]) -> Any:
        """Keep what came of a call that has acted, and give it."""
        self._journal.close(call, outcome, effects)
        return outcome.get()

    def _before(self, call: Call) -> Outcome | None:
        known = self._journal.finished(call)
        if known is not None:
            return known
        try:
            self._journal.start(call)
        except Resolved as resolved:
            call.note = "its outcome was given by a person"
            self._journal.close(call, resolved.outcome)
            return resolved.outcome
        return None

    @contextmanager
    def _acting(self, call: Call) -> Iterator[Callable[[], tuple[Effect, ...]]]:
        before = self._job.take_effects()
        taken: list[tuple[Effect, ...]] = []
        try:
            with self._parking.busy(), copied_into(call.outputs):
                yield lambda: taken[0]
        finally:
            taken.append(self._job.take_effects())
            self._job.put_effects(before)


def _act(act: Callable[[], Any]) -> Outcome:
    try:
        return Outcome("returned", act())
    except Exception as error:
        return Outcome("raised", error)
