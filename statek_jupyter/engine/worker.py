"""The worker: a background thread whose event loop claims jobs of a store and runs many of them at once."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Collection
from types import TracebackType
from typing import Self

from statek_jupyter.engine import commits
from statek_jupyter.engine.claims import NO_TURN, Claimant, claim, work_to_do
from statek_jupyter.engine.commits import Held
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.job_thread import HandedBack
from statek_jupyter.engine.live import streaming_text
from statek_jupyter.engine.session import CodeAbandoned
from statek_jupyter.errors import LeaseLostError, StoreClosedError, StoreError, UnknownJobError
from statek_jupyter.llm import registry
from statek_jupyter.store import Store

LIVE_SECONDS = 0.2
"""How often running text is shown to other processes."""
LIVE_SHOWN = 4_000
"""Characters of it, the last ones."""
LOOK_SECONDS = 1.0
"""How often the worker looks for jobs of processes that died; everything else is announced by the store."""

log = logging.getLogger(__name__)


class Worker:
    """Runs the jobs of a store in the background.

    Any number of workers, in any number of processes, may serve one store; a job is run by one of them at a time. A
    worker takes the jobs submitted by its own process, those of processes that have died, and those nobody owns.

    Args:
        store: An open store. It must stay open until the worker has stopped.
        concurrency: Most jobs run at once.
        only: Ids of the only jobs to run, wherever they were submitted.
    """

    def __init__(self, store: Store, *, concurrency: int = 16, only: Collection[str] | None = None) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency!r}: it must be at least 1")
        self._store = store
        self._concurrency = concurrency
        self._only = frozenset(only) if only is not None else None
        self._drivers: dict[str, Driver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._turn = NO_TURN

    # --- called from anywhere -----------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to run jobs; nothing happens when it runs already."""
        if self.running:
            return self
        self._stopping = False
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), name="statek worker", daemon=True)
        self._thread.start()
        started.wait()
        return self

    def stop(self, timeout: float | None = 10.0) -> bool:
        """Stop running jobs and give them back; they go on from their last commit when a worker starts again.

        Args:
            timeout: Seconds to wait; None waits as long as it takes.

        Returns:
            False when it had not stopped after `timeout`.
        """
        thread, loop = self._thread, self._loop
        if thread is None or loop is None or not thread.is_alive():
            return True
        loop.call_soon_threadsafe(self._begin_stop)
        thread.join(timeout)
        return not thread.is_alive()

    @property
    def running(self) -> bool:
        """Whether it has been started and has not stopped."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def running_jobs(self) -> tuple[str, ...]:
        """Ids of the jobs it runs now."""
        return tuple(self._drivers)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    # --- on the worker's thread ---------------------------------------------------------------------

    def _serve(self, started: threading.Event) -> None:
        asyncio.run(self._main(started))

    async def _main(self, started: threading.Event) -> None:
        loop = self._loop = asyncio.get_running_loop()
        wake = self._wake = asyncio.Event()
        unwatch = self._store.watch(lambda ids: loop.call_soon_threadsafe(self._jobs_changed, ids))
        showing = asyncio.ensure_future(self._show_live())
        started.set()
        try:
            while not self._stopping:
                wake.clear()
                await self._claim()
                await _wait(wake, min(LOOK_SECONDS, self._until_due()))
        except StoreClosedError:
            log.debug("the store was closed; the worker stops")
        finally:
            unwatch()
            await self._hand_back()
            showing.cancel()

    async def _show_live(self) -> None:
        """Show other processes, such as a server's, what the jobs say between their commits."""
        texts = self._store.live_texts()
        try:
            while True:
                await asyncio.sleep(LIVE_SECONDS)
                await asyncio.to_thread(texts.write, {one: streaming_text(one)[-LIVE_SHOWN:] for one in self._drivers})
        finally:
            texts.write({})

    def _begin_stop(self) -> None:
        self._stopping = True
        if self._wake is not None:
            self._wake.set()

    def _jobs_changed(self, ids: list[str]) -> None:
        for job_id in ids:
            driver = self._drivers.get(job_id)
            if driver is not None:
                driver.job_changed()
        if self._wake is not None:
            self._wake.set()

    async def _claim(self) -> None:
        room = self._concurrency - len(self._drivers)
        presence = self._store.presence
        claimant = Claimant(presence.id, presence.alive, registry.can_resolve, self._only)
        try:
            if room > 0 and self._store.read(lambda root: work_to_do(root, claimant, self._turn)):
                claimed = await self._store.arun(
                    lambda root: claim(root, claimant, room, self._turn), wait_for_room=True
                )
                self._turn = claimed.turn
                for held in claimed.held:
                    self._start(held)
        except StoreClosedError:
            raise
        except StoreError as error:
            log.warning("cannot look for jobs: %s", error)

    def _until_due(self) -> float:
        """Seconds until the next sleeping job's time has come."""
        if len(self._drivers) >= self._concurrency:
            return LOOK_SECONDS
        due = self._store.read(lambda root: root.waits.next_due())
        return LOOK_SECONDS if due is None else max(due - time.time(), 0.0)

    def _start(self, held: Held) -> None:
        driver = self._drivers[held.job_id] = Driver(self._store, held)
        task = asyncio.ensure_future(self._run(driver, held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, driver: Driver, held: Held) -> None:
        """Run a job to its rest. Whatever goes wrong with it stays with it."""
        try:
            await driver.run()
            if driver.handing_back:
                await self._release(held)
        except HandedBack:
            await self._release(held)
        except CodeAbandoned:
            log.warning("job %s: its code could not be stopped; it goes on when this process has ended", held.job_id)
        except (LeaseLostError, UnknownJobError, StoreClosedError) as error:
            log.info("job %s is no longer run here: %s", held.job_id, error)
        except StoreError as error:
            log.warning("job %s stays as it was committed last: %s", held.job_id, error)
            await self._release(held)
        except Exception as fault:
            log.exception("job %s ended by a fault of the engine", held.job_id)
            await self._end(held, fault)
        finally:
            if self._drivers.get(held.job_id) is driver:
                del self._drivers[held.job_id]
            if self._wake is not None:
                self._wake.set()

    async def _end(self, held: Held, fault: Exception) -> None:
        try:
            await self._store.arun(lambda root: commits.end_job(root, held, fault))
        except (StoreError, UnknownJobError) as error:
            log.info("job %s could not be ended: %s", held.job_id, error)

    async def _release(self, held: Held) -> None:
        try:
            await self._store.arun(lambda root: commits.release(root, held))
        except (StoreError, UnknownJobError) as error:
            log.info("job %s could not be given back: %s", held.job_id, error)

    async def _hand_back(self) -> None:
        for driver in list(self._drivers.values()):
            driver.hand_back()
        if self._tasks:
            await asyncio.wait(self._tasks)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
