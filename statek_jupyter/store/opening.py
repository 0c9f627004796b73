"""``open_store``: one `Database` per place and process, however often it is opened."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from typing import TYPE_CHECKING

from statek_jupyter.errors import ForkedStoreError
from statek_jupyter.executors.stored_callable import set_callable_pickler
from statek_jupyter.store.location import Location, read_location

if TYPE_CHECKING:
    from statek_jupyter.store.database import Database

for _library in ("ZODB", "ZEO", "relstorage", "txn"):
    # What they tell of an error, our errors say. Without this Python prints it where nobody has set up logging.
    logging.getLogger(_library).addHandler(logging.NullHandler())

_Key = tuple[str, str, bool]
_shared: dict[_Key, tuple[Database, int]] = {}
"""Databases by place, with how many `Store` objects use each."""
_lock = threading.Lock()
_inherited: set[str] = set()
"""Places the parent process had open when this process was forked."""


def acquire(where: str | os.PathLike[str] | None, *, read_only: bool) -> Database:
    """The open database of this place; opens it for the first user."""
    location = read_location(where)
    if location.kind == "memory":
        return _open(location, read_only)
    key = _key(location, read_only)
    with _lock:
        if key[1] in _inherited:
            from statek_jupyter.store.database import FORK_ADVICE

            raise ForkedStoreError(location.where, FORK_ADVICE)
        database, users = _shared.get(key, (None, 0))
        if database is None:
            database = _open(location, read_only)
        _shared[key] = (database, users + 1)
        return database


def release(database: Database) -> None:
    """One user less; closes the database after the last one."""
    with _lock:
        for key, (shared, users) in list(_shared.items()):
            if shared is not database:
                continue
            if users > 1:
                _shared[key] = (shared, users - 1)
                return
            del _shared[key]
    database.close()


def _key(location: Location, read_only: bool) -> _Key:
    place = os.path.realpath(location.path) if location.path is not None else location.where
    return location.kind, place, read_only


def _open(location: Location, read_only: bool) -> Database:
    import cloudpickle

    from statek_jupyter.store.backends import open_backend
    from statek_jupyter.store.database import Database

    set_callable_pickler(cloudpickle.dumps, cloudpickle.loads)
    return Database(location, open_backend(location, read_only=read_only), read_only=read_only)


def _close_all() -> None:
    with _lock:
        databases = [database for database, _ in _shared.values()]
        _shared.clear()
    for database in databases:
        database.close()


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.Lock()
    _inherited.update(place for _, place, _ in _shared)
    _shared.clear()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_after_fork_in_child)
