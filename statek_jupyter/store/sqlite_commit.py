"""The two-phase commit of a folder store, for the usual transaction: records, no blobs, nothing undone.

RelStorage's own phases serve every database it knows: records go through a spooled file, each step through a connection
manager, a driver and a timer. Under the commit queue, in this process, a commit is seven statements. Whatever is not
usual (blobs, conflicts, undo) takes RelStorage's way from where it was found.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from persistent.timestamp import TimeStamp  # type: ignore[import-untyped]
from ZODB.POSException import StorageTransactionError
from ZODB.utils import p64, u64

from statek_jupyter.store.sqlite_library import relstorage

_tpc: Any = relstorage.storage.tpc
_timestamp: Any = relstorage._util.timestamp_at_unixtime

Record = tuple[bytes | None, int, int]
"""State, object id, transaction id the change is based on (0 for a new object)."""


class Records:
    """The records of one transaction, in the order in which they were stored; takes the place of a spooled file."""

    def __init__(self) -> None:
        self._records: dict[int, Record] = {}

    def store_temp(self, oid: int, state: bytes, base: int = 0) -> None:
        self._records[oid] = (state, oid, base)

    def delete_object(self, oid: int, base: int = 0) -> None:
        self._records[oid] = (None, oid, base)

    def read_temp(self, oid: int) -> bytes | None:
        return self._records[oid][0]

    def iter_for_oids(self, oids: Collection[int] | None) -> Iterator[Record]:
        return (record for oid, record in self._records.items() if oids is None or oid in oids)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def has_deleted_and_active_objects(self) -> bool:
        return len({state is None for state, _, _ in self}) == 2

    @property
    def stored_oids(self) -> Collection[int]:
        return self._records.keys()

    @property
    def max_stored_oid(self) -> int:
        return max(self._records, default=0)


class CommitConnections(relstorage.adapters.connections.StoreConnectionPool):  # type: ignore[misc]
    """Connections for committing. One that is in no transaction is lent and taken back as it is."""

    def borrow(self) -> Any:
        with self._lock:
            idle = self._connections.pop() if self._connections and _is_idle(self._connections[-1]) else None
        return idle if idle is not None else super().borrow()

    def _replace(self, connection: Any, needs_rollback: bool) -> None:
        super()._replace(connection, needs_rollback and not _is_idle(connection))


def _is_idle(connection: Any) -> bool:
    return connection.connection is not None and not connection.connection.in_transaction


class Snapshots(relstorage.adapters.connections.LoadConnection):  # type: ignore[misc]
    """The connection a storage reads from. When it is in no transaction, a fresh snapshot takes one statement."""

    def restart_and_call(self, f: Any, *args: Any, **options: Any) -> Any:
        is_stale = "on_rolledback" in vars(self)
        if is_stale or self._cursor is None or not _is_idle(self):
            return super().restart_and_call(f, *args, **options)
        try:
            self._cursor.execute("BEGIN DEFERRED TRANSACTION")
        except self._closed_exceptions:
            return super().restart_and_call(f, *args, **options)
        if f == self.on_first_use:
            self.cursor = self._cursor
        return f(self.connection, self._cursor, *args, **options)


class Idle(_tpc.NotInTransaction):  # type: ignore[misc]
    """Between transactions."""

    __slots__ = ()

    def __init__(self, read_only: bool, committed_tid: int = 0) -> None:
        super().__init__(_Storing, read_only, committed_tid)

    def with_committed_tid_int(self, committed_tid_int: int) -> Idle:
        return Idle(self.read_only, committed_tid_int)

    def tpc_begin(self, storage: Any, transaction: Any) -> Any:
        phase = super().tpc_begin(storage, transaction)
        phase.shared_state.temp_storage = Records()
        return phase


class _Voted(_tpc.vote.HistoryPreserving):  # type: ignore[misc]
    """The database is locked, and what this transaction is based on is unchanged."""

    __slots__ = ()

    def _vote(self, storage: Any) -> Collection[int]:
        state = self.shared_state
        usual = self.committing_tid_lock is None and not state.has_blobs()
        if not usual or not _lock_and_check(storage, state, self.required_tids):
            resolved: Collection[int] = super()._vote(storage)
            return resolved
        return ()

    def tpc_finish(self, storage: Any, transaction: Any, f: Any = None, _time: Any = None) -> Any:
        state = self.shared_state
        if state.prepared_txn or self.committing_tid_lock is not None or state.has_blobs():
            return super().tpc_finish(storage, transaction, f)
        if transaction is not self.transaction:
            raise StorageTransactionError("tpc_finish called with wrong transaction")
        try:
            storage._load_connection.rollback_quietly()  # lets a checkpoint see that this reader holds nothing
            tid = _write(state, self.ude)
            if f is not None:
                f(p64(tid))
            state.cache.after_tpc_finish(p64(tid), state.temp_storage)
            return self.initial_state.with_committed_tid_int(tid)
        finally:
            state.release()


class _Storing(_tpc.begin.HistoryPreserving):  # type: ignore[misc]
    """Records arrive."""

    __slots__ = ()
    _DEFAULT_TPC_VOTE_FACTORY = _Voted


def _lock_and_check(storage: Any, state: Any, required: Mapping[int, int]) -> bool:
    """Lock the database for writing and look for conflicts; False when there are any.

    Args:
        required: Object id to transaction id of what was read and must still be current.
    """
    cursor = state.store_connection.cursor
    mover, locker = state.adapter.mover, state.adapter.locker
    mover.store_temps(cursor, state.temp_storage)
    storage._oids.set_min_oid(state.store_connection, state.temp_storage.max_stored_oid)
    try:
        cursor.execute(locker._lock_current_objects_query)
    except locker.lock_exceptions:
        return False  # the general way tries once more and says what is wrong
    if required and dict(mover.current_object_tids(cursor, list(required))) != dict(required):
        return False
    return not mover.detect_conflict(cursor)


def _write(state: Any, user_description_extension: tuple[bytes, bytes, bytes]) -> int:
    """Write and commit; returns the transaction's id."""
    cursor, adapter = state.store_connection.cursor, state.adapter
    cursor.execute('SELECT max(tid) FROM "transaction"')
    (last,) = cursor.fetchone()
    tid: int = u64(_timestamp(time.time()).laterThan(TimeStamp(p64(last or 0))).raw())
    cursor.execute(
        'INSERT INTO "transaction" (tid, packed, username, description, extension) VALUES (?, FALSE, ?, ?, ?)',
        (tid, *user_description_extension),
    )
    adapter.mover.move_from_temp(cursor, tid, False)
    adapter.mover.update_current(cursor, tid)
    state.store_connection.connection.commit()
    return tid
