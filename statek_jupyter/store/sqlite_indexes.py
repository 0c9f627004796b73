"""Indexes of a folder store: those that every commit would pay for and only packing uses are there only while it packs.

RelStorage's schema has two such indexes. An entry of theirs lies on a page of its own for nearly every record of a
commit, and SQLite writes whole pages: without them a commit writes about a third less.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from statek_jupyter.store.sqlite_library import relstorage

_FOR_PACKING = {"object_state_prev_tid": "object_state (prev_tid)", "current_object_tid": "current_object (tid)"}


def drop_packing_indexes(connection: Any) -> None:
    """For a connection that may write, while nobody else does."""
    for name in _FOR_PACKING:
        connection.execute(f"DROP INDEX IF EXISTS {name}")


@contextmanager
def packing_indexes(connection: Any) -> Iterator[None]:
    """Have the indexes for the time of the block; a process that dies meanwhile leaves them to the next pack."""
    for name, columns in _FOR_PACKING.items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
    try:
        yield
    finally:
        drop_packing_indexes(connection)


class RecordPoller(relstorage.adapters.sqlite.poller.Sqlite3Poller):  # type: ignore[misc]
    """Finds what changed since a transaction by the records written, whose index stays."""

    def poll_invalidations(
        self, conn: Any, cursor: Any, prev_polled_tid: int | None
    ) -> tuple[list[tuple[int, int]] | None, int]:
        """((object id, newest transaction id) of what changed, newest first; None for all), newest transaction id."""
        if prev_polled_tid is None:
            return None, self.get_current_tid(cursor)
        cursor.execute("SELECT zoid, tid FROM object_state WHERE tid > ? ORDER BY tid", (prev_polled_tid,))
        newest = dict(cursor.fetchall())
        if not newest:
            return [], prev_polled_tid
        changed = sorted(newest.items(), key=lambda change: change[1], reverse=True)
        return changed, changed[0][1]
