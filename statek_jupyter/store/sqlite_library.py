"""Which SQLite library this process uses for folder stores, and RelStorage's SQLite modules bound to it.

SQLite 3.7.0 to 3.51.2 can lose or corrupt commits when a checkpoint meets a commit that resets the write-ahead log
(sqlite.org, release notes of 3.51.3; fixed too in 3.44.6 and 3.50.7). Python often links such a version, so the
``pysqlite3`` wheel is used where the linked one is affected. Every connection to a folder store must come from
`sqlite`: two copies of the library in one process would drop each other's file locks
(sqlite.org/howtocorrupt.html, section 2.2.1).

Importing this module is what binds RelStorage; only `sqlite_storage` and what works beside it may do so.
"""

from __future__ import annotations

import importlib
import sqlite3
import sys
import warnings
from types import ModuleType
from typing import Any


def is_affected(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite version has the WAL-reset bug."""
    fixed_in = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
    fix = fixed_in.get(version[:2])
    if fix is not None:
        return version[2] < fix
    return (3, 7, 0) <= version < (3, 51, 0)


def choose_library() -> ModuleType:
    """The linked library when it is sound, else the ``pysqlite3`` wheel, else the linked one with a warning."""
    if not is_affected(sqlite3.sqlite_version_info):
        return sqlite3
    try:
        wheel = importlib.import_module("pysqlite3")
    except ImportError:
        return sqlite3
    return sqlite3 if is_affected(wheel.sqlite_version_info) else wheel


def bind_relstorage(library: ModuleType) -> Any:
    """Import RelStorage so that its ``import sqlite3`` finds `library`; return the package, its modules imported.

    RelStorage has no option for this. The swap lasts for one import; the standard module is untouched afterwards. When
    somebody else has imported the drivers before, the rest is bound to what the drivers use.
    """
    bound = sys.modules.get("relstorage.adapters.sqlite.drivers")
    sys.modules["sqlite3"] = bound.sqlite3 if bound is not None else library
    try:
        for name in ("storage", "options", "blobhelper.shared", "adapters.sqlite.adapter"):
            importlib.import_module(f"relstorage.{name}")
    finally:
        sys.modules["sqlite3"] = sqlite3
    return importlib.import_module("relstorage")


relstorage: Any = bind_relstorage(choose_library())
"""The RelStorage package; take its modules from here, never by importing them."""

drivers: Any = relstorage.adapters.sqlite.drivers

sqlite: Any = drivers.sqlite3
"""The library in use; differs from `choose_library` only if RelStorage had been imported by somebody else before."""


def warn_if_affected() -> None:
    """Warn once per process when the library in use has the WAL-reset bug."""
    if is_affected(sqlite.sqlite_version_info):
        warnings.warn(
            f"SQLite {sqlite.sqlite_version} has a bug that can lose commits when several processes use one store; "
            "install the 'pysqlite3' wheel or a Python linked with SQLite 3.51.3 or later",
            RuntimeWarning,
            stacklevel=2,
        )
