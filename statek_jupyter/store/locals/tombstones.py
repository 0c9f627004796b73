"""Tombstones: what stands in a restored workspace for a value that could not be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from statek_jupyter.errors import CodeInterrupted, LostValueError
from statek_jupyter.redaction import without_secrets


@dataclass(frozen=True, slots=True)
class LostValue:
    """One value that could not be stored."""

    name: str
    """The variable it is, or is inside of."""
    path: str
    """How to reach it, as Python text: ``data['gen']``; the name itself for a whole variable."""
    type_name: str
    reason: str
    statement: str = ""
    """First line of the statement that was running when it was first found."""


def error_text(error: BaseException, limit: int = 200) -> str:
    """Type and text of an error; errors of the job may fail to give a text."""
    try:
        return without_secrets(f"{type(error).__name__}: {error}")[:limit]
    except CodeInterrupted:
        raise
    except BaseException:  # its __str__ is the job's
        return type(error).__name__


class Tombstone:
    """A value that is gone. It can be held, shown, and compared by identity; any use raises `LostValueError`."""

    __slots__ = ("_lost",)
    _lost: LostValue

    def __new__(cls, *args: Any, **kwargs: Any) -> Tombstone:
        """Takes anything: streams make instances of a class that could not be loaded through it."""
        self = object.__new__(cls)
        lost = getattr(cls, "class_lost", None)
        if lost is None:
            lost = args[0] if args and isinstance(args[0], LostValue) else LostValue("", "", "?", "unknown")
        object.__setattr__(self, "_lost", lost)
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes anything, like ``__new__``."""

    def __repr__(self) -> str:
        lost = lost_of(self)
        return f"<lost {lost.type_name}: {lost.reason}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        _raise(self)

    def __setattr__(self, name: str, value: Any) -> None:
        _raise(self)

    def __setstate__(self, *state: Any) -> None:
        """The state of an instance whose class is gone is dropped."""

    def __reduce__(self) -> Any:
        return Tombstone, (lost_of(self),)


def lost_of(tombstone: Tombstone) -> LostValue:
    """What a tombstone stands for."""
    return object.__getattribute__(tombstone, "_lost")  # type: ignore[no-any-return]


def _raise(tombstone: Tombstone, *args: Any, **kwargs: Any) -> NoReturn:
    lost = lost_of(tombstone)
    raise LostValueError(lost.type_name, lost.reason, lost.path, lost.statement)


class LostType(type):
    """The class of stand-ins for classes and functions that cannot be imported.

    While a stream is read, calling the stand-in makes a tombstone, as the stream goes on with an instance; afterwards
    calling it raises.
    """

    class_lost: LostValue
    reading: bool

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.reading:
            return super().__call__(*args, **kwargs)
        lost = cls.class_lost
        raise LostValueError(lost.type_name, lost.reason, lost.path, lost.statement)

    def __repr__(cls) -> str:
        return f"<lost {cls.class_lost.type_name}: {cls.class_lost.reason}>"


def lost_class(name: str, reason: str) -> LostType:
    """A stand-in for a class or function that cannot be imported or read; set ``reading`` False after the stream."""
    lost = LostValue("", "", name, reason)
    return LostType(name.rpartition(".")[2], (Tombstone,), {"__slots__": (), "class_lost": lost, "reading": True})


_USES = """
call iter next len getitem setitem delitem contains bool int float index enter exit aenter aexit await aiter anext
add radd iadd sub rsub isub mul rmul imul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul
and rand iand or ror ior xor rxor lshift rshift neg pos abs invert lt le gt ge reversed
""".split()

for _use in _USES:
    setattr(Tombstone, f"__{_use}__", _raise)
