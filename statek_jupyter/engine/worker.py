"""The worker: a background thread whose event loop claims jobs of a store and runs many of them at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Collection
from types import TracebackType
from typing import Self

from statek_jupyter.engine import commits
from statek_jupyter.engine.claims import NO_TURN, Claimant, Claimed, claim, work_to_do
from statek_jupyter.engine.commits import Held
from statek_jupyter.engine.conditions import ConditionPoll
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.faults import told_fault
from statek_jupyter.engine.job_thread import HandedBack
from statek_jupyter.engine.live import streaming_text
from statek_jupyter.engine.session import CodeAbandoned
from statek_jupyter.errors import LeaseLostError, StoreClosedError, StoreError, StoreReadOnlyError, UnknownJobError
from statek_jupyter.llm import registry
from statek_jupyter.store import Store
from statek_jupyter.store.root import Root

LIVE_SECONDS = 0.2
"""How often running text is shown to other processes."""
LIVE_SHOWN = 4_000
"""Characters of it, the last ones."""
LOOK_SECONDS = 1.0
"""How often the worker looks for jobs of processes that died; everything else is announced by the store."""

FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 0.5, 60.0
"""How long to wait before something that failed is tried again; each time twice as long."""

log = logging.getLogger(__name__)


class Worker:
    """Runs the jobs of a store in the background.

    Any number of workers, in any number of processes, may serve one store; a job is run by one of them at a time. A
    worker takes the jobs submitted by its own process, and those of processes that have ended or have no worker.

    Args:
        store: An open store. It must stay open until the worker has stopped.
        concurrency: Most jobs run at once.
        only: Ids of the only jobs to run, wherever they were submitted.
    """

    def __init__(self, store: Store, *, concurrency: int = 16, only: Collection[str] | None = None) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency!r}: it must be at least 1")
        if not isinstance(store, Store):
            raise TypeError(f"a worker takes an open Store, not {type(store).__name__}: open_store({store!r})")
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
        self._pause = FIRST_PAUSE_SECONDS
        self._orphaned: list[Held] = []
        self._stopped = asyncio.Event()

    # --- called from anywhere -----------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to run jobs; nothing happens when it runs already.

        Raises:
            StoreClosedError: The store was closed.
            StoreReadOnlyError: It was opened for reading only.
        """
        if self.running:
            return self
        self._store.changes()  # a closed store says so
        if self._store.read_only:
            raise StoreReadOnlyError(self._store.where, "it was opened with read_only=True, and a worker writes")
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
        self._stopping = True
        with contextlib.suppress(RuntimeError):  # the loop ended by itself, and no other begins now
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
        """Keep an event loop going until the worker is stopped; whatever ends one, the next one goes on."""
        runs_all = self._only is None
        self._store.presence.serve(runs_all)
        try:
            self._keep_going(started)
        finally:
            started.set()  # also when it has ended before it could begin
            self._store.presence.serve(-runs_all)

    def _keep_going(self, started: threading.Event) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping:
            try:
                asyncio.run(self._main(started))
                return
            except StoreClosedError:
                return
            except BaseException:
                log.exception("the worker's event loop ended; it begins anew")
            self._tasks.clear()
            self._drivers.clear()
            time.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE_SECONDS)

    async def _main(self, started: threading.Event) -> None:
        loop = self._loop = asyncio.get_running_loop()
        wake = self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        unwatch = self._store.watch(lambda ids: loop.call_soon_threadsafe(self._jobs_changed, ids))
        showing = asyncio.ensure_future(self._show_live())
        conditions = ConditionPoll(self._store, self._claimant())
        started.set()
        try:
            await self._take_back()
            while not self._stopping:
                wake.clear()
                await _wait(wake, await self._look())
        except StoreClosedError:
            log.debug("the store was closed; the worker stops")
        finally:
            unwatch()
            conditions.stop()
            await self._hand_back()
            showing.cancel()

    async def _look(self) -> float:
        """Look for jobs once; gives the seconds until the next look. Whatever goes wrong, there is a next one."""
        try:
            await self._claim()
            self._pause = FIRST_PAUSE_SECONDS
            return min(LOOK_SECONDS, self._until_due())
        except StoreClosedError:
            raise
        except StoreError as error:
            log.warning("cannot look for jobs: %s", error)
        except Exception:
            log.exception("cannot look for jobs")
        pause, self._pause = self._pause, min(2 * self._pause, LAST_PAUSE_SECONDS)
        return pause

    async def _take_back(self) -> None:
        """Give back the jobs that an event loop before this one ran."""
        while self._orphaned:
            await self._release(self._orphaned.pop())

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
        self._stopped.set()
        if self._wake is not None:
            self._wake.set()

    def _jobs_changed(self, ids: list[str]) -> None:
        for job_id in ids:
            driver = self._drivers.get(job_id)
            if driver is not None:
                try:
                    driver.job_changed()
                except Exception as error:  # the other jobs must hear of their changes
                    log.warning("job %s changed, and cannot be looked at: %s", job_id, error)
        if self._wake is not None:
            self._wake.set()

    def _claimant(self) -> Claimant:
        presence = self._store.presence
        return Claimant(presence.id, presence.alive, registry.can_resolve, self._only, presence.serves)

    async def _claim(self) -> None:
        room = self._concurrency - len(self._drivers)
        claimant = self._claimant()
        if room > 0 and self._store.read(lambda root: work_to_do(root, claimant, self._turn)):
            claimed = await self._take(claimant, room)
            self._turn = claimed.turn
            for held in claimed.held:
                self._start(held)

    async def _take(self, claimant: Claimant, room: int) -> Claimed:
        """Claim; when this event loop ends meanwhile, the next one gives back what may have been claimed."""
        last = Claimed((), self._turn)

        def body(root: Root) -> Claimed:
            nonlocal last
            last = claim(root, claimant, room, self._turn)
            return last

        try:
            return await self._store.arun(body, wait_for_room=True)
        except asyncio.CancelledError:
            self._orphaned.extend(last.held)
            raise

    def _until_due(self) -> float:
        """Seconds until the next sleeping job's time has come."""
        if len(self._drivers) >= self._concurrency:
            return LOOK_SECONDS
        due = self._store.read(lambda root: root.waits.next_due())
        return LOOK_SECONDS if due is None else max(due - time.time(), 0.0)

    def _start(self, held: Held) -> None:
        task = asyncio.ensure_future(self._run(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, held: Held) -> None:
        """Run a job to its rest. Whatever goes wrong with it stays with it."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            driver = self._drivers[held.job_id] = Driver(self._store, held)
            try:
                again = await self._drive(driver)
                if not again:
                    return
                await _wait(self._stopped, pause)
                if self._stopping:
                    await self._release(held)
                    return
                pause = min(2 * pause, LAST_PAUSE_SECONDS)
            except asyncio.CancelledError:  # this event loop ends; the next one gives the job back
                self._orphaned.append(held)
                raise
            finally:
                if self._drivers.get(held.job_id) is driver:
                    del self._drivers[held.job_id]
                if self._wake is not None:
                    self._wake.set()

    async def _drive(self, driver: Driver) -> bool:
        """Run a job to its rest; True when the store refused something and it may go better in a while."""
        held = driver.held
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
            log.warning("job %s stays as it was committed last, and goes on in a while: %s", held.job_id, error)
            return True
        except Exception as fault:
            await self._end(driver, fault)
        return False

    async def _end(self, driver: Driver, fault: Exception) -> None:
        held, told = driver.held, await told_fault(driver.held.job_id, fault)
        log.error("job %s ended by a fault of the engine: %s\n%s", held.job_id, told, told.traceback)
        try:
            handlers = await self._store.arun(lambda root: commits.end_job(root, held, told))
            await driver.call_handlers(handlers, fault)
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
    """Not `asyncio.wait_for`: in Python 3.11 it loses a cancellation that comes together with the event.

    https://github.com/python/cpython/issues/86296
    """
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
