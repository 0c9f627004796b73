"""The JSON form of what is inside a variable: pages of its entries, windows of frames and arrays."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class EntryView(TypedDict):
    """One item of a container, or attribute of an instance."""

    key: str
    """Key, index or name, as text."""
    type: str
    text: str
    entries: int | None
    """How many it has itself; None when there is nothing to go into."""
    grid: NotRequired[bool]


class ValuePage(TypedDict):
    """Some entries of a value."""

    entries: list[EntryView]
    start: int
    total: int


class ColumnView(TypedDict):
    """A column of a grid."""

    name: str
    type: str
    """Of its values, as the library calls it."""


class RowView(TypedDict):
    """A row of a grid."""

    name: str
    cells: list[str]


class GridPage(TypedDict):
    """A window of a data frame or an array."""

    columns: list[ColumnView]
    """Those of this page."""
    rows: list[RowView]
    first_row: int
    first_column: int
    total_rows: int
    total_columns: int
