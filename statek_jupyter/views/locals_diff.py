"""What is different between the variables of two turns, of one job or of two, as rows of a list."""

from __future__ import annotations

from statek_jupyter.store import JobHandle
from statek_jupyter.store.history.diff import diff_locals
from statek_jupyter.views.answers import VariableDiff
from statek_jupyter.views.plain_text import bounded, line
from statek_jupyter.views.variables import locals_at


def read_locals_diff(one: JobHandle, a: int, other: JobHandle, b: int) -> list[VariableDiff]:
    """What is different after turn `b` of `other`, compared with after turn `a` of `one`; by name. Loads values.

    Raises:
        UnknownTurnError: One of the jobs has no such turn.
    """
    found = diff_locals(one.at(a), other.at(b))
    before, after = _texts(one, a), _texts(other, b)
    rows: list[VariableDiff] = []
    for name in found.new:
        rows.append({"name": line(name), "change": "new", "before": "", "after": after.get(name, "")})
    for name in found.deleted:
        rows.append({"name": line(name), "change": "deleted", "before": before.get(name, ""), "after": ""})
    for value in found.values:
        row: VariableDiff = {
            "name": line(value.name),
            "change": "changed",
            "before": bounded(value.old, 2_000),
            "after": bounded(value.new, 2_000),
        }
        if value.details:
            row["details"] = [line(detail) for detail in value.details]
        rows.append(row)
    return sorted(rows, key=lambda row: row["name"])


def _texts(handle: JobHandle, turn: int) -> dict[str, str]:
    rows = handle.read(lambda job: locals_at(job, turn)["variables"])
    return {row["name"]: row["text"] for row in rows}
