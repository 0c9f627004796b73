"""The tables of a folder store, and what reads them otherwise than RelStorage does.

SQLite writes whole pages, and a row or an index entry that lies apart is a page more in every commit. So a commit adds
its records at one place (``object_state``), one entry for each to that table's key, and one row to ``transaction``:

- Which record of an object is the current one is asked of that key: the newest. RelStorage's table of them is a view.
- Which objects a transaction wrote is said in its own row, in ``oids`` (a JSON list), not by an index over the records.
- Two indexes, and no more, are there while a pack needs them.
- No foreign keys: what they guard is written by the same few statements that would be checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from statek_jupyter.store.sqlite_library import relstorage

_sqlite: Any = relstorage.adapters.sqlite

_RECORDS = """
CREATE TABLE object_state (
    zoid INTEGER NOT NULL,
    tid INTEGER NOT NULL CHECK (tid > 0),
    prev_tid INTEGER NOT NULL,
    md5 BLOB,
    state_size INTEGER NOT NULL,
    state BLOB,
    PRIMARY KEY (zoid, tid)
)
"""
_CURRENT = """
CREATE VIEW current_object AS
SELECT zoid, tid FROM object_state AS record
WHERE tid = (SELECT max(tid) FROM object_state WHERE zoid = record.zoid)
"""
_WRITING_TO_CURRENT = "CREATE TRIGGER current_object_{0} INSTEAD OF {0} ON current_object BEGIN SELECT 1; END"
"""RelStorage deletes and moves rows there while it packs and undoes; the records it changes beside say the same."""
_FOR_PACKING = {"object_state_prev_tid": "object_state (prev_tid)", "object_state_tid": "object_state (tid)"}

_WRITTEN_BY = """
SELECT record.zoid, record.state
FROM "transaction" AS one, json_each(one.oids) AS oid
JOIN object_state AS record ON record.zoid = oid.value AND record.tid = one.tid
WHERE one.tid = ?
ORDER BY record.zoid
"""


class RecordTables(_sqlite.schema.Sqlite3SchemaInstaller):  # type: ignore[misc]
    """Makes the tables of a new store."""

    def list_tables(self, cursor: Any) -> list[str]:
        """Names of the tables, and of the view that is a table elsewhere."""
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' OR name = 'current_object'")
        return [name for (name,) in cursor.fetchall()]

    def _create_transaction(self, cursor: Any) -> None:
        super()._create_transaction(cursor)
        cursor.execute('ALTER TABLE "transaction" ADD COLUMN oids TEXT')

    def _create_object_state(self, cursor: Any) -> None:
        cursor.execute(_RECORDS)

    def _create_current_object(self, cursor: Any) -> None:
        cursor.execute(_CURRENT)
        for change in ("INSERT", "UPDATE", "DELETE"):
            cursor.execute(_WRITING_TO_CURRENT.format(change))


@contextmanager
def packing_indexes(connection: Any) -> Iterator[None]:
    """Have the indexes for the time of the block; a process that dies meanwhile leaves them to the next pack.

    Args:
        connection: May write, while nobody else does.
    """
    for name, columns in _FOR_PACKING.items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
    try:
        yield
    finally:
        for name in _FOR_PACKING:
            connection.execute(f"DROP INDEX IF EXISTS {name}")


def oids_text(oids: Iterable[int]) -> str:
    """What the row of a transaction says of the objects it wrote."""
    return json.dumps(list(oids), separators=(",", ":"))


def current_tids(cursor: Any, oids: Iterable[int]) -> dict[int, int]:
    """Object id to the id of the transaction that wrote it last, for those that are there."""
    cursor.execute(
        "SELECT value, (SELECT max(tid) FROM object_state WHERE zoid = value) AS newest FROM json_each(?)"
        " WHERE newest IS NOT NULL",
        (oids_text(oids),),
    )
    return dict(cursor.fetchall())


class RecordMover(_sqlite.mover.Sqlite3ObjectMover):  # type: ignore[misc]
    """Finds current records by the key of the records."""

    _detect_conflict_query = """
    SELECT temp_store.zoid, record.tid, temp_store.prev_tid, record.state
    FROM temp_store
    CROSS JOIN object_state AS record ON record.zoid = temp_store.zoid
        AND record.tid = (SELECT max(tid) FROM object_state WHERE zoid = temp_store.zoid)
    WHERE record.tid <> temp_store.prev_tid
    """

    def load_current(self, cursor: Any, oid: int) -> tuple[bytes | None, int | None]:
        """The newest record of an object and its transaction; (None, None) when there is none."""
        cursor.execute("SELECT state, tid FROM object_state WHERE zoid = ? ORDER BY tid DESC LIMIT 1", (oid,))
        found: tuple[bytes | None, int | None] = cursor.fetchone() or (None, None)
        return found

    def current_object_tids(self, cursor: Any, oids: Iterable[int], timeout: Any = None) -> dict[int, int]:
        return current_tids(cursor, oids)

    def detect_conflict(self, cursor: Any) -> list[Any]:
        cursor.execute(self._detect_conflict_query)
        rows: list[Any] = cursor.fetchall()
        return rows

    def update_current(self, cursor: Any, tid: int) -> None:
        """Say in the row of a transaction which objects it wrote: the records at the end of the table."""
        cursor.execute("SELECT zoid, tid FROM object_state ORDER BY rowid DESC")
        oids = []
        for oid, written_by in cursor:
            if written_by != tid:
                break
            oids.append(oid)
        cursor.execute('UPDATE "transaction" SET oids = ? WHERE tid = ?', (oids_text(sorted(oids)), tid))


class RecordPoller(_sqlite.poller.Sqlite3Poller):  # type: ignore[misc]
    """Finds what changed since a transaction in the rows of the later ones."""

    def poll_invalidations(
        self, conn: Any, cursor: Any, prev_polled_tid: int | None
    ) -> tuple[list[tuple[int, int]] | None, int]:
        """((object id, newest transaction id) of what changed, newest first; None for all), newest transaction id."""
        if prev_polled_tid is None:
            return None, self.get_current_tid(cursor)
        cursor.execute('SELECT tid, oids FROM "transaction" WHERE tid > ? ORDER BY tid', (prev_polled_tid,))
        rows = cursor.fetchall()
        if not rows:
            return [], prev_polled_tid
        newest = {oid: tid for tid, oids in rows for oid in json.loads(oids)}
        return sorted(newest.items(), key=lambda change: change[1], reverse=True), rows[-1][0]


class RecordIterator(relstorage.adapters.dbiter.HistoryPreservingDatabaseIterator):  # type: ignore[misc]
    """Reads what a transaction wrote by the ids in its row."""

    def iter_objects(self, cursor: Any, tid: int) -> Iterator[tuple[int, bytes | None]]:
        """(object id, state) of each record of a transaction that is still there."""
        cursor.execute(_WRITTEN_BY, (tid,))
        yield from cursor.fetchall()
