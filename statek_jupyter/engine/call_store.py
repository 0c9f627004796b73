"""The store behind a running job's journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from statek_jupyter.engine.call_outcomes import Given, Known
from statek_jupyter.engine.commits.calls import keep_calls
from statek_jupyter.engine.commits.held import Held
from statek_jupyter.engine.effects import Effect
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.journal import CallEntry
from statek_jupyter.store import Store
from statek_jupyter.store.locals.reading import read_group

T = TypeVar("T")


class JobCalls:
    """Reads and writes the calls of one job for the worker that holds it.

    Args:
        shield: Keeps an interrupt out of a block of our own code; see `JobThread.shield`.
    """

    def __init__(self, store: Store, held: Held, shield: Callable[[], AbstractContextManager[None]]) -> None:
        self._store = store
        self._held = held
        self._shield = shield
        self._on_its_way: Future[None] | None = None

    def write(
        self,
        entries: Sequence[CallEntry],
        effects: Sequence[Effect] = (),
        *,
        wait: bool,
        message_id: str | None = None,
    ) -> None:
        """See `journal.CallStore`. Commits of one process keep their order."""
        kept, did = tuple(entries), tuple(effects)
        with self._shield():
            before, self._on_its_way = self._on_its_way, None
            future = self._store.begin(
                lambda root: keep_calls(root, self._held, kept, did, message_id), wait_for_room=True
            )
            if before is not None:
                before.result()
            if wait:
                future.result()
            else:
                self._on_its_way = future

    def settle(self) -> None:
        """Wait for what is on its way.

        Raises:
            StoreError: It was refused.
        """
        before, self._on_its_way = self._on_its_way, None
        if before is not None:
            before.result()

    def answer(self, call_id: str) -> Given | None:
        """What a person said to a call."""

        def look(job: Job) -> Given | None:
            found = None if job.journal is None else job.journal.answers.get(call_id)
            if found is None:
                return None
            return Given(found.retry, None if found.value is None else read_group(found.value), found.failed)

        return self.read(look)

    def read(self, look: Callable[[Job], T]) -> T:
        """Something of the job."""
        return self._store.read(lambda root: look(root.job(self._held.job_id)))

    def read_root(self, look: Callable[[Any], T]) -> T:
        """Something of the store."""
        return self._store.read(look)

    def watch(self, ring: Callable[[], None]) -> Callable[[], None]:
        """Whatever changes: what the job waits for may be another job or an event."""
        return self._store.watch(lambda ids: ring())


def read_known(job: Job) -> dict[str, Known]:
    """The entries an interrupted statement has left; in a transaction."""
    if job.journal is None:
        return {}
    return {
        entry.id: Known(entry, None if entry.outcome is None else read_group(entry.outcome))
        for entry in job.journal.calls.values()
    }
