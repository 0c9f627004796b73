"""The files of a folder store, beside what ZODB does with them: plain connections, copies, the write-ahead log.

The log is folded into the main file while the commit queue is held, and then written again from its beginning: a commit
into a file that has its size already is on the disk in two thirds of the time of one that makes the file longer.
"""

from __future__ import annotations

import contextlib
import os
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from statek_jupyter.store.file_lock import CommitQueue
from statek_jupyter.store.sqlite_library import sqlite

MAIN_FILE: Final = "main.sqlite3"
LOG_BYTES = 8 << 20
"""Length at which the write-ahead log is folded into the main file."""
LONGEST_LOGS = 4
"""How many times that long its file may stay; a reader that took long can have made it any length."""

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24


def connect(folder: Path) -> Any:
    """A plain connection to the store's main file, for reading beside ZODB. It never checkpoints."""
    connection = _open_file(folder / MAIN_FILE)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA query_only = 1")
    return connection


def has_older_tables(folder: Path) -> bool:
    """Whether the store was made by a release whose tables are others; its format cannot be read through them."""
    if not (folder / MAIN_FILE).exists():
        return False
    with closing(connect(folder)) as connection:
        columns = {row[1] for row in connection.execute('PRAGMA table_info("transaction")')}
    return bool(columns) and "oids" not in columns


def writer(folder: Path) -> Any:
    """A plain connection that may write, for whoever holds the commit queue. It checkpoints only when told to."""
    connection = connect(folder)
    connection.execute("PRAGMA query_only = 0")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _open_file(file: Path) -> Any:
    frozen = "" if os.access(file.parent, os.W_OK) else "?immutable=1"
    url = f"file:{quote(str(file))}{frozen}"
    return sqlite.connect(url, uri=True, isolation_level=None, check_same_thread=False, timeout=60)


def optimize(folder: Path, queue: CommitQueue) -> None:
    """Let SQLite refresh its query statistics."""
    with queue, closing(writer(folder)) as connection:
        connection.execute("PRAGMA optimize")


def copy_database(source: Path, target: Path) -> None:
    """Copy one database file while it is in use, as of one moment."""
    read, write = _open_file(source), sqlite.connect(target)
    try:
        write.execute("PRAGMA synchronous = FULL")
        read.backup(write)
    finally:
        write.close()
        read.close()


# --- the write-ahead log -------------------------------------------------------------------------------


def has_log(folder: Path) -> bool:
    """Whether there may be commits in the write-ahead log: somebody has the store open, or did not close it."""
    return _log_size(folder) > 0


def fold_long_log(folder: Path, queue: CommitQueue, limit: int = LOG_BYTES) -> bool:
    """Fold the write-ahead log into the main file when it has at least `limit` bytes.

    Returns:
        False when a reader that is still in a transaction keeps the log from beginning anew; a later call will do.
    """
    if not _log_reaches(folder, limit):
        return True
    with queue, closing(writer(folder)) as connection:
        return fold_log(connection, shorten=_log_size(folder) > limit * LONGEST_LOGS)


def fold_log(connection: Any, *, shorten: bool) -> bool:
    """Fold the log, as far as readers let it; called while the queue is held. False when they did not let it wholly.

    Args:
        shorten: Give its room back to the disk, too.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    ((busy, _, _),) = connection.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if shorten else 'RESTART'})").fetchall()
    return not busy


def _log_reaches(folder: Path, length: int) -> bool:
    """Whether commits since the log began anew fill it to `length` bytes.

    The file does not tell by its size: behind the newest commit lies what an earlier round has left there. A frame of
    this round carries the salt of the file's header (sqlite.org/fileformat2.html, section 4.1).
    """
    with contextlib.suppress(FileNotFoundError), open(folder / f"{MAIN_FILE}-wal", "rb") as file:
        header = file.read(_HEADER_BYTES)  # none of SQLite's locks is on this file: closing it loses none
        frame_bytes = _FRAME_HEADER_BYTES + int.from_bytes(header[8:12], "big")
        file.seek(_HEADER_BYTES + max(length // frame_bytes - 1, 0) * frame_bytes)
        frame = file.read(_FRAME_HEADER_BYTES)
        return len(frame) == _FRAME_HEADER_BYTES and frame[8:16] == header[16:24]
    return False


def _log_size(folder: Path) -> int:
    try:
        return os.stat(folder / f"{MAIN_FILE}-wal").st_size
    except FileNotFoundError:
        return 0
