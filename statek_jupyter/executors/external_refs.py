"""References to persistent objects that do not keep them: gone when the object is gone."""

from __future__ import annotations

import weakref
from typing import Any

from persistent import Persistent
from persistent.wref import WeakRef


class ExternalRefs(Persistent):
    """A set of persistent objects, by identity, holding none of them."""

    def __init__(self) -> None:
        self._refs: tuple[Any, ...] = ()
        """``weakref.ref`` for objects added in this process, persistent `WeakRef` for those read from the store."""

    def add(self, obj: Persistent) -> None:
        if obj not in self:
            alive = tuple(ref for ref in self._refs if isinstance(ref, WeakRef) or ref() is not None)
            self._refs = (*alive, weakref.ref(obj))

    def __contains__(self, obj: object) -> bool:
        return any(_is_to(ref, obj) for ref in self._refs)

    def __getstate__(self) -> dict[str, Any]:
        return {"_refs": tuple(ref for ref in map(_storable, self._refs) if ref is not None)}


def _is_to(ref: Any, obj: object) -> bool:
    if isinstance(ref, WeakRef):
        return ref.oid == getattr(obj, "_p_oid", None) and ref.dm is getattr(obj, "_p_jar", None)
    return ref() is obj


def _storable(ref: Any) -> WeakRef | None:
    if isinstance(ref, WeakRef):
        return ref
    obj = ref()
    return None if obj is None else WeakRef(obj)
