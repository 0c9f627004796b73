"""One line about a value: bounded in length and in time, and made without running code of the job or its objects."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import pathlib
import re
import sys
import types
import uuid
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from statek_jupyter.redaction import without_secrets
from statek_jupyter.store.locals.parts import SHAPED_LIBRARIES, attributes_of, container_base, library_of, shape_of

SHOWN_ITEMS = 6
"""Items of a container that are shown, at most."""
_DEPTH = 3
_LONGEST_SECRET = 4_096
_PLAIN_BITS = 256
"""Longer integers are told by their length: printing one takes time that grows with its square."""
_PLAIN_SIZE = 500
"""Bytes of memory; larger decimals are told by their type."""


def one_line(value: Any, characters: int) -> str:
    """At most `characters` about a value. Never raises."""
    try:
        text = short(value, characters, _DEPTH)
    except Exception:  # attributes that C code of a library computes
        text = f"<{type_name(type(value))}>"
    text = without_secrets(" ".join(text.split()))
    return text if len(text) <= characters else text[: characters - 1] + "…"


def type_name(kind: type) -> str:
    """The qualified name of a type; a metaclass of the job cannot change it."""
    name: str = _QUALIFIED_NAME.__get__(kind)
    return name


_QUALIFIED_NAME: Any = type.__dict__["__qualname__"]


def short(value: Any, room: int, depth: int) -> str:
    """About `room` characters or fewer by what a value is; containers open `depth` levels deep."""
    kind = type(value)
    show = _BY_TYPE.get(kind)
    if show is not None:
        return show(value, room, depth)
    if issubclass(kind, type):
        return f"class {type_name(value)}"
    if kind is types.FunctionType:
        code = value.__code__
        return f"{value.__name__}({', '.join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])})"
    if issubclass(kind, types.ModuleType):
        return f"module {types.ModuleType.__getattribute__(value, '__name__')}"
    if issubclass(kind, enum.Enum):
        return f"{type_name(kind)}.{object.__getattribute__(value, '_name_')}"
    if issubclass(kind, BaseException):
        return _call(kind, BaseException.args.__get__(value), room, depth)  # type: ignore[attr-defined]
    library = library_of(kind)
    if library in SHAPED_LIBRARIES:
        return _of_library(value, kind, library)
    return _instance(value, kind, room, depth)


def know(kind: type, show: Callable[[Any], str]) -> None:
    """Say how values of a type of this package are shown; `show` runs no code of the job."""
    _BY_TYPE[kind] = lambda value, room, depth: show(value)


# --- builtins ----------------------------------------------------------------------------------------


def _plain(value: Any, room: int, depth: int) -> str:
    return repr(value)


def _integer(value: int, room: int, depth: int) -> str:
    bits = int.bit_length(value)
    return repr(value) if bits <= _PLAIN_BITS else f"an integer of {bits:,} bits"


def _text(value: Any, room: int, depth: int) -> str:
    if len(value) <= room:
        return repr(value)
    head = value[: room + _LONGEST_SECRET]  # a secret that is cut in two is not found any more
    return f"{repr(value[:room]) if type(value) is bytes else repr(without_secrets(head)[:room])}…"


def _decimal(value: decimal.Decimal, room: int, depth: int) -> str:
    return repr(value) if sys.getsizeof(value) < _PLAIN_SIZE else "a Decimal of many digits"


def _fraction(value: fractions.Fraction, room: int, depth: int) -> str:
    return f"Fraction({_integer(value.numerator, room, depth)}, {_integer(value.denominator, room, depth)})"


def _moment(value: Any, room: int, depth: int) -> str:
    zone = type(value.tzinfo)
    known = zone in (type(None), datetime.timezone, zoneinfo.ZoneInfo)
    return repr(value if known else value.replace(tzinfo=None))


def _slice(value: slice, room: int, depth: int) -> str:
    return _call(slice, (value.start, value.stop, value.step), room, depth)


def _bracketed(opening: str, closing: str) -> Callable[[Any, int, int], str]:
    def show(items: Any, room: int, depth: int) -> str:
        inside = _joined((short(item, room, depth - 1) for item in items), len(items), room) if depth else "…"
        return f"{opening}{inside}{closing}"

    return show


def _tuple(items: tuple[Any, ...], room: int, depth: int) -> str:
    if len(items) == 1 and depth:
        return f"({short(items[0], room, depth - 1)},)"
    return _bracketed("(", ")")(items, room, depth)


def _named(show: Callable[[Any, int, int], str]) -> Callable[[Any, int, int], str]:
    """With the type's name around it; an empty one is the name alone."""

    def named(value: Any, room: int, depth: int) -> str:
        return f"{type_name(type(value))}({show(value, room, depth) if len(value) else ''})"

    return named


def _mapping(value: Any, room: int, depth: int) -> str:
    if not depth:
        return "{…}" if len(value) else "{}"
    pairs = (f"{short(key, room, depth - 1)}: {short(item, room, depth - 1)}" for key, item in value.items())
    return "{" + _joined(pairs, len(value), room) + "}"


