"""What a store on PostgreSQL needs beside RelStorage: the change feed, and locks that end with their process.

One connection of each process, the control connection, holds the locks. They are PostgreSQL's advisory locks: the
server drops them when the connection ends, however that happens, on whichever machine.
"""

from __future__ import annotations

import importlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from statek_jupyter.store.feed import in_order, numbers_of
from statek_jupyter.store.lanes import LANES
from statek_jupyter.store.sqlite_library import relstorage

_LANE_CLASS = 0x53544B4C
"""First half of the key of a lane's lock; the second is the lane."""
_OPENING = 0x53544B4F
"""Key of the lock that is held while a store is opened."""


def open_storage(url: str, copies: Path, copies_bytes: int, *, read_only: bool) -> Any:
    """RelStorage on the database of this URL; creates its tables unless `read_only`."""
    adapter = importlib.import_module("relstorage.adapters.postgresql")
    options = relstorage.options.Options(
        keep_history=True,
        blob_dir=str(copies),
        shared_blob_dir=False,
        blob_cache_size=copies_bytes,
        commit_lock_timeout=60,
        read_only=read_only,
        create_schema=not read_only,
    )
    extensions = importlib.import_module("psycopg2.extensions")
    dsn = extensions.make_dsn(**extensions.parse_dsn(url))  # RelStorage adds to it, which a URL would not bear
    return relstorage.storage.RelStorage(adapter.PostgreSQLAdapter(dsn=dsn, options=options), options=options)


class Control:
    """The control connection; safe to use from any thread. Opened again when the server has dropped it."""

    def __init__(self, url: str, timeout_seconds: int) -> None:
        self._psycopg2 = importlib.import_module("psycopg2")
        self._url = url
        self._timeout = timeout_seconds
        self._lock = threading.RLock()
        self._held: list[tuple[int, ...]] = []
        """Keys of the locks to take again on a new connection."""
        self._ended = False
        self._connection: Any = self._connect()

    def _connect(self) -> Any:
        connection = self._psycopg2.connect(self._url, connect_timeout=self._timeout)
        connection.autocommit = True
        return connection

    def query(self, sql: str, *values: Any) -> list[Any]:
        """The rows; tries once more on a new connection, because this one may be dead."""
        with self._lock:
            try:
                return self._execute(sql, values)
            except self._psycopg2.Error:
                if self._ended:
                    raise
            self._connection.close()
            self._connection = self._connect()
            for key in self._held:
                self._execute(f"SELECT pg_try_advisory_lock({_marks(key)})", key)
            return self._execute(sql, values)

    def _execute(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows: list[Any] = cursor.fetchall()
            return rows

    def hold(self, *key: int) -> bool:
        """Take a lock for as long as this process lives; False when somebody has it."""
        taken: bool = self.query(f"SELECT pg_try_advisory_lock({_marks(key)})", *key)[0][0]
        if taken:
            self._held.append(key)
        return taken

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Wait until nobody else opens a store here."""
        with self._lock:
            self.query("SELECT pg_advisory_lock(%s)", _OPENING)
            try:
                yield
            finally:
                self.query("SELECT pg_advisory_unlock(%s)", _OPENING)

    def lease_lane(self) -> int:
        """The lowest lane no other process holds; with more processes than lanes, one is shared."""
        return next((lane for lane in range(LANES) if self.hold(_LANE_CLASS, lane)), random.randrange(LANES))

    def close(self) -> None:
        with self._lock:
            self._ended = True
            self._connection.close()


class PostgresFeed:
    """Asks the transaction table, over the control connection."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def newest(self) -> int:
        return self._control.query("SELECT max(tid) FROM transaction")[0][0] or 0

    def since(self, cursor: int) -> tuple[int, list[int]]:
        rows = self._control.query("SELECT tid, extension FROM transaction WHERE tid > %s ORDER BY tid", cursor)
        if not rows:
            return cursor, []
        return rows[-1][0], in_order(numbers_of(bytes(extension or b"")) for _, extension in rows)

    def close(self) -> None:
        self._control.close()


def _marks(key: tuple[int, ...]) -> str:
    return ", ".join(["%s"] * len(key))
