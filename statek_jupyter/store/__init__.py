"""The only door to ZODB: stores, transactions, the catalog of jobs, their handles. Opening a store imports the rest."""

from statek_jupyter.store.handle import JobHandle
from statek_jupyter.store.store import Store, open_store

__all__ = ["JobHandle", "Store", "open_store"]
