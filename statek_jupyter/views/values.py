"""The content of one variable as plain data, a page at a time: grids of frames and arrays, entries of the rest.

The value comes from ``handle.locals[name]``, or for an earlier turn from ``handle.at(turn).locals[name]``; both load
that variable and what shares objects with it, nothing else. Loading imports the libraries the value needs and may run
their code: a process that must go on whatever a value does asks `statek_jupyter.views.value_reader`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from statek_jupyter.store.locals import Tombstone, count_parts, describe, parts, shape_of, type_text
from statek_jupyter.views.plain_text import line
from statek_jupyter.views.value_forms import ColumnView, EntryView, GridPage, RowView, ValuePage

PAGE_ENTRIES = 50
MAX_ROWS = 500
MAX_COLUMNS = 100
CELL_CHARACTERS = 120

Window = tuple[int, int]
"""First position and the one after the last; what lies outside of the table is left out."""


def part_at(value: Any, path: Sequence[int]) -> Any:
    """The part of a value that is reached by positions of entries.

    Raises:
        LookupError: There is no such part.
    """
    for position in path:
        found = next(parts(value, position, position + 1), None) if position >= 0 else None
        if found is None:
            raise LookupError(f"there is no entry {position}")
        value = found[1]
    return value


def value_page(value: Any, start: int = 0, count: int = PAGE_ENTRIES) -> ValuePage:
    """Entries of a container or an instance; one that has none gives an empty page.

    Args:
        value: A live value; nothing of it is run.
        start: Position of the first entry listed.
        count: How many are listed at most.
    """
    start = max(0, start)
    if issubclass(type(value), Tombstone):
        return {"entries": [], "start": start, "total": 0}
    return {
        "entries": [_entry(key, part) for key, part in parts(value, start, start + max(0, count))],
        "start": start,
        "total": count_parts(value),
    }


def _entry(key: Any, part: Any) -> EntryView:
    entry: EntryView = {
        "key": _text(key),
        "type": line(type_text(part), 80),
        "text": line(describe(part), CELL_CHARACTERS),
        "entries": count_parts(part) or None,
    }
    if shape_of(part):
        entry["grid"] = True
    return entry


def grid_page(value: Any, rows: Window = (0, 100), columns: Window = (0, 20)) -> GridPage | None:
    """A window of the rows and columns of a frame or an array, or None for a value that is neither, or cannot be cut.

    Frames, series and indexes of pandas, frames and series of polars, tables of pyarrow, arrays of numpy, tensors. An
    array of more than two dimensions is shown as the rows of all its tables, named by their indexes. At most `MAX_ROWS`
    by `MAX_COLUMNS` are given.

    Args:
        value: A live value; it is not changed.
        rows: First row and the row after the last one.
        columns: The same for columns.
    """
    shape = shape_of(value)
    if not shape or issubclass(type(value), Tombstone):
        return None
    try:
        return _window(_table(value, shape), rows, columns)
    except Exception:  # a subclass that computes its parts, or one that gives them in another form
        return None


def _window(table: _Table, rows: Window, columns: Window) -> GridPage:
    top, bottom = _inside(rows, table.total_rows, MAX_ROWS)
    left, right = _inside(columns, table.total_columns, MAX_COLUMNS)
    return {
        "columns": [table.column(number) for number in range(left, right)],
        "rows": table.rows(top, bottom, left, right),
        "first_row": top,
        "first_column": left,
        "total_rows": table.total_rows,
        "total_columns": table.total_columns,
    }


def _inside(window: Window, size: int, most: int) -> Window:
    first = min(max(0, window[0]), size)
    return first, min(max(first, window[1]), size, first + most)


def _table(value: Any, shape: tuple[int, ...]) -> _Table:
    library = str(type(value).__module__).partition(".")[0]
    kinds: dict[str, type[_Table]] = {"pandas": _Pandas, "polars": _Polars, "pyarrow": _Arrow}
    return kinds.get(library, _Array)(value, shape)


def _text(value: Any) -> str:
    return line(value if type(value) is str else describe(value), CELL_CHARACTERS)


class _Table:
    """What grids ask of a value; one class for each library."""

    def __init__(self, value: Any, shape: tuple[int, ...]) -> None:
        self.value = value
        self.shape = shape
        self.flat = len(shape) == 1
        self.total_rows = shape[0]
        self.total_columns = 1 if self.flat else shape[1]

    def column(self, number: int) -> ColumnView:
        """Name and type."""
        raise NotImplementedError

    def cells(self, number: int, top: int, bottom: int) -> list[str]:
        """A part of a column."""
        raise NotImplementedError

    def names(self, top: int, bottom: int) -> list[str]:
        """Names of rows."""
        return [str(number) for number in range(top, bottom)]

    def rows(self, top: int, bottom: int, left: int, right: int) -> list[RowView]:
        """A window."""
        by_column = [self.cells(number, top, bottom) for number in range(left, right)]
        by_row = zip(*by_column, strict=True) if by_column else ([] for _ in range(top, bottom))
        return [{"name": name, "cells": list(row)} for name, row in zip(self.names(top, bottom), by_row, strict=True)]


class _Pandas(_Table):
    def _series(self, number: int) -> Any:
        return self.value if self.flat else self.value.iloc[:, number]

    def column(self, number: int) -> ColumnView:
        series = self._series(number)
        name = getattr(series, "name", None)
        return {"name": "" if name is None else _text(name), "type": line(str(series.dtype), 80)}

    def cells(self, number: int, top: int, bottom: int) -> list[str]:
        series = self._series(number)
        part = series.iloc[top:bottom] if hasattr(series, "iloc") else series[top:bottom]
        return [_pandas_text(item) for item in part.tolist()]

    def names(self, top: int, bottom: int) -> list[str]:
        index: Any = getattr(self.value, "index", None)  # of an index itself it is a method
        if index is None or callable(index):
            return super().names(top, bottom)
        return [_pandas_text(item) for item in index[top:bottom].tolist()]


def _pandas_text(item: Any) -> str:
    return (
        str(item) if type(item).__name__ in ("NAType", "NaTType", "Timestamp", "Timedelta", "Period") else _text(item)
    )


class _Polars(_Table):
    def _series(self, number: int) -> Any:
        return self.value if self.flat else self.value.to_series(number)

    def column(self, number: int) -> ColumnView:
        series = self._series(number)
        return {"name": _text(series.name), "type": line(str(series.dtype), 80)}

    def cells(self, number: int, top: int, bottom: int) -> list[str]:
        return [_text(item) for item in self._series(number).slice(top, bottom - top).to_list()]


class _Arrow(_Table):
    def column(self, number: int) -> ColumnView:
        return {"name": _text(self.value.column_names[number]), "type": line(str(self.value.column(number).type), 80)}

    def cells(self, number: int, top: int, bottom: int) -> list[str]:
        return [_text(item) for item in self.value.column(number).slice(top, bottom - top).to_pylist()]


class _Array(_Table):
    def __init__(self, value: Any, shape: tuple[int, ...]) -> None:
        super().__init__(value, shape)
        if not self.flat:
            self.total_rows, self.total_columns = prod(shape[:-1]), shape[-1]

    def column(self, number: int) -> ColumnView:
        return {"name": "" if self.flat else str(number), "type": line(str(getattr(self.value, "dtype", "")), 80)}

    def names(self, top: int, bottom: int) -> list[str]:
        return [", ".join(map(str, self._index(row))) for row in range(top, bottom)]

    def rows(self, top: int, bottom: int, left: int, right: int) -> list[RowView]:
        if self.flat:
            cells = [[_text(item)] for item in _listed(self.value[top:bottom])]
        else:
            cells = [
                [_text(item) for item in _listed(self.value[self._index(r)][left:right])] for r in range(top, bottom)
            ]
        names = self.names(top, bottom)
        return [{"name": name, "cells": row if right > left else []} for name, row in zip(names, cells, strict=True)]

    def cells(self, number: int, top: int, bottom: int) -> list[str]:
        """See `rows`, which does not need it."""
        return [row["cells"][0] for row in self.rows(top, bottom, number, number + 1)]

    def _index(self, row: int) -> tuple[int, ...]:
        """The indexes, last dimension left out, of a row among the rows of all tables."""
        found: list[int] = []
        for size in reversed(self.shape[:1] if self.flat else self.shape[:-1]):
            row, index = divmod(row, size)
            found.insert(0, index)
        return tuple(found)


def _listed(part: Any) -> Any:
    """Items of a small array; those of a tensor on a device are fetched."""
    return part.detach().cpu().tolist() if hasattr(part, "detach") else part.tolist()
