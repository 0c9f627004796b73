"""The server's one store: opened when first asked for, used on threads so that no request holds up another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from statek_jupyter.errors import ForkedStoreError, StoreClosedError, StoreDamagedError
from statek_jupyter.store import Store, open_store

T = TypeVar("T")

THREADS = 4
LOST = (StoreDamagedError, StoreClosedError, ForkedStoreError)
"""After these the store is opened again by the next request: somebody may have restored it meanwhile."""


class OpenedStore:
    """A store that may not be open yet.

    Args:
        where: What ``open_store`` takes.
        on_lost: Called when the store that was open is given up, on any thread.
    """

    def __init__(self, where: str | None, on_lost: Callable[[], None] = lambda: None) -> None:
        self.where = where
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="statek server")

    async def use(self, fn: Callable[[Store], T]) -> T:
        """``fn(store)`` on a thread.

        Raises:
            StoreError: The store cannot be opened or used; the next call tries again.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: self._used(fn))

    def _used(self, fn: Callable[[Store], T]) -> T:
        store = self.get()
        try:
            return fn(store)
        except LOST:
            self._give_up(store)
            raise

    def get(self) -> Store:
        """The store; opens it for the first caller. Not for the event loop: opening may take a moment."""
        with self._lock:
            if self._store is None or self._store.closed:
                self._store = open_store(self.where)
            return self._store

    def _give_up(self, store: Store) -> None:
        with self._lock:
            if self._store is not store:
                return
            self._store = None
        self._on_lost()
        store.close()

    async def close(self) -> None:
        """Wait for what runs, and leave the store."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        if self._store is not None:
            self._store.close()
