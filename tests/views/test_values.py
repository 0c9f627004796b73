"""What a variable holds, a page at a time: bounded, and without running what the value's own class says."""

from __future__ import annotations

import json
from collections import deque
from typing import Any, get_type_hints

import numpy
import pytest

from statek_jupyter.views.value_forms import EntryView, GridPage, ValuePage
from statek_jupyter.views.values import MAX_COLUMNS, MAX_ROWS, grid_page, part_at, value_page
from tests.hostile_values import NEVER_RUN, Hostile, HostileDict, HostileList


def window(value: Any, rows: tuple[int, int] = (0, 3), columns: tuple[int, int] = (0, 3)) -> Any:
    """Names of rows, cells, columns with types, and extents of a page."""
    page = grid_page(value, rows, columns)
    assert page is not None and page.keys() <= get_type_hints(GridPage).keys()
    assert json.loads(json.dumps(page)) == page
    return (
        [row["name"] for row in page["rows"]],
        [row["cells"] for row in page["rows"]],
        [(column["name"], column["type"]) for column in page["columns"]],
        (page["total_rows"], page["total_columns"]),
    )


def test_a_frame_shows_its_own_names_and_types() -> None:
    """Row names, column names that are no texts, missing values, times."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"n": [1, 2, 3], ("a", 1): [0.5, None, 2.0], "when": pandas.to_datetime(["2026-01-02", None, "2026-01-04"])},
        index=["x", "y", "z"],
    )
    frame["text"] = ["p", None, "<b>"]
    names, cells, columns, extent = window(frame, (1, 3), (0, 4))
    assert names == ["y", "z"] and extent == (3, 4)
    assert cells == [["2", "nan", "NaT", cells[0][3]], ["3", "2.0", "2026-01-04 00:00:00", "<b>"]]
    assert cells[0][3] in ("None", "nan")
    assert [name for name, _ in columns] == ["n", "('a', 1)", "when", "text"]
    assert [kind for _, kind in columns][:2] == ["int64", "float64"]


def test_other_values_of_pandas_are_one_column() -> None:
    """Series, indexes and categories."""
    pandas = pytest.importorskip("pandas")
    assert window(pandas.Series([5, 6], index=["a", "b"], name="s")) == (
        ["a", "b"], [["5"], ["6"]], [("s", "int64")], (2, 1)
    )  # fmt: skip
    assert window(pandas.Index([7, 8]))[:2] == (["0", "1"], [["7"], ["8"]])
    assert window(pandas.Categorical(["u", "v"]))[1] == [["u"], ["v"]]


def test_arrays_of_any_number_of_dimensions_are_tables() -> None:
    """One column for one dimension; the rows of all tables, named by their indexes, for three."""
    assert window(numpy.arange(5)) == (["0", "1", "2"], [["0"], ["1"], ["2"]], [("", "int64")], (5, 1))
    flat = window(numpy.arange(12.0).reshape(3, 4), (1, 9), (2, 4))
    assert flat == (["1", "2"], [["6.0", "7.0"], ["10.0", "11.0"]], [("2", "float64"), ("3", "float64")], (3, 4))
    deep = window(numpy.arange(24).reshape(2, 3, 4), (2, 4), (0, 2))
    assert deep == (["0, 2", "1, 0"], [["8", "9"], ["12", "13"]], [("0", "int64"), ("1", "int64")], (6, 4))
    assert window(numpy.zeros((0, 3)))[3] == (0, 3) and window(numpy.zeros((3, 0)))[1] == [[], [], []]
    objects = numpy.empty(1, object)
    objects[0] = Hostile()
    assert window(objects)[1] == [["<Hostile n=1>"]] and not NEVER_RUN


def test_a_page_is_bounded_and_a_window_outside_is_empty() -> None:
    """Whatever is asked for, and however large the value is; strange windows are no errors."""
    page = grid_page(numpy.zeros((10_000, 10_000), "i1"), (0, 10**9), (0, 10**9))
    assert page is not None and (len(page["rows"]), len(page["columns"])) == (MAX_ROWS, MAX_COLUMNS)
    long = grid_page(numpy.array(["x" * 10**6]))
    assert long is not None and len(long["rows"][0]["cells"][0]) == 120
    for strange in ((7, 9), (-5, -2), (2, 1)):
        assert window(numpy.zeros((3, 3)), strange, strange)[:3] == ([], [], [])


def test_what_is_no_table_has_no_grid() -> None:
    """Also a class that says it has a shape."""
    for value in (1, "text", [[1, 2]], {"a": 1}, Hostile(), numpy.float64(1), numpy.array(3)):
        assert grid_page(value) is None


def entries(value: Any, start: int = 0, count: int = 3) -> list[tuple[str, str, str, int | None]]:
    page = value_page(value, start, count)
    assert page.keys() == get_type_hints(ValuePage).keys() and json.loads(json.dumps(page)) == page
    assert all(entry.keys() <= get_type_hints(EntryView).keys() for entry in page["entries"])
    return [(entry["key"], entry["type"], entry["text"], entry["entries"]) for entry in page["entries"]]


CASES: list[tuple[Any, Any]] = [
    ({"a": [1, 2], 3: "x"}, [("a", "list", "[1, 2]", 2), ("3", "str", "'x'", None)]),
    ([7, (8,)], [("0", "int", "7", None), ("1", "tuple", "(8,)", 1)]),
    (deque([5]), [("0", "int", "5", None)]),
    ({9}, [("0", "int", "9", None)]),
    (Hostile(), [("n", "int", "1", None)]),
    (HostileDict({4: 5}), [("4", "int", "5", None)]),
    (HostileList([4]), [("0", "int", "4", None)]),
    (5, []),
    (len, []),
]


@pytest.mark.parametrize(("value", "found"), CASES, ids=[str(at) for at in range(len(CASES))])
def test_entries_are_items_or_attributes(value: Any, found: Any) -> None:
    """Of containers their items, of instances their attributes; nothing of the value is run."""
    assert entries(value) == found
    assert not NEVER_RUN


def test_entries_are_gone_into_by_position() -> None:
    """A path names the positions; a page begins where it is told."""
    value = {"rows": [{"id": n, "tags": ("a", "b")} for n in range(1_000)], "table": numpy.zeros((2, 2))}
    assert [entry["key"] for entry in value_page(part_at(value, [0]), 998)["entries"]] == ["998", "999"]
    assert value_page(part_at(value, [0]))["total"] == 1_000
    assert part_at(value, [0, 500, 1, 1]) == "b" and part_at(value, []) is value
    assert value_page(value)["entries"][1].get("grid") is True
    for missing in ([2], [0, 1_000], [-1], [0, 0, 0, 0]):
        with pytest.raises(LookupError, match="no entry"):
            part_at(value, missing)
