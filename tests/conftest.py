"""What every test gets: an environment of its own, a store, a model provider, waiting with a deadline."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from statek_jupyter.llm import registry
from tests.waiting import eventually, eventually_async

if TYPE_CHECKING:
    from statek_jupyter.store import Store
    from tests.provider import Provider
    from tests.servers import PostgresServer, ZeoServer

__all__ = ["eventually", "eventually_async"]


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the person's own store, settings and provider keys out of every test, and of the processes it starts."""
    secret = ("_API_KEY", "_API_BASE", "_BASE_URL")
    for name in [name for name in os.environ if name.startswith("STATEK_") or name.endswith(secret)]:
        monkeypatch.delenv(name)
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / "jupyter" / name.lower()))


@pytest.fixture(autouse=True)
def own_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the models a test registers: names are the whole process'."""
    monkeypatch.setattr(registry, "_clients", dict(registry._clients))


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open folder store, closed after the test; ``parametrize("store", ["memory:"], indirect=True)`` for another."""
    from statek_jupyter.store import open_store

    kind = getattr(request, "param", "folder")
    where = {"folder": str(tmp_path / "store"), "file:": f"file:{tmp_path / 'store.fs'}"}.get(kind, kind)
    if kind in ("zeo:", "postgresql:"):
        where = request.getfixturevalue(f"{kind[:-1]}_server").place()
    opened = open_store(where)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def zeo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZeoServer]:
    """A ZEO server with an empty storage for each test that asks for a place."""
    from tests.servers import ZeoServer

    with ZeoServer(tmp_path_factory.mktemp("zeo")) as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """A private PostgreSQL with an empty database for each test that asks for a place."""
    from tests.servers import PostgresServer

    with PostgresServer() as running:
        yield running


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """An OpenAI-compatible server on loopback, set as the provider of ``openai/…`` models."""
    from tests.provider import Provider

    with Provider() as running:
        monkeypatch.setenv("OPENAI_API_BASE", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        yield running
