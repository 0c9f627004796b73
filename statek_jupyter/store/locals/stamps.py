"""Stamps: a quick proof that a function, class or module is as it was at the last look, without encoding it."""

from __future__ import annotations

import types
from operator import is_
from typing import Any

_UNCHANGING = frozenset({int, float, complex, bool, type(None), str, bytes, type(Ellipsis)})

Stamp = tuple[Any, ...]
"""Objects whose identities say it all; compared with `same`."""


def stamp(value: Any) -> Stamp | None:
    """The stamp of a value; None for values that can change in ways a stamp does not see."""
    if issubclass(type(value), types.ModuleType):
        return ()
    if type(value) is types.FunctionType:
        return _function(value)
    return None


def class_stamp(cls: type) -> Stamp | None:
    """The stamp of a class's own attributes; None when one of them is mutable."""
    parts: list[Any] = []
    for name, value in list(cls.__dict__.items()):
        part = _attribute(value)
        if part is None:
            return None
        parts += (name, *part)
    return tuple(parts)


def same(one: Stamp | None, other: Stamp | None) -> bool:
    """Whether two stamps prove that nothing changed in between."""
    return one is not None and other is not None and len(one) == len(other) and all(map(is_, one, other))


def _attribute(value: Any) -> Stamp | None:
    kind = type(value)
    if kind is types.FunctionType:
        return _function(value)
    if kind in (staticmethod, classmethod):
        return _wrapped(value, value.__func__)
    if kind is property:
        return _wrapped(value, value.fget, value.fset, value.fdel)
    if kind in _UNCHANGING or kind in (types.GetSetDescriptorType, types.MemberDescriptorType):
        return (value,)
    return None


def _wrapped(wrapper: Any, *functions: Any) -> Stamp | None:
    parts: Stamp = (wrapper,)
    for function in functions:
        part = (None,) if function is None else _attribute(function)
        if part is None:
            return None
        parts += part
    return parts


def _function(function: types.FunctionType) -> Stamp | None:
    defaults = function.__defaults__ or ()
    if function.__kwdefaults__ or function.__dict__ or not all(type(item) in _UNCHANGING for item in defaults):
        return None
    contents: list[Any] = []
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            return None
        if type(content) not in _UNCHANGING and not issubclass(type(content), type):
            return None
        contents.append(content)
    annotations = function.__annotations__.values()
    told = (function.__doc__, function.__name__, function.__qualname__, function.__module__)
    return (function, function.__code__, *defaults, *told, *annotations, *contents)
