"""References to persistent objects that do not keep them: gone when the object is gone."""

from __future__ import annotations

import weakref
from typing import Any

from persistent import Persistent

_Place = tuple[str, bytes]
"""Database name and object id."""


class ExternalRefs(Persistent):
    """A set of persistent objects, by identity, holding none of them.

    An object that is in no store when this is stored is forgotten then: nothing could find it again.
    """

    def __init__(self) -> None:
        self._refs: tuple[weakref.ref[Persistent] | _Place, ...] = ()

    def add(self, obj: Persistent) -> None:
        if obj not in self:
            alive = tuple(ref for ref in self._refs if isinstance(ref, tuple) or ref() is not None)
            self._refs = (*alive, _place(obj) or weakref.ref(obj))

    def __contains__(self, obj: object) -> bool:
        place = _place(obj)
        return any(ref == place if isinstance(ref, tuple) else ref() is obj for ref in self._refs)

    def __getstate__(self) -> dict[str, Any]:
        places = (ref if isinstance(ref, tuple) else _place(ref()) for ref in self._refs)
        return {"_refs": tuple(place for place in places if place is not None)}


def _place(obj: object) -> _Place | None:
    """Where `obj` is stored; None when it is in no store."""
    jar, oid = getattr(obj, "_p_jar", None), getattr(obj, "_p_oid", None)
    return None if jar is None or oid is None else (jar.db().database_name, oid)
