"""The one line about a variable: what the value is, bounded in length and time, and nothing of the value is run."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import pickle
import time
import types
from typing import Any, NamedTuple

import numpy
import pytest

from statek_jupyter.store.locals.records import _row, _summary
from statek_jupyter.store.locals.summary import TEXT_CHARACTERS, VarSummary, describe, summarize
from tests.hostile_values import NEVER_RUN, Hostile, HostileDict, HostileList


class Colour(enum.Enum):
    """An enum."""

    RED = 1


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: Any


@dataclasses.dataclass
class Order:
    """A data class."""

    name: str
    items: list[int]


for _kind in (Colour, Point, Order):
    _kind.__module__ = "statek.job_preview"

CASES: list[tuple[Any, str]] = [
    (1, "1"),
    (10**5000, "an integer of 16,610 bits"),
    ("two\nlines", "'two\\nlines'"),
    (b"\0", "b'\\x00'"),
    (bytearray(b"a"), "bytearray(b'a')"),
    ((1,), "(1,)"),
    ([1, [2, [3, [4]]]], "[1, [2, [3, […]]]]"),
    ({"b": 1, "a": {2}}, "{'b': 1, 'a': {2}}"),
    (set(), "set()"),
    (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
    (collections.deque(range(100)), "deque([0, 1, 2, 3, 4, 5, …])"),
    (decimal.Decimal("1.50"), "Decimal('1.50')"),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (datetime.date(2026, 1, 2), "datetime.date(2026, 1, 2)"),
    (slice(1, None), "slice(1, None, None)"),
    (Colour.RED, "Colour.RED"),
    (Point(1, "a"), "Point(x=1, y='a')"),
    (Order("n", [1]), "Order(name='n', items=[1])"),
    (types.SimpleNamespace(a=1), "<SimpleNamespace a=1>"),
    (ValueError("no", 2), "ValueError('no', 2)"),
    (Colour, "class Colour"),
    (len, "len()"),
    (lambda a, *, b=1: a, "<lambda>(a, b)"),
    (types, "module types"),
    (numpy.float32(0.5), "0.5"),
    (numpy.datetime64("2026-01-02"), "2026-01-02"),
    (numpy.arange(3), "ndarray 3 int64 [0, 1, 2]"),
    (numpy.zeros((2, 3, 4), "f4"), "ndarray 2×3×4 float32"),
    (iter([]), "<list_iterator>"),
    (object(), "<object>"),
    (Hostile(), "<Hostile n=1>"),
    ([Hostile()], "[<Hostile n=1>]"),
    ({1: Hostile()}.values(), "<dict_values>"),
    (collections.OrderedDict(a=Hostile()), "OrderedDict({'a': <Hostile n=1>})"),
    (HostileList([1, 2]), "HostileList of 2"),
    (HostileDict({1: 2}), "HostileDict of 1"),
    (slice(Hostile()), "slice(None, <Hostile n=1>, None)"),
    (ValueError(Hostile()), "ValueError(<Hostile n=1>)"),
    (Hostile, "class Hostile"),
]


@pytest.mark.parametrize(("value", "text"), CASES, ids=[str(at) for at in range(len(CASES))])
def test_a_value_is_told_by_what_it_is(value: Any, text: str) -> None:
    """In the order it has; of the value itself nothing is run."""
    assert describe(value) == text
    assert not NEVER_RUN


def test_a_frame_is_told_by_its_columns() -> None:
    """Names that are no texts included; the rest by type and extent."""
    pandas = pytest.importorskip("pandas")
    assert describe(pandas.DataFrame({"a": [1], ("b", 2): [2]})) == "DataFrame 1×2: a, ('b', 2)"
    assert describe(pandas.Series([1, 2])) == "Series 2 int64"
    assert describe(pandas.Timestamp("2026-01-02")) == "Timestamp('2026-01-02 00:00:00')"


LARGE: list[Any] = [
    b"x" * 100_000_000,
    bytearray(100_000_000),
    "x" * 100_000_000,
    10**1_000_000,
    list(range(3_000_000)),
    dict.fromkeys(range(3_000_000)),
    set(range(3_000_000)),
    collections.Counter(range(1_000_000)),
    dict.fromkeys(range(1_000_000)).keys(),
    decimal.Decimal((0, (1,) * 300_000, 0)),
    [["x" * 1_000_000] * 100] * 100,
]


@pytest.mark.parametrize("value", LARGE, ids=[type(value).__name__ + str(at) for at, value in enumerate(LARGE)])
def test_the_time_does_not_grow_with_the_value(value: Any) -> None:
    """No text of the whole is made and nothing is sorted: what a full text would take is many times more."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        text = describe(value)
        taken.append(time.perf_counter() - started)
    assert len(text) <= TEXT_CHARACTERS and min(taken) < 0.01


@pytest.mark.parametrize("value", [1, [1], numpy.zeros((2, 2)), Hostile()], ids=["scalar", "list", "array", "instance"])
@pytest.mark.parametrize("note", ["", "a part is lost"])
def test_a_summary_survives_both_forms_it_is_stored_in(value: Any, note: str) -> None:
    """As an object in a record of its own, and as a row among others."""
    made = summarize("x", value, 9, note)
    assert pickle.loads(pickle.dumps(made)) == made == _summary("x", _row(made), 9)
    assert made.durable is not bool(note)


def test_a_summary_stored_without_the_newest_fields_is_read() -> None:
    """Records of an earlier form have six fields."""
    old = VarSummary.__new__(VarSummary)
    old.__setstate__(["x", "int", "1", 9, True, ""])
    assert old == VarSummary("x", "int", "1", 9)
