"""The part of a handle that waits for its job."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.store.arguments import statuses
from statek_jupyter.store.mail import comes_back
from statek_jupyter.store.rest import is_at_rest

if TYPE_CHECKING:
    from statek_jupyter.store.store import Store

T = TypeVar("T")

Statuses = JobStatus | str | Iterable[JobStatus | str]

_RECHECK_SECONDS = 1.0
"""A waiting caller looks again after this time even when no change was reported."""


class WaitsForJob:
    """Mixed into `JobHandle`."""

    store: Store
    id: str

    def read(self, fn: Callable[[Job], T]) -> T:
        """See `JobHandle.read`."""
        raise NotImplementedError

    def wait(self, timeout: float | None = None, until: Statuses = (JobStatus.DONE,)) -> Self:
        """Block until the job has one of these statuses. A DONE job that has a message waiting is not done.

        Args:
            timeout: Most seconds to wait; None waits as long as it takes.
            until: One status, or several of which any will do; names in any case will do, too.

        Raises:
            BadOptionError: There is no such status.
            TimeoutError: It had none of them for `timeout` seconds.
            UnknownJobError: The job was deleted.
        """
        wanted = statuses(until) or ()
        names = " or ".join(one.name for one in wanted)
        return self._block(lambda: self.read(settled_status) in wanted, timeout, names, self._notify)

    def wait_for_rest(self, timeout: float | None = None) -> Self:
        """Block until the job is DONE, or waits for somebody or something; not while its subtasks work for it.

        Raises:
            TimeoutError: It went on for `timeout` seconds.
            UnknownJobError: The job was deleted.
        """

        def at_rest() -> bool:
            return self.store.read(lambda root: is_at_rest(root, root.job(self.id)))

        return self._block(at_rest, timeout, "at rest", lambda ring: self.store.watch(lambda ids: ring()))

    def _block(
        self,
        holds: Callable[[], bool],
        timeout: float | None,
        wanted: str,
        notify: Callable[[Callable[[], object]], Callable[[], None]],
    ) -> Self:
        changed = threading.Event()
        deadline = None if timeout is None else time.monotonic() + timeout
        stop = notify(changed.set)
        try:
            while not holds():
                left = _RECHECK_SECONDS if deadline is None else min(_RECHECK_SECONDS, deadline - time.monotonic())
                if left <= 0:
                    status = self.read(settled_status)
                    now = "is DONE with a message that no worker has taken" if status is None else f"is {status.name}"
                    raise TimeoutError(f"job {self.id} {now}, and was not {wanted} within {timeout:g} s")
                changed.wait(left)
                changed.clear()
        finally:
            stop()
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._done().__await__()

    async def _done(self) -> Self:
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        stop = self._notify(lambda: loop.call_soon_threadsafe(changed.set))
        try:
            while self.read(settled_status) is not JobStatus.DONE:
                try:
                    await asyncio.wait_for(changed.wait(), _RECHECK_SECONDS)
                except TimeoutError:
                    continue
                changed.clear()
        finally:
            stop()
        return self

    def _notify(self, ring: Callable[[], object]) -> Callable[[], None]:
        return self.store.watch(lambda ids: ring() if self.id in ids else None)


def settled_status(job: Job) -> JobStatus | None:
    """The status; None for a DONE job that its worker is about to bring back, because of what was sent to it."""
    returning = job.status is JobStatus.DONE and comes_back(job)
    return None if returning else job.status
