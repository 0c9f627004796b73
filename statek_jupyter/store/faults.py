"""What the storage layer's exceptions mean to a person: one clear `StoreError` for each."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator

from statek_jupyter.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)
from statek_jupyter.store.location import read_location

ROOM_BYTES = 1 << 20
"""A disk with less room than this is taken to be full when SQLite only says that writing failed."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

_DISCONNECTED = frozenset({"ClientDisconnected", "StorageDisconnectedDuringCommit"})
_POSTGRESQL_AWAY = frozenset({"OperationalError", "InterfaceError", "AdminShutdown", "CrashShutdown"})


def explain(error: BaseException, where: str) -> StoreError | None:
    """The `StoreError` that says what `error` or one of its causes means; None when it is not about the storage."""
    for cause in _causes(error):
        found = _explain_one(cause, where)
        if found is not None:
            return found
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _explain_one(error: BaseException, where: str) -> StoreError | None:
    if isinstance(error, OSError):
        return _explain_os_error(error, where)
    text = str(error).lower()
    module = type(error).__module__
    if module.partition(".")[0] in ("sqlite3", "pysqlite3") or type(error).__name__ == "UnableToConnect":
        return _explain_sqlite(text, where)
    if _is_server_away(error, module, text):
        return StoreBusyError(where, f"the server does not answer ({type(error).__name__}); try again when it is up")
    if type(error).__name__ == "LockError":
        return StoreLockedError(where, "another process has it open, and a file: store takes one process at a time")
    if type(error).__name__ in ("ReadOnlyError", "ReadOnlyHistoryError"):
        return StoreReadOnlyError(where, "it was opened for reading only")
    if isinstance(error, EOFError) and text.startswith("a blob file holds"):
        return StoreDamagedError(where, f"a large value cannot be read ({error}); restore a backup")
    if type(error).__name__ in ("POSKeyError", "UnpicklingError", "CorruptedError", "CorruptedDataError"):
        return StoreDamagedError(where, f"a record cannot be read ({error}); restore a backup or run 'store verify'")
    return None


def _is_server_away(error: BaseException, module: str, text: str) -> bool:
    name = type(error).__name__
    if name in _DISCONNECTED:
        return True
    return module.startswith("psycopg2") and (name in _POSTGRESQL_AWAY or "server closed the connection" in text)


def _explain_os_error(error: OSError, where: str) -> StoreError | None:
    if error.errno in _FULL:
        return _full(where)
    if error.errno in _READ_ONLY:
        return StoreReadOnlyError(where, f"nothing can be written here ({error.strerror}); open it with read_only=True")
    return None


def _explain_sqlite(text: str, where: str) -> StoreError | None:
    if "disk is full" in text:
        return _full(where)
    if "readonly" in text or "read-only" in text:
        return StoreReadOnlyError(where, "nothing can be written here; open it with read_only=True")
    if "malformed" in text or "not a database" in text or "integrity check failed" in text:
        return StoreDamagedError(where, f"the database file is damaged ({text}); restore a backup")
    if "disk i/o error" in text:
        if _is_full(where):  # what SQLite says when its shared-memory file finds no room
            return _full(where)
        return StoreDamagedError(where, "the disk reported an error while reading or writing the database file")
    if "locked" in text or "busy" in text:
        return StoreBusyError(where, "the database stayed locked by another program")
    if "unable to open" in text:
        return StoreReadOnlyError(where, "the database file cannot be opened here; check the folder's permissions")
    if "no such table" in text:
        return StoreDamagedError(where, "the database file lacks its tables; it is not a store or it was cut short")
    return None


def _is_full(where: str) -> bool:
    path = read_location(where).path
    while path is not None and not path.exists():
        path = path.parent
    return path is not None and shutil.disk_usage(path).free < ROOM_BYTES


def _full(where: str) -> StoreFullError:
    return StoreFullError(where, "no room on the disk; nothing was changed, make room and try again")
