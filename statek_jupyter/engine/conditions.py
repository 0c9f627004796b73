"""Looking again and again at conditions that people wrote as functions; nothing in the store tells when they hold."""

from __future__ import annotations

import heapq
import logging
import queue
import threading
import time
from collections.abc import Iterator

from statek_jupyter.engine.claims import Claimant
from statek_jupyter.errors import StoreError, UnknownJobError
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.executors.waits import ConditionWait
from statek_jupyter.store import Store
from statek_jupyter.store.placing import place_of
from statek_jupyter.store.root import Root

REFRESH_SECONDS = 1.0
"""How often new jobs with conditions are looked for."""
FIRST_SECONDS, LAST_SECONDS, FACTOR = 0.1, 30.0, 1.5
"""Pauses between two looks at one condition: from the first, each by the factor longer, to the last."""
THREADS = 4
"""Conditions looked at at the same time; one that hangs holds up a quarter of the others' looks."""

log = logging.getLogger(__name__)


class ConditionPoll:
    """A background thread that wakes jobs whose condition holds; nothing runs for a store without such jobs.

    A condition that raises wakes its job, too: the statement then meets the error itself, and no other job does.

    Args:
        claimant: Whose jobs' conditions are looked at; another process may not have what they need.
    """

    def __init__(self, store: Store, claimant: Claimant) -> None:
        self._store = store
        self._claimant = claimant
        self._over = threading.Event()
        self._planned: list[tuple[float, float, int]] = []
        """A heap of (when, pause after that, number)."""
        self._known: set[int] = set()
        self._lock = threading.Lock()
        self._checks: queue.SimpleQueue[tuple[float, int] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, name="statek conditions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a condition that runs is not waited for."""
        self._over.set()
        for _ in self._threads:
            self._checks.put(None)

    def _serve(self) -> None:
        refresh = 0.0
        while not self._over.is_set():
            now = time.monotonic()
            if now >= refresh:
                self._refresh()
                refresh = now + REFRESH_SECONDS
            for pause, number in self._due(now):
                self._start()
                self._checks.put((pause, number))
            with self._lock:
                upcoming = self._planned[0][0] if self._planned else refresh
            self._over.wait(max(0.0, min(upcoming, refresh) - time.monotonic()))

    def _refresh(self) -> None:
        try:
            numbers = self._store.read(self._polled)
        except StoreError as error:
            log.debug("cannot look for conditions: %s", error)
            return
        for number in set(numbers) - self._known:
            self._plan(FIRST_SECONDS, number)
        with self._lock:
            self._known |= set(numbers)

    def _polled(self, root: Root) -> list[int]:
        return [number for number in root.waits.to_poll() if number in self._known or self._is_ours(root, number)]

    def _is_ours(self, root: Root, number: int) -> bool:
        job = root.catalog.get(number)
        return job is not None and self._claimant.accepts_job(job) and self._claimant.accepts(*place_of(job)[:2])

    def _plan(self, pause: float, number: int) -> None:
        with self._lock:
            heapq.heappush(self._planned, (time.monotonic() + pause, min(pause * FACTOR, LAST_SECONDS), number))

    def _due(self, now: float) -> Iterator[tuple[float, int]]:
        while True:
            with self._lock:
                if not self._planned or self._planned[0][0] > now:
                    return
                _, pause, number = heapq.heappop(self._planned)
            yield pause, number

    def _start(self) -> None:
        """Daemon threads, because a condition may never return, and the process has to end all the same."""
        while len(self._threads) < THREADS:
            thread = threading.Thread(target=self._work, name="statek condition", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (entry := self._checks.get()) is not None and not self._over.is_set():
            self._check(*entry)

    def _check(self, pause: float, number: int) -> None:
        try:
            awaited = self._store.job(job_id(number)).read_copy(_awaited)
            if awaited is None:
                self._forget(number)
                return
            if _holds(awaited):
                self._store.run(lambda root: _wake(root, number))
        except UnknownJobError:
            self._forget(number)
            return
        except StoreError as error:
            log.debug("cannot look at a condition: %s", error)
        except Exception:
            log.exception("job %s: its condition cannot be read", job_id(number))
        self._plan(pause, number)

    def _forget(self, number: int) -> None:
        with self._lock:
            self._known.discard(number)


def _awaited(job: Job) -> FutureResult | None:
    waits = job.status is JobStatus.SUSPENDED and any(isinstance(wait, ConditionWait) for wait in job.waits)
    return job.awaited_result if waits else None


def _holds(awaited: FutureResult) -> bool:
    try:
        return awaited.check_condition()
    except BaseException:
        return True  # its statement is to meet this


def _wake(root: Root, number: int) -> None:
    job = root.catalog.get(number)
    if job is not None and job.status is JobStatus.SUSPENDED:
        root.wake(job)
