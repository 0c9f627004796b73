"""One server for the tests, on a store the tests use as well, as a kernel would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from statek_jupyter.store import Store, open_store
from tests.server.running import RunningServer


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the store."""
    return tmp_path_factory.mktemp("jobs") / "store"


@pytest.fixture(scope="session")
def server(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server."""
    with RunningServer(tmp_path_factory.mktemp("server"), place) as running:
        yield running
    assert "Traceback" not in running.log


@pytest.fixture
def shared(place: Path) -> Iterator[Store]:
    """The server's store, opened by another process: the test's."""
    with open_store(place) as store:
        yield store
