"""RelStorage on SQLite, made safe for many processes: fsync per commit, a fair queue, checkpoints only inside it.

What differs from RelStorage, and why:

- ``synchronous=FULL``: a commit that was acknowledged survives power loss. RelStorage's default is NORMAL.
- Blob files are fsynced before the commit that names them; neither ZODB nor RelStorage does.
- Commits of all processes line up in a `CommitQueue`; SQLite's busy handler sleeps, which is unfair.
- SQLite never checkpoints on its own: a checkpoint beside a commit is what the WAL-reset bug needs. We checkpoint while
  holding the queue. For the same reason a closing connection does not run ``PRAGMA optimize``.
- The object id allocator's file is written without fsync; its high-water mark is restored from the data at open.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ZODB.POSException import StorageTransactionError
from ZODB.utils import p64

from statek_jupyter.store.file_lock import CommitQueue
from statek_jupyter.store.sqlite_commit import CommitConnections, DirectCommit
from statek_jupyter.store.sqlite_files import connect, fold_log, writer
from statek_jupyter.store.sqlite_library import drivers, relstorage, sqlite
from statek_jupyter.store.sqlite_snapshot import Snapshots, Uncached
from statek_jupyter.store.sqlite_tables import RecordIterator, RecordMover, RecordPoller, RecordTables, packing_indexes

OIDS_FILE = "oids.sqlite3"
BLOB_FOLDER = "blobs"
_FULL = 2


class _Connection(drivers.Connection):  # type: ignore[misc]
    """RelStorage's connection without ``PRAGMA optimize`` at the end, which would write outside the queue."""

    _rs_has_closed: bool = False

    def commit_as_it_is(self) -> None:
        """Commit a transaction that has not touched the temporary tables, which RelStorage empties each time."""
        sqlite.Connection.commit(self)

    def close(self) -> None:
        if not self._rs_has_closed:
            self._rs_has_closed = True
            self.before_commit_functions = ()
            sqlite.Connection.close(self)


class _Driver(drivers.Sqlite3Driver):  # type: ignore[misc]
    CONNECTION_FACTORY = _Connection

    def get_driver_module(self) -> Any:
        return sqlite


class _FrozenDriver(_Driver):
    """For files on a medium that cannot be written: SQLite then needs neither locks nor a shared-memory file."""

    def _connect_to_file_or_uri(self, fname: str, **options: Any) -> Any:
        connection = sqlite.connect(
            f"file:{quote(fname)}?mode=ro&immutable=1",
            uri=True,
            isolation_level=options.get("isolation_level"),
            check_same_thread=False,
            factory=lambda *args, **more: _Connection(fname, *args, **more),
        )
        return connection


class _Adapter(relstorage.adapters.sqlite.adapter.Sqlite3Adapter):  # type: ignore[misc]
    """RelStorage's adapter with our driver and the store's commit queue."""

    def __init__(
        self,
        data_dir: str,
        pragmas: dict[str, Any],
        *,
        queue: CommitQueue | None,
        frozen: bool = False,
        **parts: Any,
    ) -> None:
        self.queue = queue
        self.frozen = frozen
        self._given_mover: RecordMover | None = parts.get("mover")
        if "oidallocator" not in parts:
            allocator = relstorage.adapters.sqlite.oidallocator.Sqlite3OIDAllocator
            parts["oidallocator"] = allocator(os.path.join(data_dir, OIDS_FILE), driver=_Driver())
        super().__init__(data_dir, pragmas, **parts)

    def _select_driver(self, options: Any = None) -> Any:
        return _FrozenDriver() if self.frozen else _Driver()

    def _create(self) -> None:
        self.mover = self._given_mover or RecordMover(self.driver, options=self.options)
        super()._create()
        self.dbiter = RecordIterator(self.driver)
        self.schema = RecordTables(
            driver=self.driver,
            oid_allocator=self.oidallocator,
            connmanager=self.connmanager,
            runner=self.runner,
            keep_history=True,
        )
        self.poller = self.txncontrol.poller = RecordPoller(
            self.driver,
            keep_history=True,
            runner=self.runner,
            revert_when_stale=self.options.revert_when_stale,
            transactions_may_go_backwards=False,
        )

    def new_instance(self) -> _Adapter:
        return type(self)(
            self.data_dir,
            self.pragmas,
            queue=self.queue,
            frozen=self.frozen,
            options=self.options,
            oidallocator=self.oidallocator.new_instance(),
            locker=self.locker,
            mover=self.mover,
            connmanager=self.connmanager,
        )


