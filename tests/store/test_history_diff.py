"""The difference between the variables of two turns, told in bounded words."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pytest

from statek_jupyter.store import Store
from statek_jupyter.store.history.value_diff import compare_values
from tests.store.test_history import code, finished


def test_names_are_new_deleted_changed_or_the_same(store: Store) -> None:
    """A variable set anew to an equal value is the same; so is one that only lost the company it was stored with."""
    replies = [
        code("gone = 1", "kept = [1]", "again = 'a'", "n = 1", "first = [0]", "second = [first]"),
        code("del gone", "again = 'b'", "again = 'a'", "n = 2", "fresh = 0", "second.append(1)", "second = [7]"),
    ]
    job = finished(store, [*replies, "Done."])
    diff = job.diff(1, 2)
    assert (diff.new, diff.deleted, diff.changed) == (("fresh",), ("gone",), ("n", "second"))
    assert diff.same == ("again", "first", "kept")
    assert (diff.values[0].name, diff.values[0].old, diff.values[0].new) == ("n", "1", "2")
    assert job.diff(2, 2).changed == () and job.diff(2, 1).deleted == ("fresh",)
    assert "gone" in repr(diff) and "n (int): 1 → 2" in repr(diff) and "1 → 2" in diff._repr_html_()
    assert json.loads(json.dumps(diff.as_dict()))["values"][0] == diff.values[0].as_dict()


CASES: list[tuple[Any, Any, str, str]] = [
    (1, 1.5, "type", "x (int → float): 1 → 1.5"),
    ("a", "b", "text", "x (str): 'a' → 'b'"),
    ({"a": 1, "b": 2}, {"b": 3, "c": 4}, "dict", "x (dict): new: 'c'; gone: 'a'; changed: 'b'"),
    ([1, 2], [1, 2, 3], "length", "x (list): 2 items → 3 items"),
    ([1, 2, 3], [1, 5, 3], "length", "x (list): other items at 1"),
    ({1, 2}, {2, 3}, "length", "x (set): 1 new; 1 gone"),
    (numpy.zeros((2, 3)), numpy.zeros((3, 3), "i4"), "array", "shape 2×3 → 3×3; type float64 → int32"),
    (10**5000, 1, "scalar", "x (int): an integer of 16610 bits → 1"),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"), CASES, ids=[case[2] + str(at) for at, case in enumerate(CASES)]
)
def test_values_are_compared_by_what_they_are(old: Any, new: Any, kind: str, text: str) -> None:
    """Scalars and texts by value, containers by keys and lengths, arrays by shape and type."""
    found = compare_values("x", old, new)
    assert found is not None and found.kind == kind and str(found).endswith(text)


def test_frames_are_compared_by_columns(store: Store) -> None:
    """New and lost columns, other types, another shape."""
    pandas = pytest.importorskip("pandas")
    old = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    new = old.assign(a=[1.0, 2.0], c=0).drop(columns="b")
    found = compare_values("df", old, new)
    assert found is not None and found.kind == "frame"
    assert found.details == ("new columns: 'c'", "columns gone: 'b'", "other types: 'a' int64 → float64")


def test_a_difference_is_bounded_and_never_markup() -> None:
    """However large the values are, and whatever is in them."""
    found = compare_values("x", "a" * 10**6, "<b>" * 10**5)
    assert found is not None and len(str(found)) < 700
    many = compare_values("x", {n: n for n in range(10**4)}, {n: n + 1 for n in range(5_000, 10**5)})
    assert many is not None and len(str(many)) < 2_000


def test_hostile_text_stays_text(store: Store) -> None:
    """The table escapes what variables hold."""
    job = finished(store, [code("x = '<script>1</script>'"), code("x = '<img src=x>'"), "Done."])
    assert "<script" not in (html := job.diff(1, 2)._repr_html_()) and "&lt;img" in html
