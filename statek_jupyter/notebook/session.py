"""The stores a kernel has open, each with a worker in the background; opened on first use."""

from __future__ import annotations

import atexit
import importlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statek_jupyter.errors import StatekError

if TYPE_CHECKING:
    from statek_jupyter.engine.worker import Worker
    from statek_jupyter.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """An open store and the worker that runs its jobs here."""

    store: Store
    worker: Worker


class Session:
    """What one kernel shares between its cells. Safe to use from any thread.

    Args:
        where: The default store's place, as `open_store` takes it; None for the folder of this user.
        default_model: The MODEL for jobs that name none, or None.
    """

    def __init__(self, where: str | None, default_model: str | None = None) -> None:
        self.where = where
        """The place of jobs that name no store."""
        self.default_model = default_model
        self._served: dict[str, Served] = {}
        self._opening = threading.RLock()
        self._listeners: list[Callable[[Store], None]] = []

    def on_open(self, listener: Callable[[Store], None]) -> None:
        """Call `listener` with every store that is opened from now on."""
        self._listeners.append(listener)

    def store(self, where: str | None = None) -> Store:
        """The open store at `where` (None: the default one), its worker running."""
        return self.served(where).store

    def served(self, where: str | None = None) -> Served:
        """As `store`, with the worker.

        Raises:
            StoreLocationError: This is no place for a store.
            StoreError: It cannot be opened now.
        """
        from statek_jupyter.store.location import read_location

        place = read_location(where or self.where).where
        with self._opening:
            if place not in self._served:
                self._served[place] = self._open(where or self.where)
            return self._served[place]

    def _open(self, where: str | None) -> Served:
        from statek_jupyter.engine.worker import Worker
        from statek_jupyter.store import open_store

        store = open_store(where)
        if not self._served:
            # Registered after the store's own ending, so that it runs before it: workers stop on an open store.
            atexit.register(self.close)
        for listener in self._listeners:
            listener(store)
        worker = Worker(store)
        worker.start()
        return Served(store, worker)

    @property
    def opened(self) -> list[Served]:
        """What is open now, in the order of opening. Opens nothing and waits for nobody."""
        return list(self._served.values())

    def use(self, where: str) -> None:
        """Make another store the default one.

        Raises:
            StoreLocationError: This is no place for a store; the default stays what it was.
            StoreError: It cannot be opened now; the default stays what it was.
        """
        self.served(where)
        self.where = where

    def resume_in_background(self) -> threading.Thread | None:
        """Open the default store, if there is one, so that jobs a killed kernel left unfinished go on.

        Returns:
            The thread that does it, or None when there is nothing to open.
        """
        if not self._has_default():
            return None
        # BTrees makes its modules while it is imported. A thread that asks for one of them meanwhile does not wait for
        # that and finds no file of that name: ModuleNotFoundError in the cell that runs just then.
        importlib.import_module("BTrees")
        thread = threading.Thread(target=self._resume, name="statek-open", daemon=True)
        thread.start()
        return thread

    def _has_default(self) -> bool:
        from statek_jupyter.store.location import read_location

        try:
            path = read_location(self.where).path
        except StatekError:  # who uses the store gets the error, in the cell that does
            return False
        return path is not None and path.exists()

    def _resume(self) -> None:
        try:
            self.served()
        except StatekError as error:
            # Nobody asked for the store yet. Who does gets the same error, in the cell that asked.
            log.info("the default store was not opened: %s", error)

    def close(self) -> None:
        """Stop the workers and close the stores. Unfinished jobs go on when a worker serves their store again."""
        atexit.unregister(self.close)
        with self._opening:
            while self._served:
                _, served = self._served.popitem()
                served.worker.stop()
                served.store.close()
