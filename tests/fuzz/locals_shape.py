"""The shape of a namespace: its values, with which objects are one and the same."""

from __future__ import annotations

import collections
import enum
import functools
import types
from typing import Any

import numpy

from statek_jupyter.store.locals import Tombstone
from statek_jupyter.store.locals.recipes import never_reason

_PLAIN = (int, float, complex, str, bytes, bool, type(None), range)


class Shape:
    """Equal for two namespaces exactly when they hold equal values and the same sharing of objects."""

    def __init__(self, module_name: str) -> None:
        self._module_name = module_name
        self._seen: dict[int, int] = {}
        self._memories: dict[int, int] = {}
        self._keep: list[Any] = []

    def of(self, namespace: dict[str, Any]) -> list[tuple[str, Any]]:
        """One entry per variable, sorted by name."""
        return [(name, self._value(namespace[name])) for name in sorted(namespace) if not name.startswith("__")]

    def _value(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return (kind.__name__, value)
        if isinstance(value, Tombstone) or never_reason(kind):
            return "lost"
        if isinstance(value, types.ModuleType | numpy.generic | enum.Enum):
            return (kind.__name__, repr(value))
        if isinstance(value, type) and value.__module__ != self._module_name:
            return ("class", value.__module__, value.__qualname__)
        if kind in (tuple, frozenset):
            return (kind.__name__, [self._value(item) for item in value])
        if id(value) in self._seen:
            return ("again", self._seen[id(value)])
        self._seen[id(value)] = len(self._seen)
        self._keep.append(value)
        return (kind.__name__, self._parts(value, kind))

    def _parts(self, value: Any, kind: type) -> Any:
        if isinstance(value, numpy.ndarray):
            return (str(value.dtype), value.tolist(), value.flags.writeable, self._memory(value))
        if isinstance(value, dict):
            return [(self._value(key), self._value(item)) for key, item in value.items()]
        if isinstance(value, list | collections.deque):
            return [self._value(item) for item in value]
        if isinstance(value, set):
            return sorted(map(repr, value))
        if isinstance(value, bytearray):
            return bytes(value)
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.MethodType):
            return [self._value(value.__func__), self._value(value.__self__)]
        if isinstance(value, functools.partial):
            return [self._value(value.func), self._value(value.args)]
        if isinstance(value, types.CellType):
            return self._value(value.cell_contents)
        if isinstance(value, type):
            bases = [self._value(base) for base in value.__bases__]
            return [bases, [(key, self._value(item)) for key, item in sorted(vars(value).items()) if self._told(key)]]
        return [self._value(type(value)), self._value(getattr(value, "__dict__", {})), self._slots(value)]

    def _slots(self, value: Any) -> Any:
        return self._value(value.tag) if hasattr(type(value), "tag") and hasattr(value, "tag") else None

    def _told(self, key: str) -> bool:
        return not key.startswith("__") and key != "tag"

    def _function(self, function: types.FunctionType) -> Any:
        cells = [self._value(cell) for cell in function.__closure__ or ()]
        defaults = [self._value(item) for item in function.__defaults__ or ()]
        return (function.__qualname__, function.__code__.co_code, cells, defaults, self._value(function.__dict__))

    def _memory(self, array: Any) -> int:
        """A number for the memory an array looks at, the same for arrays that share it."""
        address = array
        while isinstance(address.base, numpy.ndarray):
            address = address.base
        self._keep.append(address)
        return self._memories.setdefault(id(address), len(self._memories))
