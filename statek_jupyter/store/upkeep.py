"""Looking after a store: facts for people, packing, backups."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.store.database import Database
from statek_jupyter.store.file_lock import held
from statek_jupyter.store.root import FORMAT

if TYPE_CHECKING:
    from statek_jupyter.store.root import Root

PACK_LOCK = "pack.lock"


@dataclass(frozen=True)
class StoreInfo:
    """Facts about a store."""

    where: str
    kind: str
    format: int
    size_bytes: int | None
    """All files together; None where the store has no files of its own."""
    jobs: int
    counts: Mapping[JobStatus, int]
    agents: tuple[str, ...]
    library: str
    """The storage software and its version."""
    read_only: bool


def info(database: Database) -> StoreInfo:
    """Look the facts up."""
    counts, agents = database.read(_counts)
    return StoreInfo(
        where=database.where,
        kind=database.location.kind,
        format=FORMAT,
        size_bytes=_size(database),
        jobs=sum(counts.values()),
        counts=counts,
        agents=agents,
        library=_library(database),
        read_only=database.read_only,
    )


def _counts(root: Root) -> tuple[dict[JobStatus, int], tuple[str, ...]]:
    return root.status_counts(), tuple(root.agents)


def _size(database: Database) -> int | None:
    path = database.location.path
    if path is None:
        return None
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(_file_size(file) for file in files)


def _file_size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # a process left just now, with its files
        return 0


def _library(database: Database) -> str:
    if database.location.kind == "sqlite":
        from statek_jupyter.store.sqlite_library import sqlite

        return f"SQLite {sqlite.sqlite_version}"
    return type(database.backend.db.storage).__name__


def pack(database: Database, keep_days: float) -> None:
    """Drop what is older than `keep_days` and no longer current. Other commits wait meanwhile."""
    if not keep_days >= 0:
        raise BadOptionError("keep_days", f"{keep_days!r} is not a number of days from 0")

    def work() -> None:
        database.backend.db.pack(days=keep_days)

    if database.location.kind == "sqlite" and database.location.path is not None:
        with held(database.location.path / PACK_LOCK):
            database.errand(work)
    else:
        database.errand(work)


# --- backup ------------------------------------------------------------------------------------------------


def backup(database: Database, target: str | os.PathLike[str]) -> None:
    """Copy the store to `target` while it is in use; the copy appears under its name when it is whole."""
    place = Path(target).expanduser().absolute()
    if place.exists():
        raise BadOptionError("path", f"there is something at {str(place)!r} already; a backup takes a new name")
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.unfinished")
    _remove(unfinished)
    try:
        if database.location.kind == "sqlite":
            _copy_folder(database, unfinished)
        else:
            with database.reading():
                _copy_transactions(database, unfinished)
        _publish(unfinished, place)
    except BaseException:
        _remove(unfinished)
        raise


def _copy_folder(database: Database, target: Path) -> None:
    """The main file first, then the id allocator, then blobs: what the first names, the later ones then have."""
    from statek_jupyter.store.sqlite_files import MAIN_FILE, copy_database
    from statek_jupyter.store.sqlite_storage import BLOB_FOLDER, OIDS_FILE

    source = database.location.path
    assert source is not None
    target.mkdir()
    with held(source / PACK_LOCK) if os.access(source, os.W_OK) else nullcontext():
        copy_database(source / MAIN_FILE, target / MAIN_FILE)
        copy_database(source / OIDS_FILE, target / OIDS_FILE)
        shutil.copytree(source / BLOB_FOLDER, target / BLOB_FOLDER, ignore=shutil.ignore_patterns("tmp", "*.lock"))
    _fsync_tree(target)


def _copy_transactions(database: Database, target: Path) -> None:
    from ZODB.FileStorage import FileStorage

    blobs = target.with_name(f"{target.name}.blobs")
    copy = FileStorage(str(target), create=True, blob_dir=str(blobs))
    source = database.backend.db.storage
    try:
        for found in source.iterator():
            _copy_transaction(source, found, copy)
    finally:
        copy.close()


def _copy_transaction(source: Any, found: Any, copy: Any) -> None:
    """ZODB's own copying fails for a storage in memory (`TransactionRecord` has no ``extension_bytes``, ZODB 6.4)."""
    from ZODB.blob import is_blob_record
    from ZODB.Connection import TransactionMetaData

    meta = TransactionMetaData(found.user, found.description, found.extension)
    copy.tpc_begin(meta, found.tid, found.status)
    for record in found:
        if record.data is not None and is_blob_record(record.data):
            own = Path(copy.temporaryDirectory()) / f"{record.oid.hex()}.copy"
            shutil.copyfile(source.loadBlob(record.oid, record.tid), own)
            copy.restoreBlob(record.oid, record.tid, record.data, str(own), record.data_txn, meta)
        else:
            copy.restore(record.oid, record.tid, record.data, "", record.data_txn, meta)
    copy.tpc_vote(meta)
    copy.tpc_finish(meta)


def _publish(unfinished: Path, place: Path) -> None:
    for companion in unfinished.parent.glob(f"{unfinished.name}.*"):
        suffix = companion.name.removeprefix(unfinished.name)
        if suffix in (".blobs", ".index"):
            companion.rename(place.with_name(place.name + suffix))
        else:
            _remove(companion)
    unfinished.rename(place)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _fsync_tree(top: Path) -> None:
    for path in (top, *top.rglob("*")):
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
