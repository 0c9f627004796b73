"""Recipes: how to store values that have no pickle, or one that would come back wrong."""

from __future__ import annotations

import dataclasses
import functools
import io
import os
import sys
import threading
import types
import typing
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

V = TypeVar("V")

Reduced = tuple[Any, ...]
Reduce = Callable[[Any], Reduced | str]
"""Like ``__reduce__``: gives (callable, arguments, …) or a name; raises `NotKept` to say why not."""


class NotKept(Exception):
    """Why a value cannot be stored, in words for a person; a recipe's `save` raises it."""


_recipes: dict[type, Reduce] = {}


def register_recipe(type: type[V], save: Callable[[V], Any], load: Callable[[Any], Any]) -> None:
    """Say how values of a type are kept in the variables of jobs, in place of their own pickle support.

    `load` is stored with every value, so only processes in which jobs run need to call this. It is stored by name when
    it can be imported, else as code. What it raises costs this value alone.

    Args:
        type: The type itself; subclasses are not included.
        save: Gives what is stored of a value: anything a variable may hold. Raises `NotKept` to say why this one
            cannot be stored. It must not change the value.
        load: Makes the value again from what `save` gave.

    Example:
        >>> register_recipe(Client, lambda client: client.url, Client)
    """
    _recipes[type] = lambda value: (load, (save(value),))


def keep_by(kind: type, reduce: Reduce) -> None:
    """Store values of exactly this type by `reduce`; for this package's own types of values."""
    _recipes[kind] = reduce


def recipe(kind: type) -> Reduce | None:
    """The recipe of a type, or None."""
    return _recipes.get(kind)


# --- files ------------------------------------------------------------------------------------------


def reopen_file(path: str, mode: str, encoding: str | None, newline: str | None, position: int) -> Any:
    """Open a file again where it was; never truncates, whatever the mode was."""
    careful = mode.replace("x", "w")
    if "w" in careful:
        careful = careful.replace("w", "r").replace("+", "") + "+"
    text = {} if "b" in careful else {"encoding": encoding, "newline": newline}
    file = open(path, careful, **text)  # type: ignore[call-overload]  # noqa: SIM115
    file.seek(position)
    return file


def closed_file(kind: type, path: str) -> Any:
    """A file that is closed, and says where it was: what a ``with`` statement leaves behind."""
    raw = io.FileIO(os.devnull, "r+b" if kind is io.BufferedRandom else "wb" if kind is io.BufferedWriter else "rb")
    raw.name = path
    if kind is io.TextIOWrapper:
        file: Any = io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8")
    else:
        file = raw if kind is io.FileIO else kind(raw)
    file.close()
    return file


def _file(file: Any) -> Reduced:
    if not isinstance(getattr(file, "name", None), str | os.PathLike):
        raise NotKept("an open stream without a path")
    if file.closed:
        return closed_file, (type(file), str(file.name))
    if file.writable():
        file.flush()
    position = file.tell() if file.seekable() else 0
    newline = None
    return reopen_file, (os.path.abspath(file.name), _mode(file), getattr(file, "encoding", None), newline, position)


def _mode(file: Any) -> str:
    mode = str(file.mode)
    return {"rb+": "r+b", "ab+": "a+b"}.get(mode, mode)


for _file_kind in (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO):
    keep_by(_file_kind, _file)


# --- locks, weak references, caches -----------------------------------------------------------------

keep_by(type(threading.Lock()), lambda lock: (threading.Lock, ()))
keep_by(type(threading.RLock()), lambda lock: (threading.RLock, ()))


def dead_reference() -> Any:
    """A weak reference whose object is gone."""
    return weakref.ref(type("Gone", (), {})())


def _weak_reference(reference: Any) -> Reduced:
    target = reference()
    return (weakref.ref, (target,)) if target is not None else (dead_reference, ())


keep_by(weakref.ReferenceType, _weak_reference)
keep_by(weakref.WeakMethod, lambda method: (weakref.WeakMethod, (method(),)) if method() else (dead_reference, ()))
keep_by(weakref.WeakKeyDictionary, lambda mapping: (weakref.WeakKeyDictionary, (dict(mapping),)))
keep_by(weakref.WeakValueDictionary, lambda mapping: (weakref.WeakValueDictionary, (dict(mapping),)))
keep_by(weakref.WeakSet, lambda items: (weakref.WeakSet, (list(items),)))


def cached(function: Any, maxsize: int | None, typed: bool) -> Any:
    """``functools.lru_cache`` around a function; the cache starts empty."""
    return functools.lru_cache(maxsize=maxsize, typed=typed)(function)


def _lru_cache(wrapper: Any) -> Reduced:
    parameters = wrapper.cache_parameters()
    return cached, (wrapper.__wrapped__, parameters["maxsize"], parameters["typed"])


keep_by(functools._lru_cache_wrapper, _lru_cache)


# --- objects known by identity ----------------------------------------------------------------------

