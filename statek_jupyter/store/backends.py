"""Opening each kind of storage, and creating the root object in it."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transaction
import ZODB

from statek_jupyter.errors import (
    StoreDamagedError,
    StoreError,
    StoreLocationError,
    StoreReadOnlyError,
    StoreVersionError,
)
from statek_jupyter.store.faults import explain
from statek_jupyter.store.feed import Feed, SqliteFeed, StorageFeed
from statek_jupyter.store.file_lock import CommitQueue, FileLock, held
from statek_jupyter.store.lanes import LaneClock, lease_lane
from statek_jupyter.store.location import Location
from statek_jupyter.store.presence import FolderPresence, LonePresence, Presence
from statek_jupyter.store.record_writer import RecordConnection
from statek_jupyter.store.root import FORMAT, FORMAT_KEY, ROOT_KEY, Root
from statek_jupyter.store.server_presence import ServerPresence

CACHED_OBJECTS = 20_000
"""Objects a connection may keep in memory between transactions."""
LARGE_RECORD_BYTES = 256 << 20
"""Records above this make ZODB warn; its advice to use blobs means nothing to our users."""


@dataclass
class Backend:
    """An open storage with everything a `Database` needs around it."""

    db: Any
    feed: Feed
    presence: Presence
    clock: LaneClock
    queue: CommitQueue | None = None
    """Where commits of all processes line up; None where only one process commits or a server orders them."""
    lane_lock: FileLock | None = None
    tidy: Callable[[], object] = lambda: None
    """Called after commits, outside of them: folds the write-ahead log when it has grown."""


def open_backend(location: Location, *, read_only: bool) -> Backend:
    """Open the store, creating it where there is none.

    Raises:
        StoreLocationError: This is no place for a store.
        StoreError: The store is there and cannot be opened; the subclass says why.
    """
    opener = {"sqlite": _open_folder, "file": _open_file, "memory": _open_memory}.get(location.kind, _open_server)
    try:
        backend = opener(location, read_only)
    except (StoreError, StoreLocationError):
        raise
    except Exception as error:
        found = explain(error, location.where)
        if found is None:
            raise
        raise found from error
    return backend


# --- the folder store --------------------------------------------------------------------------------------


def _open_folder(location: Location, read_only: bool) -> Backend:
    from statek_jupyter.store import sqlite_files, sqlite_library, sqlite_storage

    folder = location.path
    assert folder is not None
    _prepare_folder(folder, location.where, sqlite_files.MAIN_FILE, read_only)
    sqlite_library.warn_if_affected()
    if read_only and not os.access(folder, os.W_OK):
        return _open_frozen_folder(folder, location.where)
    queue = CommitQueue(folder / "commit.lock")
    with held(folder / "open.lock"):
        if sqlite_files.has_older_tables(folder):
            raise StoreVersionError(location.where, _version_advice(1))
        storage = sqlite_storage.open_storage(folder, queue, read_only=read_only)
        try:
            db = _open_db(storage, location.where, read_only)
        except BaseException:
            storage.close()
            raise
        presence = FolderPresence(folder / "presence")
    lane, lane_lock = lease_lane(folder / "lanes")
    return Backend(
        db,
        SqliteFeed(folder),
        presence,
        LaneClock(lane),
        queue=queue,
        lane_lock=lane_lock,
        tidy=lambda: sqlite_files.fold_long_log(folder, queue),
    )


def _open_frozen_folder(folder: Path, where: str) -> Backend:
    """A store on a medium that nobody can write to: no locks, nothing ever changes."""
    from statek_jupyter.store import sqlite_files, sqlite_storage

    if sqlite_files.has_log(folder):
        raise StoreReadOnlyError(where, "it was not closed cleanly: open it once where it can be written, then copy it")
    storage = sqlite_storage.open_frozen_storage(folder)
    return _alone(_open_db(storage, where, read_only=True))


def _prepare_folder(folder: Path, where: str, main_file: str, read_only: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise StoreLocationError(where, "this is a file; a store is a folder, so give a folder (or a new name)")
    if read_only and not (folder / main_file).exists():
        raise StoreLocationError(where, "there is no store here to read")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except NotADirectoryError as error:
        raise StoreLocationError(where, f"{error.filename!r} lies below a file") from error
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise StoreReadOnlyError(where, f"the folder cannot be created ({error.strerror})") from error
        if error.errno == errno.ENOENT:  # inside /proc, for example
            raise StoreLocationError(where, "no folder can be made here") from error
        raise
    _warn_if_network(folder, where)


def _warn_if_network(folder: Path, where: str) -> None:
    from statek_jupyter.store.network_disk import network_file_system

    kind = network_file_system(folder)
    if kind is not None:
        warnings.warn(
            f"the store {where!r} lies on a network disk ({kind}), where file locks are not reliable: "
            "use a local folder, or postgresql:// for several machines",
            RuntimeWarning,
            stacklevel=2,
        )


# --- one process ---------------------------------------------------------------------------------------------


def _open_memory(location: Location, read_only: bool) -> Backend:
    from ZODB.DemoStorage import DemoStorage

    storage = DemoStorage(location.where)
    return _alone(_open_db(storage, location.where, read_only))


def _open_file(location: Location, read_only: bool) -> Backend:
    from ZODB.FileStorage import FileStorage

    path = location.path
    assert path is not None
    if path.is_dir():
        raise StoreLocationError(location.where, "this is a folder; file: takes the name of a file")
    if read_only and not path.exists():
        raise StoreLocationError(location.where, "there is no store here to read")
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    storage = FileStorage(str(path), read_only=read_only, blob_dir=f"{path}.blobs")
    try:
        return _alone(_open_db(storage, location.where, read_only))
    except BaseException:
        storage.close()
        raise


def _alone(db: Any) -> Backend:
    return Backend(db, StorageFeed(db.storage), LonePresence(), LaneClock(0))


# --- servers ---------------------------------------------------------------------------------------------------


def _open_server(location: Location, read_only: bool) -> Backend:
    from statek_jupyter.store.servers import connect

    server = connect(location, read_only)
    try:
        with server.opening:
            db = _open_db(server.storage, location.where, read_only)
    except BaseException:
        server.feed.close()
        server.storage.close()
        raise
    presence = LonePresence() if read_only else ServerPresence(db)
    return Backend(db, server.feed, presence, LaneClock(server.lane), lane_lock=server.lane_lock)


# --- the root object -----------------------------------------------------------------------------------------------


class _Database(ZODB.DB):  # type: ignore[misc]
    klass = RecordConnection


def _open_db(storage: Any, where: str, read_only: bool) -> Any:
    db = _Database(storage, pool_size=1_000, cache_size=CACHED_OBJECTS, large_record_size=LARGE_RECORD_BYTES)
    manager = transaction.TransactionManager(explicit=True)
    connection = db.open(manager)
    try:
        manager.begin()
        _check_root(connection.root(), where, read_only)
        manager.commit()
    except BaseException:
        manager.abort()
        connection.close()
        raise
    connection.close()
    return db


def _check_root(top: Any, where: str, read_only: bool) -> None:
    if FORMAT_KEY not in top:
        if len(top):
            raise StoreLocationError(where, "this ZODB database belongs to another program")
        if read_only:
            raise StoreDamagedError(where, "there is a database without a store in it")
        top[ROOT_KEY] = Root()
        top[FORMAT_KEY] = FORMAT
    elif top[FORMAT_KEY] != FORMAT:
        raise StoreVersionError(where, _version_advice(top[FORMAT_KEY]))
    elif not read_only and top[ROOT_KEY].queue is None:
        top[ROOT_KEY].add_queue()


def _version_advice(found: Any) -> str:
    if isinstance(found, int) and found > FORMAT:
        return f"it has format {found}, this release reads format {FORMAT}: upgrade statek_jupyter"
    return f"it has format {found!r}, this release reads format {FORMAT}: open it with the release that wrote it"
