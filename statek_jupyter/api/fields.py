"""The fields of a request, read strictly: anything else is refused with one line that says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statek_jupyter.errors import BadOptionError, UnknownJobError
from statek_jupyter.executors.job_id import job_id, job_number

MAX_NUMBER = 2**53
"""Beyond it JavaScript does not count."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    about: str
    least: int = 0
    most: int = MAX_NUMBER
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    about: str
    most: int = 200
    """Characters."""
    optional: bool = False
    choices: tuple[str, ...] = ()
    """All it may be; empty for any text."""


Field = Number | Text


def read_fields(fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by name; optional ones that were not given are None.

    Raises:
        BadOptionError: One is wrong or missing, or there are others.
    """
    for name in values.keys() - fields.keys():
        known = ", ".join(fields) or "none"
        raise BadOptionError(name, f"there is no such field; there are: {known}")
    return {name: _read(name, field, values.get(name)) for name, field in fields.items()}


def _read(name: str, field: Field, value: Any) -> Any:
    if value is None:
        if field.optional:
            return None
        raise BadOptionError(name, f"it is missing: {field.about}")
    if isinstance(field, Number):
        return number(name, value, least=field.least, most=field.most)
    if field.choices and value not in field.choices:
        raise BadOptionError(name, f"{value!r} is none: use one of {', '.join(field.choices)}")
    return text(name, value, field.most)


def number(name: str, value: Any, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    """A whole number in a range, also as text.

    Raises:
        BadOptionError: It is none, or outside.
    """
    try:
        read = int(value) if isinstance(value, str) and len(value) < 20 else value
    except ValueError:
        read = None
    if type(read) is not int or not least <= read <= most:
        shown = value[:40] if isinstance(value, str) else value
        raise BadOptionError(name, f"{shown!r} is no whole number from {least} to {most}")
    return read


def text(name: str, value: Any, most: int) -> str:
    """A text.

    Raises:
        BadOptionError: It is none, or too long.
    """
    if not isinstance(value, str) or len(value) > most:
        raise BadOptionError(name, f"it must be a text of at most {most:,} characters")
    return value


def checked_id(given: str) -> str:
    """The id in the one form it has in the store, whatever its letters' case.

    Raises:
        UnknownJobError: It can be no job's.
    """
    try:
        return job_id(job_number(given))
    except ValueError:
        raise UnknownJobError(given) from None
