"""Fixtures of the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.store import Store


@pytest.fixture
def worker(store: Store) -> Iterator[Worker]:
    """A worker on the test's store."""
    with Worker(store) as running:
        yield running
