"""Turning changed objects into records: ZODB's way, with one pickler for a connection's whole life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import NoneType
from typing import Any

from persistent import Persistent
from persistent.wref import WeakRef  # type: ignore[import-untyped]
from ZODB.Connection import Connection
from ZODB.POSException import InvalidObjectReference
from ZODB.serialize import ObjectWriter
from zodbpickle import binary  # type: ignore[import-untyped]

_ATOMS = (str, int, NoneType, float, bool, bytes, bytearray, complex, datetime, timedelta, timezone, Decimal)
_PLAIN = frozenset((*_ATOMS, tuple, list, dict, set, frozenset, type))
"""Types whose instances are never references to other records. Nine of ten objects in a record are of these."""
_PERHAPS = (Persistent, type, WeakRef)


class _ByClass(dict[type, bool]):
    """Whether a reference names the object's class beside its id: not when making the object takes arguments."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = found = not hasattr(kind, "__getnewargs__")
        return found


class RecordWriter(ObjectWriter):  # type: ignore[misc]
    """ZODB asks of each object inside a record whether it is a record itself; here most are known by their type.

    A reference to a record of the same connection is answered here; anything else that may be one is left to ZODB: new
    objects, weak references, objects of other connections, classes that are stored.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._jar = connection
        self._p.persistent_id = self._quick_reference()

    def _quick_reference(self) -> Callable[[Any], Any]:
        of_zodb, connection, plain, by_class = self.persistent_id, self._jar, _PLAIN, _ByClass()

        def reference(value: Any) -> Any:
            kind = type(value)
            if kind in plain or not issubclass(kind, _PERHAPS):
                return None
            if issubclass(kind, Persistent) and value._p_jar is connection and by_class[kind]:
                oid = value._p_oid
                if type(oid) is bytes:
                    return binary(oid), kind
            return of_zodb(value)

        return reference

    def beginning_with(self, changed: Any) -> RecordWriter:
        """Itself, to write `changed` and the new objects it leads to."""
        self._stack[:] = [changed]
        return self

    def forget(self) -> None:
        """Let go of the objects written last."""
        self._p.clear_memo()


class RecordConnection(Connection):  # type: ignore[misc]
    """A ZODB connection with a `RecordWriter`."""

    _writer: RecordWriter | None = None

    def _commit(self, transaction: Any) -> None:
        """Write what was registered as changed, as ZODB's own method does."""
        if self.before is not None or self._import:
            super()._commit(transaction)
            return
        if self._writer is None:
            self._writer = RecordWriter(self)
        self._added_during_commit: list[Any] | None = []
        for changed in self._registered_objects:
            if self._is_to_write(changed):
                self._store_objects(self._writer.beginning_with(changed), transaction)
        for added in self._added_during_commit:
            self._store_objects(self._writer.beginning_with(added), transaction)
        self._added_during_commit = None
        self._writer.forget()

    def _is_to_write(self, changed: Any) -> bool:
        oid = changed._p_oid
        if changed._p_jar is not self:
            raise InvalidObjectReference(changed, changed._p_jar)
        return oid in self._added or not (oid in self._creating or not changed._p_changed)
