"""Where in a variable a lost value lies, as Python text."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Collection, Iterator
from typing import Any

from statek_jupyter.store.locals.home import Loss
from statek_jupyter.store.locals.tombstones import LostValue

_LOOKED_AT = 20_000
"""Objects visited at most; a loss beyond them is told by its variable alone."""


def name_losses(
    variables: dict[str, Any], losses: list[Loss], statement: str
) -> tuple[tuple[LostValue, ...], dict[str, str]]:
    """(The losses of an encoding, each with its variable and path; variable to what of it is lost, in words).

    Args:
        variables: The encoded variables.
        losses: What was lost, in the order of the stream.
        statement: Text of the statement that ran; its first line is kept.
    """
    if not losses:
        return (), {}
    wanted = {id(loss.value): loss.reason for loss in losses}
    first_line = statement.strip().partition("\n")[0][:120]
    first = next(iter(variables), "")
    places: dict[int, tuple[str, str]] = {}
    notes: dict[str, str] = {}
    for name, value in variables.items():
        found = _paths(name, value, wanted.keys())
        if found:
            notes[name] = "; ".join(f"{path}: {wanted[key]}" for key, path in found.items())[:300]
        for key, path in found.items():
            places.setdefault(key, (name, path))
    named = tuple(
        loss.known or LostValue(*places.get(id(loss.value), (first, first)), loss.type_name, loss.reason, first_line)
        for loss in losses
    )
    return named, notes or dict.fromkeys(variables, losses[0].reason)


def _paths(name: str, value: Any, wanted: Collection[int]) -> dict[int, str]:
    """Id to path of the wanted values in one variable."""
    found: dict[int, str] = {}
    todo = deque([(name, value)])
    seen: set[int] = set()
    while todo and len(found) < len(wanted) and len(seen) < _LOOKED_AT:
        path, part = todo.popleft()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if id(part) in wanted:
            found[id(part)] = path
            continue
        todo.extend((path + step, inner) for step, inner in _parts(part))
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Parts by the builtin types' own methods: nothing here runs code of the job."""
    kind = type(value)
    if issubclass(kind, dict):
        yield from ((f"[{_key(key)}]", item) for key, item in list(dict.items(value)))
    elif issubclass(kind, list | tuple | deque):
        base: Any = next(base for base in (list, tuple, deque) if issubclass(kind, base))
        yield from ((f"[{index}]", item) for index, item in enumerate(list(base.__iter__(value))))
    elif kind is types.FunctionType:
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            try:
                yield f".<closure {name}>", cell.cell_contents
            except ValueError:
                continue
    if not issubclass(kind, type | types.ModuleType):
        yield from ((f".{name}", item) for name, item in list(_attributes(value).items()))


def _attributes(value: Any) -> dict[str, Any]:
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:  # it has none, or its class computes them
        return {}
    return attributes if type(attributes) is dict else {}


def _key(key: Any) -> str:
    return repr(key) if type(key) in (str, int, float, bool, bytes, type(None)) else f"<{type(key).__name__}>"
