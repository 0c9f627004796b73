"""The folder store's own parts: which SQLite, fsync, checkpoints, ids, imports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from statek_jupyter.errors import StoreVersionError
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.sqlite_files import connect, fold_long_log
from statek_jupyter.store.sqlite_library import is_affected, sqlite
from tests.store.jobs import definition


def in_new_process(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_versions_with_the_wal_reset_bug_are_known(version: tuple[int, int, int], affected: bool) -> None:
    """As the release notes of 3.51.3, 3.50.7 and 3.44.6 say."""
    assert is_affected(version) is affected


def test_the_library_in_use_is_sound_where_a_sound_one_is_installed() -> None:
    """Whatever of the store is imported first, RelStorage uses the sound library and the standard module stays."""
    for first in ("sqlite_storage", "sqlite_snapshot", "backends", "feed"):
        code = (
            f"import statek_jupyter.store.{first}, sqlite3, sys\n"
            "from statek_jupyter.store.sqlite_library import choose_library, drivers, sqlite\n"
            "from relstorage.adapters.sqlite import oidallocator\n"
            "assert sqlite is choose_library() is drivers.sqlite3 is oidallocator.sqlite3\n"
            "assert sys.modules['sqlite3'] is sqlite3 and sqlite3.__name__ == 'sqlite3'\n"
        )
        done = in_new_process(code)
        assert done.returncode == 0, done.stderr


def test_an_affected_library_gives_a_warning(tmp_path: Path) -> None:
    """The wheel is missing, or RelStorage was imported before with the affected one; the store works all the same."""
    import sqlite3

    if not is_affected(sqlite3.sqlite_version_info):
        pytest.skip("the linked SQLite is sound")
    for before in ("import sys; sys.modules['pysqlite3'] = None", "import relstorage.adapters.sqlite.drivers"):
        code = (
            f"{before}\nimport warnings\nfrom statek_jupyter.store import open_store\n"
            "with warnings.catch_warnings(record=True) as caught:\n"
            "    warnings.simplefilter('always')\n"
            f"    store = open_store({str(tmp_path / 'store')!r})\n"
            "store.counts(); store.close()\n"
            "print([str(one.message) for one in caught if 'can lose commits' in str(one.message)])\n"
        )
        done = in_new_process(code)
        assert done.returncode == 0, done.stderr
        assert "pysqlite3" in done.stdout


def test_importing_the_store_loads_no_storage() -> None:
    """Heavy packages come with the first open; BTrees, which brings ZODB's base, is needed by the stored classes."""
    code = "import sys, statek_jupyter.store\nassert not {'relstorage', 'ZEO', 'cloudpickle'} & set(sys.modules)"
    done = in_new_process(code)
    assert done.returncode == 0, done.stderr


def test_every_connection_is_synchronous_and_never_checkpoints(store: Store) -> None:
    """The connections RelStorage commits through have fsync on and automatic checkpoints off."""
    store.submit(definition())
    storage = store._database.backend.db.storage
    connection, cursor = storage._adapter.connmanager.open_for_store()
    try:
        settings = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "wal_autocheckpoint", "journal_mode", "mmap_size")
        ]
    finally:
        connection.close()
    assert settings == [2, 0, "wal", 0]


def test_each_commit_and_each_blob_reaches_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob's file and its folders are fsynced before the commit is acknowledged."""
    synced: list[str] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{fd}"))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    store.submit(definition(), locals={"data": os.urandom(3_000_000)})
    blobs = [path for path in Path(store.where, "blobs").rglob("*.blob") if path.is_file()]
    assert blobs
    for blob in blobs:
        assert str(blob.parent) in synced
    assert len([path for path in synced if not os.path.isdir(path)]) >= len(blobs)


