"""Writing a transaction's records straight to their tables.

RelStorage writes records to a temporary table first, so that a server can look for conflicts in one query. Here the
commit queue is held and the database is in this process, so the way round costs two copies of every record and gains
nothing. A commit becomes one look at ``current_object`` and one insert and one update per record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from statek_jupyter.store.sqlite_library import relstorage

Row = tuple[int, int, Any, bytes | None]
"""Object id, transaction id the change is based on (0 for a new object), checksum, state."""

_AT_ONCE = 500
"""Object ids in one query; SQLite takes 999 values in its oldest versions."""


class DirectMover(relstorage.adapters.sqlite.mover.Sqlite3ObjectMover):  # type: ignore[misc]
    """RelStorage's object mover for a history-preserving folder store. Rows wait on the connection they go through."""

    def store_temps(self, cursor: Any, records: Iterable[tuple[bytes | None, int, int]]) -> None:
        cursor.connection.statek_rows = {row[0]: row for row in self._rows(records)}

    def replace_temps(self, cursor: Any, records: Iterable[tuple[bytes | None, int, int]]) -> None:
        """After conflicts were resolved: these states go in place of those stored first."""
        cursor.connection.statek_rows.update((row[0], row) for row in self._rows(records))

    def _rows(self, records: Iterable[tuple[bytes | None, int, int]]) -> Iterator[Row]:
        for state, oid, base in records:
            yield oid, base, self._compute_md5sum(state), state

    def detect_conflict(self, cursor: Any) -> list[tuple[int, int, int, bytes]]:
        """(object id, committed transaction id, base transaction id, committed state) where the two ids differ."""
        rows = _waiting(cursor)
        oids = iter(rows)
        conflicts = []
        while some := tuple(islice(oids, _AT_ONCE)):
            marks = ",".join("?" * len(some))
            cursor.execute(f"SELECT zoid, tid FROM current_object WHERE zoid IN ({marks})", some)
            conflicts += [(oid, tid) for oid, tid in cursor.fetchall() if tid != rows[oid][1]]
        return [(oid, tid, rows[oid][1], _state(cursor, oid, tid)) for oid, tid in conflicts]

    def move_from_temp(self, cursor: Any, tid: int, txn_has_blobs: bool) -> None:
        cursor.executemany(
            "INSERT INTO object_state (zoid, tid, prev_tid, md5, state_size, state) VALUES (?, ?, ?, ?, ?, ?)",
            [(oid, tid, base, md5, len(state or b""), state) for oid, base, md5, state in _in_order(cursor)],
        )

    def update_current(self, cursor: Any, tid: int) -> None:
        if not _waiting(cursor):  # undoing and restoring write their records themselves
            super().update_current(cursor, tid)
            return
        cursor.executemany(
            "INSERT INTO current_object (zoid, tid) VALUES (?, ?) ON CONFLICT (zoid) DO UPDATE SET tid = excluded.tid",
            [(row[0], tid) for row in _in_order(cursor)],
        )

    def _before_commit(self, connection: Any, _rolling_back: Any = None) -> None:
        connection.statek_rows = None


def _waiting(cursor: Any) -> dict[int, Row]:
    rows: dict[int, Row] | None = getattr(cursor.connection, "statek_rows", None)
    return rows or {}


def _in_order(cursor: Any) -> list[Row]:
    """By object id, which keeps the pages written few."""
    return sorted(_waiting(cursor).values(), key=lambda row: row[0])


def _state(cursor: Any, oid: int, tid: int) -> bytes:
    cursor.execute("SELECT state FROM object_state WHERE zoid = ? AND tid = ?", (oid, tid))
    state: bytes = cursor.fetchone()[0]
    return state
