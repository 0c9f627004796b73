"""Recipes for connections to database files: opened again where they were, with the options a program sees."""

from __future__ import annotations

import contextlib
import dbm.dumb
import os
import sqlite3
import sys
from typing import Any

from statek_jupyter.store.locals.recipes import NotKept, Reduced, keep_by


def connect_sqlite(path: str, options: dict[str, Any], attributes: dict[str, Any]) -> sqlite3.Connection:
    """Connected to a database file; from any thread, as the job's next statement may run in another one."""
    connection: sqlite3.Connection = sqlite3.connect(path, check_same_thread=False, **options)
    for name, value in attributes.items():
        setattr(connection, name, value)
    return connection


def _sqlite(connection: sqlite3.Connection) -> Reduced:
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.row_factory = None  # the connection's own may make anything of a row
        path = next(row[2] for row in cursor.execute("pragma database_list").fetchall() if row[0] == _MAIN)
    if not path:
        raise NotKept("a database in memory")
    options: dict[str, Any] = {"isolation_level": connection.isolation_level}
    if sys.version_info >= (3, 12):
        options["autocommit"] = connection.autocommit
    attributes = {"row_factory": connection.row_factory, "text_factory": connection.text_factory}
    return connect_sqlite, (os.fsdecode(path), options, attributes)


_MAIN = 0
"""The number of the database a connection was opened with; others are attached to it."""

keep_by(sqlite3.Connection, _sqlite)


def database_row(names: list[str], values: tuple[Any, ...]) -> Any:
    """A row with these columns."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        columns = ", ".join('? as "{}"'.format(name.replace('"', '""')) for name in names)
        return connection.execute(f"select {columns}", values).fetchone()


keep_by(sqlite3.Row, lambda row: (database_row, (row.keys(), tuple(row))))


def open_shelf(path: str, flag: Any) -> Any:
    """The portable kind of ``dbm``, which keeps its index in memory: read again from its file."""
    return dbm.dumb.open(path, flag)


def _shelf(database: Any) -> Reduced:
    if database._index is None:
        raise NotKept("a database that is closed")
    database.sync()
    path = os.path.abspath(os.fsdecode(database._datfile)).removesuffix(".dat")
    return open_shelf, (path, "r" if database._readonly else "w")


keep_by(dbm.dumb._Database, _shelf)


def connect_duckdb(path: str, read_only: bool) -> Any:
    """Connected to a database file."""
    import duckdb  # type: ignore[import-not-found, unused-ignore]

    return duckdb.connect(path, read_only=read_only)


def reduce_duckdb(connection: Any) -> Reduced:
    """A connection of duckdb by its file."""
    row = connection.execute("select path, readonly from duckdb_databases() where database_name = current_database()")
    path, read_only = row.fetchone()
    if path is None:
        raise NotKept("a database in memory")
    return connect_duckdb, (path, read_only)
