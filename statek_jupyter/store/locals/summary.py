"""Short descriptions of variables, made when they are captured and kept with them, so that showing costs no loading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from statek_jupyter.store.locals.parts import count_parts, shape_of
from statek_jupyter.store.locals.preview import one_line, type_name

TEXT_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class VarSummary:
    """One variable in a list of them."""

    name: str
    type_name: str
    text: str
    """At most 80 characters; never made by code of the job."""
    size_bytes: int | None = None
    """Stored size of the variable's group; None when nothing is stored."""
    durable: bool = True
    """False when the value, or a part of it, cannot be stored."""
    note: str = ""
    """Why it is not durable."""
    parts: int = 0
    """Items of a container, attributes of an instance."""
    shape: tuple[int, ...] = ()
    """Extents of an array or a frame; empty for other values."""

    def __getstate__(self) -> tuple[Any, ...]:
        whole = (self.name, self.type_name, self.text, self.size_bytes, self.durable, self.note)
        extent = (self.parts, self.shape)
        return (*whole, *extent) if any(extent) else whole

    def __setstate__(self, state: Sequence[Any]) -> None:
        """A state of fewer fields is one that does not need, or does not know, the last ones."""
        for name, value in zip(self.__slots__, (*state, *(0, ())[len(state) - 6 :]), strict=True):
            object.__setattr__(self, name, value)


def type_text(value: Any) -> str:
    """The name of a value's type, with its module unless that is builtin or the job's own."""
    kind = type(value)
    module = str(kind.__module__)
    if module in ("builtins", "__main__", "None") or module.startswith("statek"):
        return type_name(kind)
    return f"{module}.{type_name(kind)}"


def describe(value: Any) -> str:
    """At most 80 characters about a value, by its type; runs no ``__repr__`` the job or a library defines."""
    return one_line(value, TEXT_CHARACTERS)


def summarize(name: str, value: Any, size_bytes: int | None = None, note: str = "") -> VarSummary:
    """The short description of a variable.

    Args:
        name: The variable.
        value: Its live value.
        size_bytes: Stored bytes of its group.
        note: What of it is lost; empty when it is durable.
    """
    return VarSummary(
        name, type_text(value), describe(value), size_bytes, not note, note, count_parts(value), shape_of(value)
    )
