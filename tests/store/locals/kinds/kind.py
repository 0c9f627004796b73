"""One kind of value: how statements make it, and what is promised of it in another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Promise = Literal["exact", "recipe", "lost"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table."""

    name: str
    make: str
    """Statements. ``@@`` stands for a folder that is there in both processes."""
    check: str
    """An expression that is true, or statements that raise nothing, in the other process."""
    promise: Promise = "exact"
    note: str = ""
    """How it is made again; or, part of the reason it is lost."""
    needs: tuple[str, ...] = ()
    """Modules without which the row is skipped."""


def exact(name: str, make: str, check: str, note: str = "", needs: str = "") -> Kind:
    """The same value again."""
    return Kind(name, make, check, "exact", note, tuple(needs.split()))


def recipe(name: str, make: str, check: str, note: str, needs: str = "") -> Kind:
    """Another value that does the same, made by a recipe."""
    return Kind(name, make, check, "recipe", note, tuple(needs.split()))


def lost(name: str, make: str, reason: str, alive: str = "x is not None", needs: str = "") -> Kind:
    """Named as lost: the variable ``x``. `alive` holds in the process that made it, after it was stored."""
    return Kind(name, make, alive, "lost", reason, tuple(needs.split()))
