"""Tools: policy, schema, stubs, and callables that survive a restart."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest

from statek_jupyter.errors import BadOptionError, LostValueError, NotDurableError
from statek_jupyter.executors.stored_callable import StoredCallable, StoredValue, import_path
from statek_jupyter.executors.tool import Tool, as_tool, tool
from statek_jupyter.executors.tool_schema import signature_text, type_schema
from tests.executors.kept import Database, Keep

if TYPE_CHECKING:
    from nowhere import Unknown  # type: ignore[import-not-found]


OPAQUE = object()


class Color(Enum):
    RED = "r"
    BLUE = "b"


class Silent:
    """Does not tell its signature, as some builtins."""

    __signature__ = "none"

    def __call__(self) -> None:
        pass


@tool(retry="idempotent")
def book(seat: int, name: str = "x", *, when: date | None = None, idempotency_key: str = "") -> str:
    """Book a seat.

    Longer text.
    """
    return f"{seat} {name} {when!r} {idempotency_key}"


@tool
async def fetch(url: str) -> bytes:
    return url.encode()


def paint(color: Color, times: list[time], unknown: Unknown = None) -> tuple[Any, ...]:
    return color, times, unknown


class Counter:
    """Counts."""

    def __call__(self, step: int = 1) -> int:
        return step


def test_a_marked_function_stays_a_function() -> None:
    """It can be called and imported as before."""
    assert book(1, "y") == "1 y None "
    assert import_path(book) == f"{__name__}:book"


def test_the_record_says_what_the_mark_said() -> None:
    """Policy, name, whether it is async and takes the call's key."""
    record = as_tool(book)
    assert (record.name, record.retry, record.is_async, record.takes_idempotency_key) == (
        "book",
        "idempotent",
        False,
        True,
    )
    assert (as_tool(fetch).retry, as_tool(fetch).is_async) == ("ask", True)
    assert as_tool(record) is record


