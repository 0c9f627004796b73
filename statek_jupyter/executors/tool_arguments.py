"""Turns the texts a model gives as arguments into what a tool's signature asks for: enum members, dates, decimals."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Union

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.tool_schema import annotations_of

_READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    datetime: (datetime.fromisoformat, "a date and time such as '2025-01-31T12:00'"),
    date: (date.fromisoformat, "a date such as '2025-01-31'"),
    time: (time.fromisoformat, "a time such as '12:00'"),
    Decimal: (Decimal, "a number such as '1.50'"),
}


def converted(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with texts read where the annotation is an enum, a date, a time or a decimal; others as they are.

    Raises:
        BadOptionError: A text names no member of the enum, or is no date.
    """
    wanted = {name: kind for name, hint in annotations_of(function).items() if (kind := _kind(hint)) is not None}
    if not wanted:
        return args, dict(kwargs)
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return args, dict(kwargs)  # the call itself says what is wrong with the arguments
    for name, value in bound.arguments.items():
        if name in wanted and isinstance(value, str) and not isinstance(value, wanted[name]):
            bound.arguments[name] = _read(name, value, wanted[name])
    return bound.args, bound.kwargs


def _kind(hint: Any) -> type | None:
    """The one type of an annotation that a text can be read as; None for others. ``X | None`` is X."""
    if typing.get_origin(hint) is typing.Annotated:
        return _kind(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (Union, types.UnionType):
        others = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return _kind(others[0]) if len(others) == 1 else None
    if isinstance(hint, type) and (issubclass(hint, Enum) or hint in _READERS):
        return hint
    return None


def _read(name: str, text: str, kind: type) -> Any:
    if issubclass(kind, Enum):
        return _member(name, text, kind)
    read, such = _READERS[kind]
    try:
        return read(text)
    except (ValueError, InvalidOperation):
        raise BadOptionError(name, f"{text!r} is not {such}") from None


def _member(name: str, text: str, kind: type[Enum]) -> Enum:
    """By name, else by value."""
    for member in kind:
        if text in (member.name, member.value):
            return member
    raise BadOptionError(name, f"{text!r} is none of {', '.join(kind.__members__)}")
