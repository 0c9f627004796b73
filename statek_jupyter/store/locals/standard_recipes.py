"""Recipes for values of the standard library that pickle refuses, copies, or brings back as something else."""

from __future__ import annotations

import ctypes
import gc
import gzip
import json
import os
import random
import re
import struct
import sys
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from statek_jupyter.store.locals import database_recipes
from statek_jupyter.store.locals.recipes import NotKept, Reduced, keep_by

# --- views of other objects --------------------------------------------------------------------------


def _underlying(view: Any) -> Any:
    """The one object a view of the interpreter holds."""
    (found,) = gc.get_referents(view)
    return found


def _mapping_proxy(proxy: Any) -> Reduced:
    """Over the same mapping; that of a class by the class."""
    mapping = _underlying(proxy)
    for name in ("__dict__", "__weakref__"):
        owner = getattr(mapping.get(name), "__objclass__", None) if type(mapping) is dict else None
        if owner is not None:
            return vars, (owner,)
    return types.MappingProxyType, (mapping,)


keep_by(types.MappingProxyType, _mapping_proxy)

for _mapping in (dict, OrderedDict):
    for _name in ("keys", "values", "items"):
        _method: Any = getattr(_mapping, _name)
        _view_kind: type = type(_method(_mapping()))
        keep_by(_view_kind, lambda view, method=_method: (method, (_underlying(view),)))  # type: ignore[misc]


def _memory_view(view: memoryview) -> Reduced:
    """Over the same object; a part of what nobody can change is a copy."""
    if view.nbytes == memoryview(view.obj).nbytes and view.c_contiguous and view.ndim == 1 and view.format == "B":
        return memoryview, (view.obj,)
    if not view.readonly:
        raise NotKept("a part of a memory that can be changed")
    return _cast, (view.tobytes(), view.format, view.shape)


def _cast(content: bytes, form: str, shape: tuple[int, ...]) -> memoryview:
    plain = memoryview(content)
    return plain if form == "B" and len(shape) == 1 else plain.cast(form, shape)  # type: ignore[call-overload]


keep_by(memoryview, _memory_view)


def _weak_proxy(proxy: Any) -> Reduced:
    try:
        target = proxy.__init__.__self__
    except ReferenceError:
        raise NotKept("a weak proxy whose object is gone") from None
    return weakref.proxy, (target,)


keep_by(weakref.ProxyType, _weak_proxy)
keep_by(weakref.CallableProxyType, _weak_proxy)

# --- texts and numbers -------------------------------------------------------------------------------

_MATCHING = ("match", "fullmatch", "search")


def matched_again(pattern: re.Pattern[Any], method: str, text: Any, start: int, end: int) -> Any:
    """A match, by matching once more."""
    return getattr(pattern, method)(text, start, end)


def _match(match: re.Match[Any]) -> Reduced:
    for start in (match.pos, match.start()):
        for method in _MATCHING:
            made = matched_again(match.re, method, match.string, start, match.endpos)
            if made is not None and made.regs == match.regs:
                return matched_again, (match.re, method, match.string, start, match.endpos)
    raise NotKept("matching once more gives another match")


keep_by(re.Match, _match)
keep_by(struct.Struct, lambda made: (struct.Struct, (made.format,)))
keep_by(random.SystemRandom, lambda made: (random.SystemRandom, ()))


def json_decoder(state: dict[str, Any]) -> json.JSONDecoder:
    """A decoder with these options."""
    made = json.JSONDecoder()
    vars(made).update(state)
    made.scan_once = json.scanner.make_scanner(made)  # type: ignore[attr-defined]
    return made


def _json_decoder(decoder: json.JSONDecoder) -> Reduced:
    return json_decoder, ({name: value for name, value in vars(decoder).items() if name != "scan_once"},)


keep_by(json.JSONDecoder, _json_decoder)

# --- objects of the process --------------------------------------------------------------------------

_environments: tuple[tuple[str, Any], ...] = tuple(
    (name, getattr(os, name)) for name in ("environ", "environb") if hasattr(os, name)
)


def _environment(found: Any) -> Reduced:
    """That of the process a job is in: never a copy, which would keep its secrets."""
    for name, value in _environments:
        if found is value:
            return getattr, (os, name)
    raise NotKept("a copy of the environment's own type")


keep_by(type(os.environ), _environment)


def _library(library: Any) -> Reduced:
    return type(library), (library._name,)


keep_by(ctypes.CDLL, _library)
keep_by(ctypes.PyDLL, _library)

# --- compressed files -----------------------------------------------------------------------------


def reopen_gzip(path: str, position: int) -> gzip.GzipFile:
    """A compressed file that is read, at its position."""
    file = gzip.GzipFile(path, "rb")
    file.seek(position)
    return file


def _gzip(file: gzip.GzipFile) -> Reduced:
    if file.closed or not file.readable():
        raise NotKept("a compressed file that is closed, or being written")
    return reopen_gzip, (os.path.abspath(file.name), file.tell())


keep_by(gzip.GzipFile, _gzip)


def know_optional() -> None:
    """Take in the types of optional libraries; call it when they may have been imported since."""
    duckdb = sys.modules.get("duckdb")
    kind = getattr(duckdb, "DuckDBPyConnection", None)
    if kind is not None and kind not in _known:
        _known.add(kind)
        keep_by(kind, database_recipes.reduce_duckdb)


_known: set[Callable[..., Any]] = set()