def test_the_schema_says_what_a_call_takes() -> None:
    """Required and optional arguments with their types; the engine's own argument is not told."""
    assert as_tool(book).parameters == {
        "type": "object",
        "properties": {
            "seat": {"type": "integer"},
            "name": {"type": "string"},
            "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        },
        "required": ["seat"],
    }


def test_one_unknown_annotation_costs_no_other_its_type() -> None:
    """A name only type checkers know is left open."""
    properties = as_tool(paint).parameters["properties"]
    assert properties == {
        "color": {"enum": ["RED", "BLUE"]},
        "times": {"type": "array", "items": {"type": "string", "format": "time"}},
        "unknown": {},
    }


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (tuple[int, str], {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (set[float], {"type": "array", "items": {"type": "number"}}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Annotated[bool, "note"], {"type": "boolean"}),
        (list, {"type": "array"}),
        (Callable[[int], int], {}),
        (Any, {}),
        ("text", {}),
        ([], {}),
    ],
)
def test_annotations_have_a_schema(annotation: object, schema: dict[str, object]) -> None:
    """What cannot be said in JSON schema is left open."""
    assert type_schema(annotation) == schema


def test_stubs_read_as_python() -> None:
    """The signature without the engine's argument, and the docstring's first line."""
    assert as_tool(book).stub() == (
        'def book(seat: int, name: str = \'x\', *, when: date | None = None) -> str:\n    """Book a seat."""'
    )
    assert as_tool(book).detailed_stub().endswith('"""Book a seat.\n\n    Longer text.\n    """')
    assert as_tool(fetch).stub() == "async def fetch(url: str) -> bytes: ..."
    assert signature_text(lambda a=OPAQUE, *b, c=Color.RED, **d: None) == "(a=..., *b, c='RED', **d)"


def test_any_callable_is_a_tool() -> None:
    """Objects, partials, builtins, classes and lambdas with a name."""
    assert (as_tool(Counter()).name, as_tool(Counter()).signature) == ("Counter", "(step: int = 1) -> int")
    assert as_tool(functools.partial(book, 1)).name == "book"
    assert as_tool(len).signature == "(obj, /)"
    assert as_tool(Silent()).signature == "(...)"
    assert as_tool(Silent()).parameters == {"type": "object", "properties": {}}
    assert as_tool(tool(name="double")(lambda x: 2 * x))(4) == 8


@pytest.mark.parametrize("thing", [lambda x: x, 3, "book"])
def test_what_cannot_be_called_by_name_is_refused(thing: Any) -> None:
    """A lambda without a name, or no callable at all."""
    with pytest.raises(BadOptionError, match="tools"):
        as_tool(thing)


def test_policy_and_handler_are_checked_where_they_are_written() -> None:
    """A typing mistake is told at decoration."""
    with pytest.raises(BadOptionError, match="'never' is none of safe, idempotent, ask"):
        tool(retry="never")  # type: ignore[call-overload]
    with pytest.raises(BadOptionError, match="error_handler"):
        tool(error_handler=lambda: None)


def test_texts_become_what_the_signature_asks_for() -> None:
    """Models give enum members and dates as texts."""
    record = as_tool(paint)
    assert record("RED", ["x"]) == (Color.RED, ["x"], None)
    assert record(color="b", times=[]) == (Color.BLUE, [], None)
    assert as_tool(book)(1, when="2025-01-31") == f"1 x {date(2025, 1, 31)!r} "
    with pytest.raises(BadOptionError, match="color: 'GREEN' is none of RED, BLUE"):
        record("GREEN", [])
    with pytest.raises(BadOptionError, match="when: 'soon' is not a date such as"):
        as_tool(book)(1, when="soon")


def test_other_texts_and_wrong_calls_are_left_alone() -> None:
    """Conversion never hides Python's own error, nor changes a text meant as one."""

    def pay(amount: Decimal, at: datetime | None, note: str | date) -> tuple[Any, ...]:
        return amount, at, note

    record = as_tool(pay)
    assert record("1.50", None, "2025-01-31") == (Decimal("1.50"), None, "2025-01-31")
    assert record("1", "2025-01-31T12:00", "x")[1] == datetime(2025, 1, 31, 12)
    with pytest.raises(TypeError, match="missing 2 required"):
        record("1")


# --- surviving a restart --------------------------------------------------------------------------


def test_importable_functions_are_kept_by_name() -> None:
    """So a corrected function is used by old jobs too."""
    assert StoredCallable(book).encoded() == ("import", f"{__name__}:book")
    assert StoredCallable(len).encoded() == ("import", "builtins:len")
    assert StoredCallable(Color).encoded() == ("import", f"{__name__}:Color")


def test_other_functions_are_kept_by_value(database: Database) -> None:
    """Closures, lambdas, methods and whatever a cell defines."""
    factor = 3
    for function in (lambda x: factor * x, functools.partial(Counter().__call__), as_tool(Counter()).function):
        again = database.reread({"f": StoredCallable(function, "f")})["f"]
        assert again.encoded()[0] == "pickle" and again(7) in (21, 7)


def test_a_tool_is_the_same_after_a_restart(keep: Keep[Any]) -> None:
    """Record and function, one by name and one by value."""
    by_name, by_value = as_tool(book), as_tool(tool(name="twice")(lambda x: 2 * x))
    kept = keep({"tools": (by_name, by_value)})["tools"]
    assert kept == (by_name, by_value) and isinstance(kept[0], Tool)
    assert (kept[0](5), kept[1](5)) == ("5 x None ", 10)


def test_a_function_that_cannot_be_kept_is_named(database: Database) -> None:
    """The error says which tool and why; nothing of the agent is stored."""
    lock = threading.Lock()

    @tool
    def guarded() -> None:
        lock.acquire()

    with pytest.raises(NotDurableError, match=r"'guarded' \(function\) cannot be stored: TypeError: .*lock"):
        database.reread({"tool": as_tool(guarded)})


def test_a_record_opens_where_its_function_is_missing(database: Database) -> None:
    """Only calling says that it is gone, and what it was."""
    held = StoredCallable(book)
    held._encoded = ("import", "no_such_module:book")
    again = database.reread({"f": held})["f"]
    assert again.name == "book"
    with pytest.raises(LostValueError, match=r"book .*No module named 'no_such_module'"):
        again(1)


def test_held_values_are_equal_by_what_they_hold() -> None:
    """By object, else by stored form; never across kinds."""
    assert StoredCallable(book) == StoredCallable(book) and StoredCallable(book) != StoredCallable(fetch)
    assert hash(StoredCallable(book)) == hash(StoredCallable(book))
    assert StoredValue([1], "v") == StoredValue([1], "v") != StoredValue([2], "v")
    assert StoredValue(threading.Lock(), "v") != StoredValue(threading.Lock(), "v")
    assert StoredValue(book, "book") != StoredCallable(book)
