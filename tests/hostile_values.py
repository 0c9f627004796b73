"""Values whose classes must not be run to show them: what is run is noted."""

from __future__ import annotations

from typing import Any, NoReturn

NEVER_RUN: list[str] = []
"""Names of what ran although nothing should."""


def _refuse(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        NEVER_RUN.append(name)
        raise RuntimeError(name)

    return method


_METHODS = "repr str len iter bool getattr eq hash format sizeof dir contains getitem reversed".split()


class Hostile:
    """An instance that must not be asked anything."""

    def __init__(self) -> None:
        object.__setattr__(self, "__dict__", {"n": 1})

    shape = property(_refuse("shape"))
    dtype = property(_refuse("dtype"))
    columns = property(_refuse("columns"))


class HostileList(list[Any]):
    """A list that must be read by the methods of `list` alone."""

    shape = property(_refuse("shape"))


class HostileDict(dict[Any, Any]):
    """The same for a dict."""

    items = values = keys = property(_refuse("items"))  # type: ignore[assignment]


for _name in _METHODS:
    for _kind in (Hostile, HostileList, HostileDict):
        if not (_name == "hash" and _kind is Hostile):
            setattr(_kind, f"__{_name}__", _refuse(_name))
Hostile.__module__ = HostileList.__module__ = HostileDict.__module__ = "statek.job_hostile"
