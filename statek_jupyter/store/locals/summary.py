"""Short descriptions of variables, made when they are captured and kept with them, so that showing costs no loading."""

from __future__ import annotations

import re
import reprlib
import types
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from typing import Any

TEXT_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class VarSummary:
    """One variable in a list of them."""

    name: str
    type_name: str
    text: str
    """At most 80 characters; never made by code of the job."""
    size_bytes: int | None = None
    """Stored size of the variable's group; None when nothing is stored."""
    durable: bool = True
    """False when the value, or a part of it, cannot be stored."""
    note: str = ""
    """Why it is not durable."""


_short = reprlib.Repr()
_short.maxstring = _short.maxother = TEXT_CHARACTERS
_short.maxlevel = 3
_SHOWN = 8
"""Items of a container that may be shown, at least."""

_PLAIN_MODULES = frozenset({"builtins", "datetime", "decimal", "fractions", "pathlib", "uuid", "collections", "re"})


def type_text(value: Any) -> str:
    """The name of a value's type, with its module unless that is builtin or the job's own."""
    kind = type(value)
    module = str(kind.__module__)
    if module in ("builtins", "__main__", "None") or module.startswith("statek"):
        return kind.__qualname__
    return f"{module}.{kind.__qualname__}"


def describe(value: Any) -> str:
    """At most 80 characters about a value, by its type; runs no ``__repr__`` the job or a library defines."""
    try:
        text = _describe(value)
    except Exception:  # attributes a library computes
        text = f"<{type(value).__qualname__}>"
    text = " ".join(text.split())
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + "…"


def _describe(value: Any) -> str:
    kind = type(value)
    if issubclass(kind, type):
        return f"class {value.__qualname__}"
    if kind is types.FunctionType:
        code = value.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return f"{value.__name__}({', '.join(names)})"
    if issubclass(kind, types.ModuleType):
        return f"module {value.__name__}"
    shape = _shape(value, kind)
    if shape is not None:
        return shape
    if kind in _CONTAINERS and not _plain(value, 3):
        return f"{kind.__name__} of {len(value)}"
    if _shows_itself(kind):
        return _ADDRESS.sub("", _short.repr(value))
    return f"<{kind.__qualname__}>"


_CONTAINERS = (list, dict, tuple, set, frozenset, deque, OrderedDict, Counter, defaultdict)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def _shape(value: Any, kind: type) -> str | None:
    if str(kind.__module__).partition(".")[0] not in ("numpy", "pandas", "polars", "torch", "xarray"):
        return None
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple):
        return None
    dtype = getattr(value, "dtype", "")
    return f"{kind.__name__} {'×'.join(map(str, shape)) or 'scalar'} {dtype}".strip()


def _shows_itself(kind: type) -> bool:
    return kind.__module__ in _PLAIN_MODULES and not issubclass(kind, BaseException | types.MethodType)


def _plain(value: Any, depth: int) -> bool:
    """Whether a container shows without running foreign code: builtins only in the part that is shown."""
    kind = type(value)
    if kind not in _CONTAINERS:
        return _shows_itself(kind)
    if depth == 0 or not value:
        return True
    items = value.items() if issubclass(kind, dict) else value
    return all(_plain(item, depth - 1) for item, _ in zip(items, range(_SHOWN), strict=False))
