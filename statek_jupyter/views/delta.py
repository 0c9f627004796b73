"""What changed between two views of one job: small to send, exact to apply.

`labextension/src/delta.ts` applies it in the browser, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from statek_jupyter.views.schema import JobView

Row = Mapping[str, Any]

KEYS = {"items": "id", "locals": "name", "subtasks": "id"}
"""The lists of a view and the field that names a row; no two rows of a list share a name."""


class ListDelta(TypedDict):
    """Changes of one list, in the order they apply: drop, put (in place, else at the end), then order."""

    drop: NotRequired[list[Any]]
    put: NotRequired[list[Any]]
    """Whole rows, changed or new."""
    order: NotRequired[list[Any]]
    """Names of all rows in their new order; present only when putting does not already give it."""


class Delta(TypedDict):
    """Changes of a view."""

    set: NotRequired[dict[str, Any]]
    """Fields that are no lists, whole."""
    items: NotRequired[ListDelta]
    locals: NotRequired[ListDelta]
    subtasks: NotRequired[ListDelta]


def delta(old: JobView, new: JobView) -> Delta:
    """What makes `new` of `old`; empty when they are equal. Rows that are the same object are not compared."""
    before, after = cast(Row, old), cast(Row, new)
    fields = {name: value for name, value in after.items() if name not in KEYS and before.get(name) != value}
    changes: dict[str, Any] = {"set": fields} if fields else {}
    for name, key in KEYS.items():
        change = rows_delta(before[name], after[name], key)
        if change:
            changes[name] = change
    return cast(Delta, changes)


def apply(old: JobView, change: Delta) -> JobView:
    """The view after a change; `old` is left as it was."""
    view: dict[str, Any] = {**old, **change.get("set", {})}
    for name, key in KEYS.items():
        if name in change:
            view[name] = _applied(view[name], cast(Any, change)[name], key)
    return cast(JobView, view)


def rows_delta(old: Sequence[Row], new: Sequence[Row], key: str) -> ListDelta:
    """What makes the list `new` of `old`; `key` is the field that names a row. Empty when they are equal."""
    before = {row[key]: row for row in old}
    names = [row[key] for row in new]
    change: ListDelta = {}
    kept = set(names)
    drop = [name for name in before if name not in kept]
    put = [row for row in new if (was := before.get(row[key])) is not row and was != row]
    if drop:
        change["drop"] = drop
    if put:
        change["put"] = put
    if [row[key] for row in _applied(old, change, key)] != names:
        change["order"] = names
    return change


def _applied(rows: Sequence[Row], change: ListDelta, key: str) -> list[Row]:
    by_name = {row[key]: row for row in rows}
    for name in change.get("drop", ()):
        del by_name[name]
    for row in change.get("put", ()):
        by_name[row[key]] = row
    order = change.get("order")
    return list(by_name.values()) if order is None else [by_name[name] for name in order]
