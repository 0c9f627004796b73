"""What can be wrong with a store or its disk: one clear line each, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from statek_jupyter.errors import (
    ForkedStoreError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLocationError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreVersionError,
)
from statek_jupyter.store import JobHandle, Store, open_store
from statek_jupyter.store.network_disk import network_file_system
from statek_jupyter.store.root import FORMAT_KEY, Root
from tests.store.jobs import definition, place
from tests.store.process import first_line, start


def one_line(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text and len(text) < 400
    return text


# --- places ------------------------------------------------------------------------------------------------


def test_a_path_that_is_a_file_is_no_store(tmp_path: Path) -> None:
    """The file is not touched; neither is one in the middle of the path."""
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    for where in (file, file / "below"):
        with pytest.raises(StoreLocationError, match="file") as caught:
            open_store(where)
        one_line(caught.value)
    assert file.read_text() == "mine"


@pytest.mark.parametrize("where", ["", "ftp://example.org/x", "sqlite:", "file:", "sqlite://host/path"])
def test_a_text_that_is_no_place_is_one_clear_error(where: str) -> None:
    """What cannot be read as a path or URL of a store."""
    with pytest.raises(StoreLocationError) as caught:
        open_store(where)
    one_line(caught.value)


def test_a_server_that_cannot_be_used_is_one_clear_error() -> None:
    """The error names what is missing; a password is not shown."""
    with pytest.raises(StoreLocationError) as caught:
        open_store("postgresql://me:secret@127.0.0.1:1/nothing")
    assert "secret" not in one_line(caught.value)


def test_where_can_be_a_url_a_path_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``sqlite:`` with one or three slashes, a path object, and $STATEK_STORE mean the same folder."""
    folder = tmp_path / "a store"
    with open_store(f"sqlite:{folder}") as store:
        handle = store.submit(definition())
    monkeypatch.setenv("STATEK_STORE", str(folder))
    for where in (folder, str(folder), f"sqlite://{folder}", f"sqlite:///{str(folder)[1:].replace(' ', '%20')}", None):
        with open_store(where) as store:
            assert store.jobs() == [JobHandle(store, handle.id)]


def test_without_a_place_the_store_lies_beside_jupyters_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The per-user folder is made on first use."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter data"))
    with open_store() as store:
        assert Path(store.where) == tmp_path / "jupyter data" / "statek" / "store"


def test_a_network_disk_is_told_by_its_mount(tmp_path: Path) -> None:
    """The longest mount point decides; local disks and unreadable tables give None."""
    table = tmp_path / "mounts"
    lines = ("/dev/sda / ext4 rw", "server:/x /mnt/my\\040share nfs4 rw", "/dev/sdb /mnt/my\\040share/in ext4 rw")
    table.write_text("\n".join(lines))
    assert network_file_system(Path("/mnt/my share/store"), table) == "nfs4"
    assert network_file_system(Path("/mnt/my share/in/store"), table) is None
    assert network_file_system(Path("/mnt/my sharex"), table) is None
    assert network_file_system(Path("/home"), tmp_path / "missing") is None


def test_a_network_disk_gives_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store opens all the same."""
    monkeypatch.setattr("statek_jupyter.store.network_disk.network_file_system", lambda folder: "nfs4")
    with pytest.warns(RuntimeWarning, match=r"network disk \(nfs4\)"), open_store(tmp_path / "store") as store:
        store.submit(definition())


# --- versions and damage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("found", "advice"), [(99, "upgrade"), (0, "the release that wrote it"), ("x", "release")])
@pytest.mark.parametrize("kind", ["folder", "file:"])
def test_a_store_of_another_version_is_not_opened(tmp_path: Path, kind: str, found: object, advice: str) -> None:
    """The error says both versions and what to do; opening changed nothing and left nothing locked."""
    where = place(kind, tmp_path)
    with open_store(where) as store:
        store.submit(definition())
        store.run(lambda root: _set_format(root, found))
    for _ in range(2):
        with pytest.raises(StoreVersionError, match=advice) as caught:
            open_store(where)
        one_line(caught.value)


def _set_format(root: Root, version: object) -> None:
    root._p_jar.root()[FORMAT_KEY] = version


def test_a_database_of_another_program_is_no_store(tmp_path: Path) -> None:
    """A ZODB file with somebody else's objects is refused and not written to."""
    import transaction
    import ZODB
    from ZODB.FileStorage import FileStorage

    db = ZODB.DB(FileStorage(str(tmp_path / "other.fs")))
    manager = transaction.TransactionManager()
    connection = db.open(manager)
    connection.root()["theirs"] = 1
    manager.commit()
    connection.close()
    db.close()
    size = (tmp_path / "other.fs").stat().st_size
    with pytest.raises(StoreLocationError, match="another program"):
        open_store(f"file:{tmp_path / 'other.fs'}")
    assert (tmp_path / "other.fs").stat().st_size == size


