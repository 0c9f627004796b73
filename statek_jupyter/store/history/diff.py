"""What is different between the variables of two turns."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from statek_jupyter.errors import BadOptionError
from statek_jupyter.store.history.past_locals import PastLocals
from statek_jupyter.store.history.value_diff import ValueDiff, compare_values
from statek_jupyter.store.history.view import JobView
from statek_jupyter.store.locals import encode_values
from statek_jupyter.store.locals.saved import SavedPayload


@dataclass(frozen=True, slots=True)
class LocalsDiff:
    """Names by what became of them, each tuple sorted, and what is different in the values."""

    a: int
    """The turn that is compared with."""
    b: int
    new: tuple[str, ...]
    deleted: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    values: tuple[ValueDiff, ...]
    """One for each name of `changed`, in that order."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as JSON has it."""
        return {
            "a": self.a,
            "b": self.b,
            "new": list(self.new),
            "deleted": list(self.deleted),
            "changed": list(self.changed),
            "same": list(self.same),
            "values": [value.as_dict() for value in self.values],
        }

    def _rows(self) -> Iterator[tuple[str, str]]:
        if self.new:
            yield "new", ", ".join(self.new)
        if self.deleted:
            yield "deleted", ", ".join(self.deleted)
        for value in self.values:
            yield "changed", str(value)
        if self.same:
            yield "same", ", ".join(self.same) if len(self.same) <= 10 else f"{len(self.same):,} variables"

    def __repr__(self) -> str:
        lines = [f"  {word:<8} {text}" for word, text in self._rows()]
        return "\n".join([f"variables after turn {self.b}, compared with turn {self.a}:", *(lines or ["  none"])])

    def _repr_html_(self) -> str:
        cell = '<td style="text-align: left; vertical-align: top; white-space: pre-wrap">'
        rows = "".join(
            f'<tr><th scope="row" style="text-align: left; vertical-align: top">{word}</th>'
            f"{cell}{html.escape(text)}</td></tr>"
            for word, text in self._rows()
        )
        caption = f"Variables after turn {self.b}, compared with turn {self.a}"
        return f"<table><caption>{caption}</caption>{rows}</table>"


def diff_locals(a: JobView, b: JobView) -> LocalsDiff:
    """Compare two turns of a job, or of two jobs; only values that may differ are loaded.

    Raises:
        BadOptionError: The turns are of different stores.
    """
    if a.handle.store.where != b.handle.store.where:
        raise BadOptionError("b", "is a turn of a job in another store")
    old, new = a.locals, b.locals
    both = sorted(old.places.keys() & new.places.keys())
    one_job = a.handle == b.handle
    values = {name: _compare(name, old, new) for name in both if not one_job or old.places[name] != new.places[name]}
    return LocalsDiff(
        a=a.turn,
        b=b.turn,
        new=tuple(sorted(new.places.keys() - old.places.keys())),
        deleted=tuple(sorted(old.places.keys() - new.places.keys())),
        changed=tuple(name for name in both if values.get(name) is not None),
        same=tuple(name for name in both if values.get(name) is None),
        values=tuple(value for value in values.values() if value is not None),
    )


def _compare(name: str, old: PastLocals, new: PastLocals) -> ValueDiff | None:
    before, after = old.payload(name), new.payload(name)
    if _same_bytes(before, after):
        return None
    one, two = old[name], new[name]
    shared = any(payload is not None and not payload.single for payload in (before, after))
    if shared and _encodes_alike(name, one, two):
        return None  # what it shared its group with changed, or it shares with other variables now
    return compare_values(name, one, two)


def _same_bytes(before: SavedPayload | None, after: SavedPayload | None) -> bool:
    if before is None or after is None:
        return before is after
    return (before.names, before.uids, before.digest) == (after.names, after.uids, after.digest)


def _encodes_alike(name: str, one: Any, two: Any) -> bool:
    changes = [encode_values({name: value}, job_id="diff", strict=False) for value in (one, two)]
    if any(change.lost or len(change.groups) != 1 for change in changes):
        return False
    return changes[0].groups[0].digest == changes[1].groups[0].digest
