"""Values echo in the form people know from notebooks, within limits, and never fail."""

from __future__ import annotations

from typing import Any

import pytest

from statek_jupyter.engine.echo import ITEM_LIMIT, TEXT_LIMIT, plain_text, rich_forms


class Table:
    """Has a table form, as a DataFrame does."""

    def __repr__(self) -> str:
        return "a table"

    def _repr_html_(self) -> str:
        return "<table></table>"

    def _repr_png_(self) -> bytes:
        raise RuntimeError("no picture")


class Unprintable:
    """Its repr fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_rich_forms_come_with_the_plain_one_and_failing_ones_are_left_out() -> None:
    """IPython's display protocol, without IPython."""
    assert rich_forms(Table()) == {"text/plain": "a table", "text/html": "<table></table>"}


def test_a_class_is_shown_as_itself() -> None:
    """`Table` is not a table: its methods lack an instance."""
    assert list(rich_forms(Table)) == ["text/plain"]


def test_a_failing_repr_is_told() -> None:
    """The value's type and the reason stand in its place."""
    assert plain_text(Unprintable()) == "<Unprintable whose repr failed: RuntimeError: no>"


@pytest.mark.parametrize("make", [list, tuple, set, frozenset, lambda n: dict.fromkeys(n)])
def test_a_large_container_is_shown_in_part(make: Any) -> None:
    """The number of members left out is said."""
    text = plain_text(make(range(ITEM_LIMIT + 5)))
    assert "… 5 more" in text and len(text) <= TEXT_LIMIT


def test_a_long_text_keeps_both_ends() -> None:
    """A million characters do not reach the store."""
    text = plain_text("a" * 1_000_000 + "z")
    assert len(text) < TEXT_LIMIT + 100 and text.endswith("z'")
