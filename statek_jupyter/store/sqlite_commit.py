"""The usual commit to a folder store: records, no blobs, nothing undone, nobody else changed the same objects.

RelStorage's phases serve every database it knows: records go through a spooled file, each step through a connection
manager, a driver and a timer. Under the commit queue, in this process, a commit is five statements. Whatever turns out
not to be usual is handed to RelStorage's phases from the beginning; see `SafeSqliteStorage`.
"""

from __future__ import annotations

import time
from hashlib import md5
from typing import Any

from persistent.timestamp import TimeStamp  # type: ignore[import-untyped]
from ZODB.POSException import StorageTransactionError
from ZODB.utils import u64

from statek_jupyter.store.sqlite_library import relstorage
from statek_jupyter.store.sqlite_snapshot import is_idle
from statek_jupyter.store.sqlite_tables import current_tids, oids_text


class CommitConnections(relstorage.adapters.connections.StoreConnectionPool):  # type: ignore[misc]
    """Connections for committing. One that is in no transaction is lent and taken back as it is."""

    def borrow(self) -> Any:
        with self._lock:
            idle = self._connections.pop() if self._connections and is_idle(self._connections[-1]) else None
        return idle if idle is not None else super().borrow()

    def _replace(self, connection: Any, needs_rollback: bool) -> None:
        super()._replace(connection, needs_rollback and not is_idle(connection))


class DirectCommit:
    """One transaction, from ``tpc_begin`` to its end."""

    def __init__(self, metadata: Any) -> None:
        self.metadata = metadata
        self.records: dict[bytes, tuple[bytes | None, bytes]] = {}
        """Object id to (transaction id the change is based on, new state)."""
        self.required: dict[bytes, bytes] = {}
        """Object id to transaction id of what was read and must still be current."""
        self._connection: Any = None
        self._pool: Any = None
        self._last = 0
        """The newest transaction when the database was locked."""

    def check(self, metadata: Any) -> None:
        """Raise when the caller means another transaction."""
        if metadata is not self.metadata:
            raise StorageTransactionError("this storage is in another transaction")

    def lock(
        self, pool: CommitConnections, oids: Any, lock_errors: tuple[type[Exception], ...], seen: int | None
    ) -> bool:
        """Lock the database for writing; False when that fails, or when somebody else changed what this is based on.

        Args:
            seen: The newest transaction that what this is based on was read after, when that is known.
        """
        self._pool, self._connection = pool, pool.borrow()
        if self.records:
            oids.set_min_oid(self._connection, u64(max(self.records)))
        cursor = self._connection.cursor
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except lock_errors:
            self.let_go()
            return False
        cursor.execute('SELECT max(tid) FROM "transaction"')
        self._last = cursor.fetchone()[0] or 0
        if self._last != seen and not self._is_current(cursor):
            self.let_go()
            return False
        return True

    def _is_current(self, cursor: Any) -> bool:
        based_on = {u64(oid): u64(base) if base else 0 for oid, (base, _) in self.records.items()}
        required = {u64(oid): u64(tid) for oid, tid in self.required.items()}
        current = current_tids(cursor, [*based_on, *required])
        return all(current.get(oid, 0) == tid for oid, tid in required.items()) and all(
            current.get(oid, tid) == tid for oid, tid in based_on.items()
        )

    def write(self) -> tuple[int, int]:
        """Write and commit; returns the transaction's id and the one of the transaction before."""
        cursor, metadata = self._connection.cursor, self.metadata
        tid = max(_tid_at(time.time()), self._last + 1)
        in_order = [(u64(oid), base, state) for oid, (base, state) in sorted(self.records.items())]
        cursor.execute(
            'INSERT INTO "transaction" (tid, packed, username, description, extension, oids)'
            " VALUES (?, FALSE, ?, ?, ?, ?)",
            (
                tid,
                _bytes(metadata.user),
                _bytes(metadata.description),
                metadata.extension_bytes,
                oids_text(oid for oid, _, _ in in_order),
            ),
        )
        cursor.executemany(
            "INSERT INTO object_state (zoid, tid, prev_tid, md5, state_size, state) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (oid, tid, u64(base) if base else 0, md5(state).hexdigest(), len(state), state)
                for oid, base, state in in_order
            ],
        )
        self._connection.connection.commit_as_it_is()
        return tid, self._last

    def let_go(self) -> None:
        """Give the connection back; what it has not committed is gone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.replace(connection)


_minute: tuple[int, int] = (0, 0)
"""A minute since 1970, and the transaction id of its beginning."""


def _tid_at(seconds: float) -> int:
    """The transaction id of a time, as `TimeStamp` makes it, whose calendar is asked once a minute."""
    global _minute
    minute, rest = divmod(seconds, 60.0)
    known, begins = _minute
    if minute != known:
        begins = u64(TimeStamp(*time.gmtime(minute * 60)[:5], 0.0).raw())
        _minute = (int(minute), begins)
    return begins + int(rest / 60.0 * (1 << 32))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
