"""Which variables share objects: identities met while encoding, and the groups that follow from them."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import logging
import pathlib
import pickle
import re
import sys
import types
import uuid
from collections.abc import Mapping
from typing import Any

from statek_jupyter.store.locals.change import Key

_VALUE_TYPES = (
    type,
    enum.Enum,
    logging.Logger,
    types.ModuleType,
    types.CodeType,
    types.BuiltinFunctionType,
    types.FunctionType,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    pathlib.PurePath,
    re.Pattern,
    pickle.PickleBuffer,
    range,
    slice,
)
_CONTAINED_VALUES = (str, bytes, int, float, complex, tuple, frozenset)
_LIBRARY_VALUES = {
    "numpy": ("generic", "dtype", "ufunc"),
    "pandas": ("Index", "api.extensions.ExtensionDtype"),
}


_known_types: dict[type, bool] = {}


def is_value_type(kind: type) -> bool:
    """Whether it makes no difference if two variables hold one object of this type or two equal ones."""
    known = _known_types.get(kind)
    if known is None:
        known = _known_types[kind] = _is_value_type(kind)
    return known


def _is_value_type(kind: type) -> bool:
    if issubclass(kind, _CONTAINED_VALUES):
        return kind.__dictoffset__ == 0
    return issubclass(kind, _VALUE_TYPES) or any(issubclass(kind, base) for base in _library_values(kind))


def _library_values(kind: type) -> list[type]:
    found: list[type] = []
    for library, names in _LIBRARY_VALUES.items():
        module = sys.modules.get(library)
        if module is None or not any(str(base.__module__).startswith(library) for base in kind.__mro__):
            continue
        for name in names:
            value: Any = module
            for part in name.split("."):
                value = getattr(value, part, None)
            if isinstance(value, type):
                found.append(value)
    return found


_CONTAINERS = frozenset({tuple, list, dict, set})


def temporaries(reduced: tuple[Any, ...], found: set[int]) -> None:
    """Add the ids of containers that exist only inside a reduction, made by the ``__reduce__`` that returned it."""
    count = sys.getrefcount
    todo: list[Any] = [reduced]
    while todo:
        container = todo.pop()
        for child in container.values() if type(container) is dict else container:
            # References: the container, the loop variable, the call's argument.
            if type(child) in _CONTAINERS and count(child) <= 3:
                found.add(id(child))
                todo.append(child)


_TEMPORARY_REFERENCES = 4
"""References to an object that only this pass knows: pickler memo, its copy, the loop variable, the call's argument."""


def identities(memo: Mapping[int, tuple[int, Any]], ignore: set[int]) -> dict[int, int]:
    """Id to position of the shareable objects of an encoding.

    Args:
        memo: Copy of the pickler's memo: id to (position, object). The pickler must still be alive.
        ignore: Ids that mean nothing when shared.
    """
    count = sys.getrefcount
    found: dict[int, int] = {}
    for key, (position, value) in memo.items():
        kind = type(value)
        if kind is str or kind is tuple or is_value_type(kind) or key in ignore:
            continue
        if count(value) > _TEMPORARY_REFERENCES:
            found[key] = position
    return found


_BUILTIN_CONTAINERS = frozenset({dict, list, tuple, set, bytearray})


def identities_of_builtins(value: Any) -> dict[int, int]:
    """Like `identities`, for a value of nothing but builtin types: several times faster than reading the memo."""
    found: dict[int, int] = {}
    level = [value] if type(value) in _BUILTIN_CONTAINERS else []
    while level:
        fresh = {id(item): item for item in level}
        if not found.keys().isdisjoint(fresh.keys()):
            fresh = {key: item for key, item in fresh.items() if key not in found}
        found.update(zip(fresh, range(len(found), len(found) + len(fresh)), strict=True))
        level = [
            part
            for item in fresh.values()
            if type(item) is not bytearray
            for part in (item.values() if type(item) is dict else item)
            if type(part) in _BUILTIN_CONTAINERS
        ]
    return found


def connected(identities_of: Mapping[Key, Mapping[int, int]]) -> list[tuple[Key, ...]]:
    """Groups of keys that share an id, each sorted; a key that shares nothing is a group of one."""
    apart = [ids for ids in identities_of.values() if ids]
    if len(apart) < 2 or len(set().union(*apart)) == sum(map(len, apart)):
        return [(key,) for key in identities_of]
    parent: dict[Key, Key] = {key: key for key in identities_of}

    def find(key: Key) -> Key:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    owner: dict[int, Key] = {}
    for key, ids in identities_of.items():
        for identity in ids:
            first = owner.setdefault(identity, key)
            if first is not key:
                parent[find(key)] = find(first)
    groups: dict[Key, list[Key]] = {}
    for key in identities_of:
        groups.setdefault(find(key), []).append(key)
    return [tuple(sorted(group)) for group in groups.values()]
