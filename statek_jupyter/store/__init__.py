"""The only door to ZODB: stores, transactions, the catalog of jobs, their handles. Names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import BTrees  # noqa: F401  (waits for another thread that imports it; see `statek_jupyter.executors`)

if TYPE_CHECKING:
    from statek_jupyter.store.handle import JobHandle as JobHandle
    from statek_jupyter.store.store import Store as Store
    from statek_jupyter.store.store import open_store as open_store

__all__ = ["JobHandle", "Store", "open_store"]

_MODULES = {"JobHandle": "handle", "Store": "store", "open_store": "store"}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
