"""One open store in this process: connections, the commit thread, presence, and the watch over changes.

`Store` objects of the same place share one `Database`; the last one to close ends it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeVar
from weakref import WeakSet

from statek_jupyter.errors import ForkedStoreError, StoreBusyError, StoreError, StoreReadOnlyError, UserError
from statek_jupyter.store.backends import Backend
from statek_jupyter.store.commit_tasks import Checkout, Errand, Task, outcome
from statek_jupyter.store.commit_thread import CommitThread, closed_error, plain
from statek_jupyter.store.faults import explain
from statek_jupyter.store.gate import Gate
from statek_jupyter.store.heartbeat import Heartbeat
from statek_jupyter.store.location import Location
from statek_jupyter.store.lock_holder import describe_holder
from statek_jupyter.store.root import Root
from statek_jupyter.store.session import Session, SessionPool
from statek_jupyter.store.watch import Watch

T = TypeVar("T")

PATIENCE_SECONDS = 10.0
"""How long a commit waits for another process before that is told in the log."""
READERS_SECONDS = 10.0
"""How long closing waits for threads that read."""

_log = logging.getLogger(__name__)

_inside: ContextVar[frozenset[int]] = ContextVar("statek_store_transactions", default=frozenset())
"""Ids of the databases whose ``transaction()`` block the current code is in."""


class Database:
    """See the module's text."""

    def __init__(self, location: Location, backend: Backend, *, read_only: bool) -> None:
        self.location = location
        self.where = location.where
        self.read_only = read_only
        self.backend = backend
        self.presence = backend.presence
        self.clock = backend.clock
        self.closed = False
        self.forked = False
        self._readers = SessionPool(backend.db)
        self._gate = Gate()
        backend.db.lane_clock = backend.clock
        self.watch = Watch(backend.feed)
        self._told_of_wait = False
        self._heartbeat = self._start_heartbeat()
        self._thread = CommitThread(
            self.where, lambda: Session(backend.db), backend.queue, self._after_commit, backend.tidy
        )
        self.read(lambda root: backend.clock.pass_by(root.catalog.highest(backend.clock.lane)))
        _open.add(self)

    def _start_heartbeat(self) -> Heartbeat | None:
        seconds = self.presence.beat_seconds
        return None if self.read_only or seconds is None else Heartbeat(self._beat, seconds)

    def _beat(self) -> None:
        self.presence.beat()
        queue = self.backend.queue
        if queue is None or queue.waited_seconds < PATIENCE_SECONDS:
            self._told_of_wait = False
        elif not self._told_of_wait:
            self._told_of_wait = True
            holder = describe_holder(queue.path)
            _log.warning("a commit to %s has been waiting for %.0f s for %s", self.where, queue.waited_seconds, holder)

    def _after_commit(self, numbers: tuple[int, ...]) -> None:
        if numbers:
            self.watch.wake()

    # --- state ----------------------------------------------------------------------------------------

    def check(self, *, writing: bool = False) -> None:
        """Raise when the store cannot be used (any more)."""
        if self.forked:
            raise ForkedStoreError(self.where, FORK_ADVICE)
        if self.closed:
            raise closed_error(self.where)
        if writing and self.read_only:
            raise StoreReadOnlyError(self.where, "it was opened with read_only=True")

    def close(self) -> None:
        """End everything, in order. Waits for commits that were asked for before."""
        if self.closed or self.forked:
            return
        self.closed = True
        _open.discard(self)
        self.watch.close()
        self._thread.close()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        self.presence.leave()
        if self._gate.close(READERS_SECONDS):
            self._readers.close()
            self.backend.feed.close()
            self.backend.db.close()
        else:  # what a thread is reading from stays open until the process ends
            _log.warning("the store %s was closed while it was being read for %.0f s", self.where, READERS_SECONDS)
        if self.backend.lane_lock is not None:
            self.backend.lane_lock.abandon()
        if self.backend.queue is not None:
            self.backend.queue.abandon()

    def _forget_in_child(self) -> None:
        """This is a forked child: the parent goes on, we let go."""
        self.forked = True
        self.presence.abandon()
        for lock in (self.backend.lane_lock, self.backend.queue):
            if lock is not None:
                lock.abandon()

    # --- transactions -----------------------------------------------------------------------------------

    def run(self, work: Callable[[Root], T], *, wait_for_room: bool = False) -> T:
        __tracebackhide__ = True  # IPython leaves this frame out of what it shows
        try:
            return Task(work, wait_for_room=wait_for_room).follow(self.put)
        except UserError as error:
            error.with_traceback(None)  # the mistake is the caller's: frames in here tell them nothing
            raise

    def put(self, task: Task[T]) -> None:
        """Hand a task to the commit thread."""
        self.check(writing=True)
        self.refuse_nesting()
        self._thread.put(task)

    def read(self, work: Callable[[Root], T]) -> T:
        __tracebackhide__ = True
        with self.reading():
            try:
                return self._read(work)
            except BaseException as error:
                found = explain(error, self.where)
                if found is not None:
                    raise found from error
                if isinstance(error, UserError):
                    error.with_traceback(None)
                raise

    def _read(self, work: Callable[[Root], T]) -> T:
        session = self._readers.take()
        try:
            result = plain(work(self._begin(session)))
            session.abort()
        except BaseException:
            self._drop(session)
            raise
        self._readers.give_back(session)
        return result

    def _begin(self, session: Session) -> Root:
        """Once more when a server has ended the connection since it was used last."""
        try:
            return session.begin()
        except Exception as error:
            if not isinstance(explain(error, self.where), StoreBusyError):
                raise
            session.abort()
            return session.begin()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Keep the store from being closed for the time of the block."""
        self.check()
        with self._gate.passed(closed_error(self.where)):
            yield

    def _drop(self, session: Session) -> None:
        with contextlib.suppress(Exception):  # the first error is the one to tell
            session.abort()
            session.close()

    def errand(self, work: Callable[[], None]) -> None:
        """Run `work` on the commit thread outside of transactions, and wait for it, also through Ctrl-C."""
        self.check(writing=True)
        self.refuse_nesting()
        errand = Errand(work)
        self._thread.put(errand)
        error, interrupt = outcome(errand.future)
        if error is not None:
            raise error
        if interrupt is not None:
            raise interrupt

    def refuse_closing(self) -> None:
        self.refuse_nesting()
        if self._gate.is_inside():
            raise StoreError(self.where, "it is being read here: close it after that")

    def refuse_nesting(self) -> None:
        if id(self) in _inside.get() or self._thread.is_current():
            raise StoreError(self.where, "a transaction is open here already: use its root instead of starting another")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Root]:
        self.check(writing=True)
        self.refuse_nesting()
        checkout = Checkout()
        token = _inside.set(_inside.get() | {id(self)})
        try:
            self._thread.put(checkout)
            yield checkout.begin()
        except BaseException:
            checkout.end(commit=False)
            raise
        else:
            checkout.end(commit=True)
        finally:
            _inside.reset(token)


FORK_ADVICE = (
    "a forked child cannot use its parent's store: start processes with multiprocessing.get_context('spawn'), "
    "or open the store only in the child"
)

_open: WeakSet[Database] = WeakSet()


def _after_fork_in_child() -> None:
    for database in list(_open):
        database._forget_in_child()


os.register_at_fork(after_in_child=_after_fork_in_child)
