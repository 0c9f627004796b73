"""Reading from a folder store: one connection per storage, one snapshot per transaction, no cache of records.

RelStorage keeps records in memory and an index of which transaction changed what, shared by all connections, because
asking a server is slow. SQLite is in this process and keeps its pages in memory itself, so both cost a commit more than
they save a reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from statek_jupyter.store.sqlite_library import relstorage


class Snapshots(relstorage.adapters.connections.LoadConnection):  # type: ignore[misc]
    """The connection a storage reads from. When it is in no transaction, a fresh snapshot takes one statement."""

    def restart_and_call(self, f: Any, *args: Any, **options: Any) -> Any:
        is_stale = "on_rolledback" in vars(self)
        if is_stale or self._cursor is None or not is_idle(self):
            return super().restart_and_call(f, *args, **options)
        try:
            self._cursor.execute("BEGIN DEFERRED TRANSACTION")
        except self._closed_exceptions:
            return super().restart_and_call(f, *args, **options)
        if f == self.on_first_use:
            self.cursor = self._cursor
        return f(self.connection, self._cursor, *args, **options)

    def rollback_quietly(self) -> bool:
        if self.connection is None or "on_rolledback" in vars(self) or not is_idle(self):
            ended: bool = super().rollback_quietly()
            return ended
        self.active = False
        self.__dict__.pop("cursor", None)
        return True


def is_idle(connection: Any) -> bool:
    """Whether a connection of RelStorage's is open and in no transaction."""
    return connection.connection is not None and not connection.connection.in_transaction


class Uncached:
    """What takes the place of RelStorage's cache: it only knows up to which transaction its storage has looked."""

    object_index = ()

    def __init__(self, adapter: Any) -> None:
        self.adapter = adapter
        self.seen: int | None = None
        """The newest transaction whose changes the storage's connection knows."""

    @property
    def local_client(self) -> Uncached:
        return self

    @property
    def highest_visible_tid(self) -> int | None:
        return self.seen

    def new_instance(self, before: Any = None, adapter: Any = None) -> Uncached:
        return Uncached(adapter or self.adapter)

    # --- reading ---------------------------------------------------------------------------------

    def load(self, cursor: Any, oid: int) -> tuple[bytes | None, int | None]:
        found: tuple[bytes | None, int | None] = self.adapter.mover.load_current(cursor, oid)
        return found

    def loadSerial(self, oid: int, tid: int) -> None:
        """Nothing is kept: the caller asks the database."""

    def prefetch(self, cursor: Any, oids: Iterable[int]) -> None:
        """Nothing to gain: the pages are read when they are needed."""

    def prefetch_for_conflicts(self, cursor: Any, pairs: Iterable[tuple[int, int]]) -> dict[int, tuple[bytes, int]]:
        return {oid: (self.adapter.mover.load_revision(cursor, oid, tid), tid) for oid, tid in pairs}

    def contains_oid_with_newer_tid(self, oid: int, tid: int) -> bool:
        return False

    # --- following what others commit --------------------------------------------------------------

    def poll(self, connection: Any, cursor: Any, own_tid: int | None) -> set[int] | None:
        """Ids of the objects changed by others since the last poll; None for all."""
        changed, self.seen = self.adapter.poller.poll_invalidations(connection, cursor, self.seen)
        return None if changed is None else {oid for oid, tid in changed if tid != own_tid}

    def own_commit(self, tid: int, before: int) -> None:
        """The storage has committed `tid`; nothing came between `before` and it."""
        if self.seen == before:
            self.seen = tid

    # --- what a cache would have to be told -----------------------------------------------------------

    def after_tpc_finish(self, tid: bytes, records: Any) -> None: ...

    def remove_cached_data(self, oid: int, tid: int) -> None: ...

    def remove_all_cached_data_for_oids(self, oids: Iterable[int]) -> None: ...

    def clear(self, load_persistent: bool = False) -> None: ...

    def zap_all(self) -> None:
        self.seen = None

    def release(self) -> None: ...

    def close(self) -> None: ...

    def stats(self) -> dict[str, Any]:
        return {}
