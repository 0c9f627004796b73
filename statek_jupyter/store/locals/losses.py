"""Where in a variable a lost value lies, as Python text."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterator
from typing import Any

from statek_jupyter.store.locals.home import Loss
from statek_jupyter.store.locals.tombstones import LostValue

_LOOKED_AT = 20_000
"""Objects visited at most; a loss beyond them is told by its variable alone."""


def name_losses(variables: dict[str, Any], losses: list[Loss], statement: str) -> tuple[LostValue, ...]:
    """The losses of an encoding, each with its variable and path.

    Args:
        variables: The encoded variables.
        losses: What was lost, in the order of the stream.
        statement: Text of the statement that ran; its first line is kept.
    """
    wanted = {id(loss.value) for loss in losses if loss.known is None}
    found = _paths(variables, wanted) if wanted else {}
    first_line = statement.strip().partition("\n")[0][:120]
    fallback = next(iter(variables), "")
    named = []
    for loss in losses:
        if loss.known is not None:
            named.append(loss.known)
            continue
        name, path = found.get(id(loss.value), (fallback, fallback))
        named.append(LostValue(name, path, loss.type_name, loss.reason, first_line))
    return tuple(named)


def _paths(variables: dict[str, Any], wanted: set[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    todo = deque((name, name, value) for name, value in variables.items())
    seen: set[int] = set()
    while todo and len(found) < len(wanted) and len(seen) < _LOOKED_AT:
        name, path, value = todo.popleft()
        if id(value) in wanted:
            found.setdefault(id(value), (name, path))
        if id(value) in seen:
            continue
        seen.add(id(value))
        todo.extend((name, path + step, part) for step, part in _parts(value))
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"[{_key(key)}]", item) for key, item in list(value.items()))
    elif isinstance(value, list | tuple | deque):
        yield from ((f"[{index}]", item) for index, item in enumerate(list(value)))
    elif isinstance(value, types.FunctionType):
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            try:
                yield f".<closure {name}>", cell.cell_contents
            except ValueError:
                continue
    if not isinstance(value, type | types.ModuleType):
        attributes = getattr(type(value), "__dict__", {}).get("__dict__") and vars(value)
        if isinstance(attributes, dict):
            yield from ((f".{name}", item) for name, item in list(attributes.items()))


def _key(key: Any) -> str:
    return repr(key) if type(key) in (str, int, float, bool, bytes, type(None)) else f"<{type(key).__name__}>"
