"""Small immutable values that are pickled inside records, and how they take a field more in a later version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from operator import attrgetter
from typing import Any, TypeVar

from statek_jupyter.redaction import without_secrets

T = TypeVar("T")

STORED_VALUES: dict[str, type] = {}
"""``module:qualname`` to class of every value class, for the test that freezes the stored names."""


def stored(cls: type[T]) -> type[T]:
    """Class decorator over ``@dataclass(frozen=True, slots=True)``: the state is the list of field values in order.

    A record written before a field was added reads that field's default. So new fields go at the end, with a default,
    and no field is ever removed or moved.
    """
    STORED_VALUES[f"{cls.__module__}:{cls.__qualname__}"] = cls
    setattr(cls, "__getstate__", _state_of(*(field.name for field in fields(cls))))  # type: ignore[arg-type]  # noqa: B010
    setattr(cls, "__setstate__", _restorer(fields(cls)))  # type: ignore[arg-type]  # noqa: B010
    return cls


def keep_secrets_out(value: Any, *names: str) -> None:
    """For the ``__post_init__`` of a value class: take secrets of the environment out of these fields, where texts."""
    for name in names:
        text = getattr(value, name)
        if text and type(text) is str:
            clean = without_secrets(text)
            if clean != text:
                object.__setattr__(value, name, clean)


def _state_of(*names: str) -> Callable[[Any], list[Any]]:
    if not names:
        return lambda self: []
    values = attrgetter(*names)
    return (lambda self: list(values(self))) if len(names) > 1 else (lambda self: [values(self)])


def _restorer(known: tuple[Field[Any], ...]) -> Callable[[Any, list[Any]], None]:
    names = tuple(field.name for field in known)

    def restore(self: Any, state: list[Any]) -> None:
        # Records hold thousands of these: the fields are looked up once, not for each.
        for name, value in zip(names, state, strict=False):
            _set(self, name, value)
        for field in known[len(state) :]:
            _set(self, field.name, _default(field))

    return restore


_set = object.__setattr__


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None if field.default is MISSING else field.default
