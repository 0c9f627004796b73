"""What a value consists of, one level deep, by the builtin types' own methods: nothing here runs code of the job."""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Iterator, Set
from itertools import islice
from typing import Any

CONTAINERS: tuple[Any, ...] = (dict, list, tuple, deque, set, frozenset)

TABLE_LIBRARIES = frozenset({"numpy", "pandas", "polars", "pyarrow", "torch"})
"""Whose arrays and frames can be shown as a grid."""
SHAPED_LIBRARIES = TABLE_LIBRARIES | {"xarray", "scipy"}
"""Whose arrays have a shape to tell."""


def container_base(kind: type) -> Any:
    """The builtin container a type is, or derives from; None for others."""
    return next((base for base in CONTAINERS if issubclass(kind, base)), None)


def library_of(kind: type) -> str:
    """The top-level package of a type."""
    return str(kind.__module__).partition(".")[0]


def shape_of(value: Any, libraries: Set[str] = TABLE_LIBRARIES) -> tuple[int, ...]:
    """Rows, columns and so on of an array or a frame; empty for other values."""
    kind = type(value)
    if library_of(kind) not in libraries or issubclass(kind, type):
        return ()
    try:
        return tuple(map(int, value.shape))
    except Exception:  # no array after all: the attribute is C code of a library
        return ()


def count_parts(value: Any) -> int:
    """How many parts `parts` gives."""
    kind = type(value)
    base = container_base(kind)
    if base is not None:
        return int(base.__len__(value))
    return len(attributes_of(value)) if not shape_of(value) else 0


def parts(value: Any, start: int = 0, stop: int | None = None) -> Iterator[tuple[Any, Any]]:
    """(key, index or name; part) of the items of a container or the attributes of an instance, `start` to `stop`."""
    base = container_base(type(value))
    if base is dict:
        return islice(dict.items(value), start, stop)
    if base in (list, tuple):
        return enumerate(base.__getitem__(value, slice(start, stop)), start)
    if base is not None:
        return enumerate(islice(base.__iter__(value), start, stop), start)
    return islice(attributes_of(value).items(), start, stop) if not shape_of(value) else iter(())


def attributes_of(value: Any) -> dict[str, Any]:
    """The instance's own attributes; empty for what has none, or computes them.

    Those of a type of the interpreter are left alone: asking an exception for its attribute dict gives it one, and then
    it is stored in another form than before.
    """
    kind = type(value)
    owner = next((base for base in kind.__mro__ if "__dict__" in vars(base)), None)
    if owner is None or (library_of(owner) in sys.stdlib_module_names and owner is not types.SimpleNamespace):
        return {}
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:  # a descriptor of its class
        return {}
    return attributes if type(attributes) is dict else {}