@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty tables"])
def test_a_damaged_folder_store_says_so(tmp_path: Path, damage: str) -> None:
    """A header that is none, a file cut short: `StoreDamagedError`, at open or at the first use."""
    folder = tmp_path / "store"
    _make_jobs(folder)
    main = folder / "main.sqlite3"
    content = main.read_bytes()
    broken = {"garbage": b"not a database at all" * 500, "truncated": content[: len(content) // 3 // 4096 * 4096]}
    main.write_bytes(broken.get(damage, content[:4096] + b"\xee" * (len(content) - 4096)))
    with pytest.raises(StoreDamagedError) as caught, open_store(folder) as store:
        store.jobs(text="nothing has this text", limit=None)
    one_line(caught.value)


def test_verify_finds_a_damaged_record(tmp_path: Path) -> None:
    """A record whose bytes changed on the disk is named, and the rest is still readable."""
    from statek_jupyter.store.sqlite_library import sqlite

    folder = tmp_path / "store"
    ids = _make_jobs(folder)
    connection = sqlite.connect(folder / "main.sqlite3")
    connection.execute(
        "UPDATE object_state SET state = x'80036e6f' WHERE zoid ="
        " (SELECT max(zoid) FROM object_state WHERE instr(state, CAST('UserLogItem' AS BLOB)))"
    )
    connection.commit()
    connection.close()
    with open_store(folder) as store:
        report = store.verify()
        assert not report.ok and "record 0x" in report.problems[0]
        assert store.job(ids[0]).name == "job 0"


def test_a_file_store_takes_one_process(tmp_path: Path) -> None:
    """The second process gets `StoreLockedError`; when the first has ended it can open the store."""
    where = place("file:", tmp_path)
    process = start("hold", where)
    first_line(process)
    with pytest.raises(StoreLockedError, match="another process") as caught:
        open_store(where)
    one_line(caught.value)
    process.communicate("end\n", timeout=20)
    with open_store(where) as store:
        store.submit(definition())


# --- reading only ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", "file:"])
def test_a_store_opened_for_reading_refuses_changes(tmp_path: Path, kind: str) -> None:
    """Everything can be read; each way to write is one clear error."""
    where = place(kind, tmp_path)
    with open_store(where) as store:
        handle = store.submit(definition(), locals={"a": 1}, name="there")
    with open_store(where, read_only=True) as store:
        assert store.read_only
        found = store.job(handle.id)
        assert (found.name, dict(found.locals), len(store.jobs())) == ("there", {"a": 1}, 1)
        writes = (lambda: store.submit(definition()), lambda: found.send("x"), lambda: store.pack(0), found.delete)
        for write in (*writes, lambda: store.transaction().__enter__()):
            with pytest.raises(StoreReadOnlyError) as caught:
                write()
            one_line(caught.value)
        assert store.verify().ok


def test_reading_only_creates_nothing(tmp_path: Path) -> None:
    """Where there is no store there is none afterwards."""
    for where in (tmp_path / "none", f"file:{tmp_path / 'none.fs'}"):
        with pytest.raises(StoreLocationError, match="no store here"):
            open_store(where, read_only=True)
    assert not (tmp_path / "none").exists() and not (tmp_path / "none.fs").exists()


def test_a_reader_sees_what_a_writer_commits(store: Store) -> None:
    """Open for reading and for writing at once, in one process."""
    with open_store(store.where, read_only=True) as reader:
        handle = store.submit(definition())
        assert reader.jobs() == [handle]


def test_a_store_on_a_medium_that_cannot_be_written_can_be_read(small_disk: Path) -> None:
    """Every question is answered, a backup can be made, and opening it for writing is one clear error."""
    with open_store(small_disk / "store") as store:
        handle = store.submit(definition(), locals={"a": 1})
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreReadOnlyError, match="read_only=True") as caught:
        open_store(small_disk / "store")
    one_line(caught.value)
    with open_store(small_disk / "store", read_only=True) as store:
        assert store.jobs() == [handle]
        assert dict(store.job(handle.id).locals) == {"a": 1}
        assert store.verify().ok and store.info().jobs == 1
        assert store.changes(0)[1] == [handle.id]
        store.backup(small_disk.parent / "copy")
    with open_store(small_disk.parent / "copy") as copy:
        assert copy.submit(definition()).id > handle.id


# --- fork --------------------------------------------------------------------------------------------------


def test_a_forked_child_is_refused_and_the_parent_goes_on(store: Store) -> None:
    """Every use in the child is `ForkedStoreError`, also opening the same place again; presence stays the parent's."""
    handle = store.submit(definition())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = []
        for use in (lambda: store.jobs(), lambda: store.submit(definition()), lambda: open_store(store.where)):
            try:
                use()
                said.append("nothing")
            except BaseException as error:
                said.append(type(error).__name__)
        os.write(writing, " ".join(said).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1000).decode() == " ".join([ForkedStoreError.__name__] * 3)
    os.close(reading)
    os.close(writing)
    assert store.submit(definition()).id > handle.id
    assert store.presence.alive(store.presence.id)
    assert store.verify().ok


# --- a full disk -------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB; skipped only where nothing may be mounted."""
    point = tmp_path / "small"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(point)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mount is not permitted here: {mounted.stderr.strip()}")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    """`StoreFullError`, then everything readable; when there is room the same store goes on."""
    store = open_store(small_disk / "store")
    handle = store.submit(definition(), name="kept")
    ballast = _fill(small_disk)
    with pytest.raises(StoreFullError, match="no room") as caught:
        for _ in range(50):
            store.run(lambda root: _append(root, handle.id, 200_000))
    one_line(caught.value)
    before = handle.read(lambda job: len(job.chat_log))
    assert handle.name == "kept"
    ballast.unlink()
    store.run(lambda root: _append(root, handle.id, 200_000))
    assert handle.read(lambda job: len(job.chat_log)) == before + 1
    store.close()
    with open_store(small_disk / "store") as again:
        assert again.job(handle.id).read(lambda job: len(job.chat_log)) == before + 1
        assert again.verify().ok


def test_a_store_cannot_be_created_on_a_full_disk(small_disk: Path) -> None:
    """One clear error; with room the same call creates it."""
    _fill(small_disk, leave=20_000)
    with pytest.raises(StoreFullError) as caught:
        open_store(small_disk / "store")
    one_line(caught.value)
    (small_disk / "ballast").unlink()
    with open_store(small_disk / "store") as store:
        store.submit(definition())
        assert store.verify().ok


def test_a_commit_can_wait_for_room(small_disk: Path) -> None:
    """With ``wait_for_room`` the caller is held until somebody makes room; others are told at once."""
    store = open_store(small_disk / "store")
    handle = store.submit(definition())
    ballast = _fill(small_disk)
    done = threading.Event()

    def commit() -> None:
        store.run(lambda root: _append(root, handle.id, 1_500_000), wait_for_room=True)
        done.set()

    thread = threading.Thread(target=commit)
    thread.start()
    assert not done.wait(1.0)
    ballast.unlink()
    assert done.wait(20)
    thread.join()
    assert handle.read(lambda job: len(job.chat_log)) == 1
    store.close()


def test_closing_ends_a_wait_for_room(small_disk: Path) -> None:
    """The waiting commit fails with `StoreFullError`, and the store closes."""
    store = open_store(small_disk / "store")
    handle = store.submit(definition())
    _fill(small_disk)
    errors: list[StoreError] = []
    started = threading.Event()

    def write(root: Root) -> None:
        started.set()
        _append(root, handle.id, 1_500_000)

    def commit() -> None:
        try:
            store.run(write, wait_for_room=True)
        except StoreError as error:
            errors.append(error)

    thread = threading.Thread(target=commit)
    thread.start()
    started.wait(10)
    store.close()
    thread.join(20)
    assert [type(error) for error in errors] == [StoreFullError]


def _fill(disk: Path, leave: int = 400_000) -> Path:
    """Take all room but some."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    ballast.write_bytes(b"\0" * (room.f_bavail * room.f_frsize - leave))
    return ballast


def _append(root: Root, job_id: str, size: int) -> None:
    job = root.job(job_id)
    job.chat_log.append(os.urandom(size // 2).hex())
    job.touch()


def _make_jobs(folder: Path) -> list[str]:
    with open_store(folder) as store:
        ids = [store.submit(definition(), name=f"job {number}", message="x" * 500).id for number in range(40)]
    deadline = time.monotonic() + 10
    while (folder / "main.sqlite3-wal").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return ids