def _joined(texts: Iterable[str], count: int, room: int) -> str:
    """The first of them, as long as there is room; in the order they have."""
    parts = []
    for text in islice(texts, SHOWN_ITEMS):
        parts.append(text)
        room -= len(text) + 2
        if room <= 0:
            break
    return ", ".join(parts if len(parts) == count else [*parts, "…"])


def _call(kind: type, arguments: Iterable[Any], room: int, depth: int) -> str:
    if not depth:
        return f"{type_name(kind)}(…)"
    return f"{type_name(kind)}({', '.join(short(item, room, depth - 1) for item in islice(arguments, SHOWN_ITEMS))})"


_list, _set = _bracketed("[", "]"), _bracketed("{", "}")

_BY_TYPE: dict[type, Callable[[Any, int, int], str]] = {
    **dict.fromkeys((bool, float, complex, type(None), type(Ellipsis), type(NotImplemented), range), _plain),
    **dict.fromkeys((uuid.UUID, re.Pattern, zoneinfo.ZoneInfo), _plain),
    **dict.fromkeys((datetime.date, datetime.timedelta, datetime.timezone), _plain),
    **dict.fromkeys((datetime.datetime, datetime.time), _moment),
    **dict.fromkeys(
        (pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath),
        lambda value, room, depth: f"{type(value).__name__}({_text(str(value), room, depth)})",
    ),
    **dict.fromkeys((str, bytes), _text),
    bytearray: lambda value, room, depth: f"bytearray({_text(bytes(value[: room + 1]), room, depth)})",
    int: _integer,
    decimal.Decimal: _decimal,
    fractions.Fraction: _fraction,
    slice: _slice,
    list: _list,
    tuple: _tuple,
    set: lambda value, room, depth: _set(value, room, depth) if value else "set()",
    frozenset: _named(_set),
    dict: _mapping,
    deque: _named(_list),
    OrderedDict: _named(_mapping),
    Counter: _named(_mapping),
    defaultdict: _named(_mapping),
    **dict.fromkeys(
        (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType),
        lambda value, room, depth: f"<{type(value).__name__} {value.__qualname__}>",
    ),
    types.BuiltinFunctionType: lambda value, room, depth: f"{value.__name__}()",
    types.MethodType: lambda value, room, depth: f"{type_name(type(value.__self__))}.{short(value.__func__, room, 0)}",
}
"""By exact type: of a subclass, printing may run code of the job."""


# --- instances ---------------------------------------------------------------------------------------


def _instance(value: Any, kind: type, room: int, depth: int) -> str:
    name = type_name(kind)
    base = container_base(kind)
    if base is tuple and isinstance(fields := kind.__dict__.get("_fields"), tuple):
        return f"{name}({_attributes(zip(fields, tuple.__iter__(value), strict=False), len(fields), room, depth)})"
    if base is not None:
        return f"{name} of {base.__len__(value)}"
    attributes = attributes_of(value) if depth and _own_class(kind) else {}
    inside = _attributes(list(attributes.items()), len(attributes), room, depth)
    if "__dataclass_fields__" in kind.__dict__:
        return f"{name}({inside})"
    return f"<{name} {inside}>" if inside else f"<{name}>"


def _attributes(pairs: Iterable[tuple[Any, Any]], count: int, room: int, depth: int) -> str:
    return _joined((f"{name}={short(item, room, max(depth - 1, 0))}" for name, item in pairs), count, room)


def _own_class(kind: type) -> bool:
    """Whether it is a class of the job or of the notebook; attributes of a library's instance would tell little."""
    module = str(kind.__module__)
    return module in ("__main__", "types") or module.startswith("statek.job_")


# --- libraries ---------------------------------------------------------------------------------------


def _of_library(value: Any, kind: type, library: str) -> str:
    name = type_name(kind)
    if library == "numpy" and hasattr(kind, "item") and not value.shape:
        plain = value.dtype.kind in "biufcSU"
        return short(value.item(), 80, 1) if plain else str(value) if value.dtype.kind in "mM" else f"<{name}>"
    if name in ("Timestamp", "Timedelta"):
        return f"{name}({str(value)!r})"
    shape = shape_of(value, SHAPED_LIBRARIES)
    if not shape:
        return f"<{name}>"
    extent = "×".join(map(str, shape))
    if hasattr(kind, "columns"):
        names = value.column_names if library == "pyarrow" else value.columns
        return f"{name} {extent}: {_joined(map(_label, names), len(names), 80)}"
    text = f"{name} {extent} {getattr(value, 'dtype', '')}".strip()
    if library == "numpy" and value.dtype.kind in "biufc" and len(shape) == 1 and shape[0]:
        head = ", ".join(short(item, 20, 0) for item in value.flat[:SHOWN_ITEMS].tolist())
        text += f" [{head}{', …' if value.size > SHOWN_ITEMS else ''}]"
    return text


def _label(name: Any) -> str:
    return name[:80] if type(name) is str else short(name, 80, 1)
