"""What the view holds, the types of the browser side name, and what those name, a component shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from statek_jupyter.views import schema, value_forms

SOURCES = Path(__file__).parents[2] / "labextension" / "src"
TYPES = (SOURCES / "view.ts", SOURCES / "questions.ts")
VIEWS = {
    name: frozenset(value.__annotations__)
    for module in (schema, value_forms)
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, "__required_keys__")
}
ELSEWHERE = frozenset(("LocalsView",))
"""Forms that the browser side names otherwise: it is an answer of ``questions.ts``."""


def _typescript() -> dict[str, frozenset[str]]:
    """Interface to its fields."""
    found: dict[str, frozenset[str]] = {}
    for path in TYPES:
        source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for name, above, body in re.findall(r"interface (\w+)([^{]*)\{(.*?)\n\}", source, flags=re.DOTALL):
            inherited = found.get(above.removeprefix(" extends ").strip(), frozenset())
            found[name] = inherited | frozenset(re.findall(r"^  (\w+)\??:", body, flags=re.MULTILINE))
    return found


TYPESCRIPT = _typescript()


@pytest.mark.parametrize("name", sorted(VIEWS.keys() & TYPESCRIPT.keys()))
def test_both_sides_name_the_same_fields(name: str) -> None:
    """A field that one side adds or loses is one for the other side too."""
    assert VIEWS[name] == TYPESCRIPT[name]


def test_every_form_has_a_type() -> None:
    """But those that have another name there, or stand inside another type."""
    assert VIEWS.keys() - TYPESCRIPT.keys() - ELSEWHERE <= {"ForkView", "ColumnView", "RowView"}


def test_every_field_is_used() -> None:
    """A field that is sent and shown nowhere is either forgotten or not needed."""
    used = "\n".join(
        re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
        for path in SOURCES.rglob("*.ts*")
        if path not in TYPES and "__tests__" not in path.parts
    )
    words = set(re.findall(r"\w+", used))
    unused = {(name, field) for name, fields in TYPESCRIPT.items() if name in VIEWS for field in fields - words}
    assert unused == set()