def test_the_write_ahead_log_is_folded_in(store: Store) -> None:
    """It stays small however much is committed, and nothing is lost by that."""
    handle = store.submit(definition())
    for _ in range(80):
        item = LLM_LogItem(os.urandom(150_000).hex())
        store.run(lambda root, item=item: root.job(handle.id).chat_log.append(item))
    log = Path(store.where, "main.sqlite3-wal")
    assert log.stat().st_size < 20_000_000
    queue = store._database.backend.queue
    assert queue is not None
    assert fold_long_log(Path(store.where), queue, 1)
    assert handle.read(lambda job: len(job.chat_log)) == 80
    assert store.verify().ok


def test_the_write_ahead_log_is_written_again_from_its_beginning(store: Store) -> None:
    """Its file keeps its size; the next commits lie in front, and are all there when it was not closed."""
    handle = store.submit(definition())
    where, queue = Path(store.where), store._database.backend.queue
    assert queue is not None
    log = where / "main.sqlite3-wal"

    def add(size: int) -> int:
        item = LLM_LogItem(os.urandom(size // 2).hex())
        store.run(lambda root: root.job(handle.id).chat_log.append(item))
        return log.stat().st_size

    size = add(2_000_000)
    assert fold_long_log(where, queue, 1_000_000)
    for _ in range(5):
        assert add(1_000) == size
    assert fold_long_log(where, queue, 1_000_000) and log.stat().st_size == size, "the log is short again"
    shutil.copytree(where, where.with_name("copy"))  # as after a kill
    with open_store(where.with_name("copy")) as copy:
        assert copy.job(handle.id).read(lambda job: len(job.chat_log)) == 6
        assert copy.verify().ok
    assert fold_long_log(where, queue, 1_000) and log.stat().st_size == 0, "a file that is far too long is cut"


def test_a_reader_keeps_the_log_from_beginning_anew(store: Store) -> None:
    """What the log holds is needed for its snapshot."""
    store.submit(definition())
    where, queue = Path(store.where), store._database.backend.queue
    assert queue is not None
    reader = connect(where)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM object_state").fetchone()[0]
    store.submit(definition())
    assert not fold_long_log(where, queue, 1)
    reader.execute("COMMIT")
    reader.close()
    assert fold_long_log(where, queue, 1)


def test_a_reader_does_not_hold_the_log(store: Store) -> None:
    """After `read` no snapshot is left open, so that the log can be folded in completely."""
    handle = store.submit(definition())
    assert handle.status is JobStatus.READY and store.jobs() and store.changes(0)
    store.run(lambda root: root.job(handle.id).touch())
    queue = store._database.backend.queue
    assert queue is not None and fold_long_log(Path(store.where), queue, 1)


def test_a_stale_id_allocator_does_no_harm(store: Store) -> None:
    """Its file is written without fsync: an old copy, or none, must not stop new objects."""
    for _ in range(40):
        store.submit(definition())
    where = store.where
    store.close()
    Path(where, "oids.sqlite3").unlink()
    with open_store(where) as again:
        for _ in range(40):
            again.submit(definition())
        assert len(again.jobs(limit=None)) == 80
        assert again.verify().ok


def test_history_is_kept(store: Store) -> None:
    """Earlier states of a job can be opened by the id of their transaction."""
    handle = store.submit(definition(), name="then")
    cursor, _ = store.changes()
    store.run(lambda root: setattr(root.job(handle.id), "name", "now"))
    connection = connect(Path(store.where))
    (revisions,) = connection.execute("SELECT count(*) FROM 'transaction' WHERE tid >= ?", (cursor,)).fetchone()
    connection.close()
    assert revisions == 2


def test_a_store_with_the_tables_of_an_older_release_is_not_opened(tmp_path: Path) -> None:
    """Its format lies behind tables that cannot be read; the error is the same, and nothing was changed."""
    with open_store(tmp_path / "store") as store:
        store.submit(definition())
    main = tmp_path / "store" / "main.sqlite3"
    with closing(sqlite.connect(main)) as connection:
        connection.execute('ALTER TABLE "transaction" RENAME COLUMN oids TO written')
        connection.commit()
    before = main.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreVersionError, match="the release that wrote it") as caught:
            open_store(tmp_path / "store", read_only=read_only)
        assert "\n" not in str(caught.value)
    assert main.read_bytes() == before