keep_by(type(dataclasses.MISSING), lambda value: (getattr, (dataclasses, "MISSING")))
keep_by(type(dataclasses.KW_ONLY), lambda value: (getattr, (dataclasses, "KW_ONLY")))
keep_by(
    type(dataclasses._HAS_DEFAULT_FACTORY),  # type: ignore[attr-defined]
    lambda value: (getattr, (dataclasses, "_HAS_DEFAULT_FACTORY")),
)


# --- type variables ---------------------------------------------------------------------------------


def type_variable(kind: Any, name: str, constraints: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A ``TypeVar`` and its like."""
    return kind(name, *constraints, **options)


def _type_variable(variable: Any) -> Reduced | str:
    """By its name when a library has it, else made anew: pickle itself would look for it in the job's module."""
    module: Any = sys.modules.get(str(variable.__module__), typing)
    name = str(variable.__name__)
    if not str(variable.__module__).startswith("statek.job_") and vars(module).get(name) is variable:
        return name
    if isinstance(variable, typing.NewType):
        return typing.NewType, (name, variable.__supertype__)
    options: dict[str, Any] = {}
    if not isinstance(variable, typing.TypeVarTuple):
        options["bound"] = variable.__bound__
    for option in ("covariant", "contravariant"):
        if getattr(variable, f"__{option}__", False):
            options[option] = True
    return type_variable, (type(variable), name, getattr(variable, "__constraints__", ()), options)


for _variable_kind in (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple, typing.NewType):
    keep_by(_variable_kind, _type_variable)


# --- arrays on disk ----------------------------------------------------------------------


def reopen_memmap(path: str, dtype: Any, mode: str, offset: int, shape: tuple[int, ...], order: str) -> Any:
    """Map a file again; a file that was created by ``w+`` is not emptied."""
    import numpy

    return numpy.memmap(path, dtype=dtype, mode="r+" if mode == "w+" else mode, offset=offset, shape=shape, order=order)  # type: ignore[call-overload]


def reduce_memmap(array: Any) -> Reduced:
    """A numpy memmap by its file; flushed first."""
    if array.filename is None or array._mmap is None or array.base is not array._mmap:
        raise NotKept("a view of a mapped file")
    array.flush()
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    return reopen_memmap, (str(array.filename), array.dtype, array.mode, array.offset, array.shape, order)


# --- never ------------------------------------------------------------------------------------------

_NEVER_EXACT: dict[type, str] = {
    types.GeneratorType: "a running generator has no stored form",
    types.CoroutineType: "a coroutine has no stored form",
    types.AsyncGeneratorType: "an async generator has no stored form",
    types.FrameType: "a frame of running code has no stored form",
    types.TracebackType: "a traceback has no stored form",
}

_NEVER_BASES = {
    "threading.Thread": "a thread lives in one process",
    "_thread._local": "values of one thread",
    "subprocess.Popen": "a child process belongs to the process that started it",
    "multiprocessing.process.BaseProcess": "a child process belongs to the process that started it",
    "multiprocessing.pool.Pool": "worker processes belong to the process that started them",
    "concurrent.futures._base.Executor": "a pool of threads or processes lives in one process",
    "concurrent.futures._base.Future": "the outcome of work in this process",
    "asyncio.events.AbstractEventLoop": "an event loop lives in one process",
    "socket.socket": "a connection lives in one process",
    "ssl.SSLContext": "a TLS context has no stored form",
    "http.client.HTTPConnection": "a connection lives in one process",
    "tempfile.TemporaryDirectory": "the directory is removed with the process that made it",
    "tempfile._TemporaryFileWrapper": "the file is removed with the process that made it",
    "tempfile.SpooledTemporaryFile": "the file is removed with the process that made it",
    "weakref.finalize": "what happens when an object of this process is gone",
    "numpy.lib.npyio.NpzFile": "an open archive",
    "httpx._client.BaseClient": "a client and its connections live in one process",
    "aiohttp.client.ClientSession": "a client and its connections live in one process",
    "selectors.BaseSelector": "it waits for files of one process",
    "pyarrow.parquet.core.ParquetFile": "an open file",
    "_duckdb.DuckDBPyRelation": "a query of a connection",
    "duckdb._relation.DuckDBPyRelation": "a query of a connection",
    "mmap.mmap": "a memory map lives in one process",
    "_gdbm.gdbm": "its library does not tell which file of dbm it is",
    "_dbm.dbm": "its library does not tell which file of dbm it is",
    "_io._IOBase": "an open stream without a path",
}
"""Types, subclasses included, by dotted name: nothing is imported to know them."""

_STREAMS_IN_MEMORY = frozenset({io.StringIO, io.BytesIO})


@functools.cache
def never_reason(kind: type) -> str | None:
    """Why no value of this type can be stored, or None."""
    exact = _NEVER_EXACT.get(kind)
    if exact is not None or kind in _STREAMS_IN_MEMORY:
        return exact
    for base in kind.__mro__:
        reason = _NEVER_BASES.get(f"{base.__module__}.{base.__qualname__}")
        if reason is not None:
            return reason
    return None