class _BlobFiles(relstorage.blobhelper.shared.SharedBlobHelper):  # type: ignore[misc]
    """Blob files that are on the disk before the commit that names them."""

    def _move_blobs_into_place(self, tid: bytes | None) -> int:
        for name in (self._txn_blobs or {}).values():
            _fsync(name)
        size: int = super()._move_blobs_into_place(tid)
        top = Path(self.fshelper.base_dir)
        folders = {folder for name in (self._txn_blobs or {}).values() for folder in _parents(Path(name), top)}
        for folder in folders:
            _fsync(folder)
        return size


class SafeSqliteStorage(relstorage.storage.RelStorage):  # type: ignore[misc]
    """One ZODB storage instance per connection; see the module's text.

    A transaction begins as a `DirectCommit`. When it turns out to be something else (a blob, an undo, a conflict), what
    it holds so far is given to RelStorage, which goes on from there.
    """

    _queued = False
    _direct: DirectCommit | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._load_connection.__class__ = Snapshots  # made by RelStorage's constructor, which has no option for it
        if not self._is_read_only:
            own = self.__dict__  # where RelStorage's constructor puts its methods
            self._store_generally = own.pop("store")
            for name in ("storeBlob", "restore", "restoreBlob", "deleteObject", "undo"):
                own[name] = self._generally(own[name])

    def _generally(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self._leave_direct()
            return method(*args, **options)

        return call

    def _leave_direct(self) -> None:
        """Let RelStorage go on with this transaction."""
        direct, self._direct = self._direct, None
        if direct is None:
            return
        super().tpc_begin(direct.metadata)
        for oid, (base, state) in direct.records.items():
            self._store_generally(oid, base, state, "", direct.metadata)
        for oid, tid in direct.required.items():
            super().checkCurrentSerialInTransaction(oid, tid, direct.metadata)

    # --- the two phases ----------------------------------------------------------------------------

    def tpc_begin(self, transaction: Any, tid: bytes | None = None, status: str = " ") -> None:
        if self._direct is not None:
            raise StorageTransactionError("this storage is in a transaction already")
        if self._is_read_only or tid is not None or self._tpc_phase:
            super().tpc_begin(transaction, tid, status)
        else:
            self._direct = DirectCommit(transaction)

    def store(self, oid: bytes, base: bytes | None, state: bytes, version: str, transaction: Any) -> None:
        if self._direct is None:
            self._store_generally(oid, base, state, version, transaction)
        else:
            self._direct.check(transaction)
            self._direct.records[oid] = (base, state)

    def checkCurrentSerialInTransaction(self, oid: bytes, serial: bytes, transaction: Any) -> None:
        if self._direct is None or self._direct.required.get(oid, serial) != serial:
            self._leave_direct()  # RelStorage tells what is wrong with a transaction that relies on two states
            super().checkCurrentSerialInTransaction(oid, serial, transaction)
        else:
            self._direct.check(transaction)
            self._direct.required[oid] = serial

    def tpc_vote(self, transaction: Any) -> Any:
        self._enter_queue()
        try:
            if self._direct is not None:
                self._direct.check(transaction)
                pool, lock_errors = self._store_connection_pool, self._adapter.locker.lock_exceptions
                if self._direct.lock(pool, self._oids, lock_errors, self._cache.seen):
                    return ()
                self._leave_direct()
            return super().tpc_vote(transaction)
        except BaseException:
            self._drop_direct()
            self._leave_queue()
            raise

    def tpc_finish(self, transaction: Any, f: Any = None) -> Any:
        try:
            if self._direct is None:
                return super().tpc_finish(transaction, f)
            self._direct.check(transaction)
            return self._finish(self._direct, f)
        finally:
            self._drop_direct()
            self._leave_queue()

    def _finish(self, direct: DirectCommit, f: Any) -> bytes:
        self._load_connection.rollback_quietly()  # lets a checkpoint see that this reader holds nothing
        tid, before = direct.write()
        committed: bytes = p64(tid)
        self._last_tid_i_committed_bytes = committed
        self._cache.own_commit(tid, before)
        if f is not None:
            f(committed)
        return committed

    def tpc_abort(self, transaction: Any, _force: bool = False) -> None:
        if self._direct is not None and transaction not in (None, self._direct.metadata):
            return
        try:
            self._drop_direct()
            super().tpc_abort(transaction, _force)
        finally:
            self._leave_queue()

    def _drop_direct(self) -> None:
        direct, self._direct = self._direct, None
        if direct is not None:
            direct.let_go()

    def _enter_queue(self) -> None:
        if not self._queued:
            self._adapter.queue.acquire()
            self._queued = True

    def _leave_queue(self) -> None:
        if self._queued:
            self._queued = False
            self._adapter.queue.release()

    # --- packing -------------------------------------------------------------------------------------

    def pack(self, *args: Any, **options: Any) -> Any:
        folder = Path(self._adapter.data_dir)  # pack commits outside the two-phase protocol, hence the queue
        with self._adapter.queue, closing(writer(folder)) as connection:
            with packing_indexes(connection):
                packed = super().pack(*args, **options)
            fold_log(connection, shorten=True)  # it has all that was moved and deleted: more than the store itself
        return packed


def open_storage(folder: Path, queue: CommitQueue, *, read_only: bool) -> SafeSqliteStorage:
    """Open the store in `folder`; creates what is missing unless `read_only`. The caller holds the open lock."""
    options = relstorage.options.Options(
        keep_history=True,
        blob_dir=str(folder / BLOB_FOLDER),
        shared_blob_dir=True,
        commit_lock_timeout=60,
        read_only=read_only,
        create_schema=not read_only,
    )
    pragmas = {"synchronous": _FULL, "wal_autocheckpoint": 0}
    adapter = _Adapter(str(folder), pragmas, queue=queue, options=options)
    storage = SafeSqliteStorage(
        adapter,
        options=options,
        cache=Uncached(adapter),
        blobhelper=_BlobFiles(options, adapter),
        store_connection_pool=None if read_only else CommitConnections(adapter.connmanager),
    )
    if not read_only:
        _restore_oid_mark(storage, folder)
    return storage


def open_frozen_storage(folder: Path) -> SafeSqliteStorage:
    """Open the store in a folder that cannot be written, for reading."""
    options = relstorage.options.Options(
        keep_history=True, blob_dir=str(folder / BLOB_FOLDER), shared_blob_dir=True, read_only=True, create_schema=False
    )
    adapter = _Adapter(str(folder), {}, queue=None, frozen=True, options=options)
    return SafeSqliteStorage(adapter, options=options, cache=Uncached(adapter))


def _restore_oid_mark(storage: SafeSqliteStorage, folder: Path) -> None:
    connection = connect(folder)
    try:
        (highest,) = connection.execute("SELECT max(zoid) FROM object_state").fetchone()
    finally:
        connection.close()
    storage._adapter.oidallocator.set_min_oid(None, (highest or 0) + 16)


def _parents(file: Path, top: Path) -> list[Path]:
    return [folder for folder in file.parents if folder == top or top in folder.parents]


def _fsync(path: str | Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
