"""What the values of one job may refer to without carrying it along."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

from statek_jupyter.store.locals.classes import ClassTable
from statek_jupyter.store.locals.stand_ins import StandIns
from statek_jupyter.store.locals.stored_objects import Origin
from statek_jupyter.store.locals.tombstones import LostValue


@dataclass(slots=True)
class Home:
    """The surroundings of a job's values in this process."""

    module_name: str
    namespace: dict[str, Any]
    builtins: dict[str, Any]
    classes: ClassTable = field(default_factory=ClassTable)
    system: dict[int, str] = field(default_factory=dict)
    """Id of an object the engine put among the builtins, to its name."""
    sources: dict[types.CodeType, str | None] = field(default_factory=dict)
    """Code object to the statement it was compiled in."""
    origins: dict[int, Origin] = field(default_factory=dict)
    """Id of a copy of a stored object, to where it came from."""
    place: str = ""
    """Of the store the job is in; empty while that is not known."""
    stand_ins: StandIns = field(default_factory=StandIns)
    checking: set[type] = field(default_factory=set)
    """Types a value of which is being read back right now."""


@dataclass(slots=True)
class Loss:
    """A value met while encoding that cannot be stored."""

    value: Any
    type_name: str
    reason: str
    known: LostValue | None = None
    """Set when it was lost before and a tombstone stands for it already."""


@dataclass(slots=True)
class GivenUp:
    """Encoded in place of a value that broke the pickler: the whole of it becomes a tombstone."""

    value: Any
    reason: str
