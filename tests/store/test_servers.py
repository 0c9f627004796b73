"""Stores on a server: what a person is told when the server is not there, and what goes on when it is back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from statek_jupyter.errors import StoreBusyError, StoreLocationError
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.location import read_location
from statek_jupyter.store.root import Root
from tests.servers import PostgresServer
from tests.store.jobs import definition
from tests.store.process import first_line, start
from tests.waiting import eventually

on_servers = pytest.mark.parametrize("store", ["zeo:", "postgresql:"], indirect=True)


@pytest.mark.parametrize("where", ["postgresql://me:secret@127.0.0.1:1/nothing", "zeo://127.0.0.1:1"])
def test_a_server_that_is_not_there_is_one_clear_error(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the place without a password and says what to look for."""
    monkeypatch.setattr("statek_jupyter.store.servers.CONNECT_SECONDS", 1)
    with pytest.raises(StoreLocationError, match="is it up") as caught:
        open_store(where)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("where", "package"), [("postgresql:///x", "psycopg2"), ("zeo:///x", "ZEO")])
def test_a_missing_package_is_named(where: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    for name in (package, *(name for name in sys.modules if name.startswith(f"{package}."))):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(StoreLocationError, match=rf"pip install 'statek_jupyter\[{where.partition(':')[0]}\]'"):
        open_store(where)


@pytest.mark.parametrize("where", ["zeo://", "zeo://host:1?cache=5"])
def test_a_zeo_url_that_means_nothing_says_how_to_write_one(where: str) -> None:
    """One clear error."""
    with pytest.raises(StoreLocationError, match="write it as"):
        open_store(where)


@on_servers
def test_another_process_is_seen(store: Store) -> None:
    """It lives, as far as anybody knows."""
    process = start("hold", store.where)
    other = first_line(process)
    assert store.presence.alive(other) and store.presence.alive(store.presence.id)
    process.kill()
    process.communicate(timeout=20)


@on_servers
def test_a_commit_of_another_process_is_heard(store: Store) -> None:
    """The server tells, or is asked."""
    heard: list[str] = []
    stop = store.watch(heard.extend)
    process = start("create", store.where, 0)
    made = first_line(process)
    eventually(lambda: made in heard)
    stop()
    process.communicate(timeout=20)


@on_servers
def test_large_values_are_kept_by_the_server(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no copy yet reads them from there."""
    content = bytes(range(256)) * 16_000
    handle = store.submit(definition(), locals={"content": content})
    where = store.where
    store.close()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "another machine"))
    with open_store(where) as elsewhere:
        assert elsewhere.job(handle.id).locals["content"] == content
        assert elsewhere.verify().ok


def test_a_store_goes_on_after_postgresql_was_restarted(postgresql_server: PostgresServer) -> None:
    """One clear error for each connection that was lost; what was stored is there."""
    with open_store(postgresql_server.place()) as store:
        handle = store.submit(definition(), name="kept")
        postgresql_server.restart()

        def rename(root: Root) -> None:
            root.job(handle.id).name = "renamed"

        errors = []
        for _ in range(5):
            try:
                store.run(rename)
            except StoreBusyError as error:
                errors.append(str(error))
        assert len(errors) <= 2 and all("does not answer" in error for error in errors), errors
        assert handle.name == "renamed"
        assert store.changes(0)[1] == [handle.id]


def test_the_kind_of_a_server_is_told_by_its_url() -> None:
    """Both spellings of PostgreSQL."""
    kinds = [read_location(url).kind for url in ("zeo://h", "postgres://h/d", "postgresql://h/d")]
    assert kinds == ["zeo", "postgresql", "postgresql"]
