"""The calls a job's running statement has made: what was begun, what came of it, and what a person said about it.

An entry is written before its call acts, and again with what came of it. When the statement is committed its entries
go, and a short note of each stays with the item of the chat log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from BTrees.OOBTree import OOBTree
from persistent import Persistent
from persistent.mapping import PersistentMapping

from statek_jupyter.executors.record import keep_secrets_out, stored
from statek_jupyter.redaction import data_without_secrets

CallState = Literal["begun", "waiting", "returned", "raised", "cancelled", "unknown"]
"""``begun``: it may have acted. ``waiting``: it cannot have acted, it only waits. ``unknown``: it was begun, nobody
knows what came of it, and a person is asked."""


@stored
@dataclass(frozen=True, slots=True)
class CallEntry:
    """One call of a statement that is not committed yet."""

    id: str
    """``item.part.statement.number``; the number counts the statement's calls, see `engine.lanes`."""
    name: str
    """The tool, or the system call."""
    policy: str
    """A `RetryPolicy`; ``safe`` for what only waits."""
    fingerprint: bytes
    """Of its arguments."""
    arguments: str
    """Them as text, cut, for people."""
    state: CallState
    begun_at: datetime
    ended_at: datetime | None = None
    outcome: Any = None
    """The group of its value or its exception; None while there is none, or when it could not be kept."""
    note: str = ""
    """Why the outcome could not be kept, or what the person wrote."""
    data: Mapping[str, Any] | None = None
    """What a waiting call needs again: when it is due, what it asked."""
    outputs: tuple[Any, ...] = ()
    """What it printed."""

    def __post_init__(self) -> None:
        keep_secrets_out(self, "name", "arguments", "note")
        if self.data:
            object.__setattr__(self, "data", data_without_secrets(self.data))


@stored
@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a person, or whoever acts for one, said to a call that waits or whose outcome is unknown."""

    retry: bool
    """Make the call again; otherwise `value` is its outcome."""
    value: Any = None
    """The group of the value."""
    answered_at: datetime | None = None
    failed: bool = False
    """The call failed, and `value` is the text that says why."""


@stored
@dataclass(frozen=True, slots=True)
class CallNote:
    """What stays of a call in the chat log."""

    id: str
    name: str
    arguments: str
    state: CallState
    begun_at: datetime
    outcome: str = ""
    """Its value or its exception as text, cut."""
    seconds: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        keep_secrets_out(self, "name", "arguments", "outcome", "note")


class CallPage(Persistent):
    """Older notes of one item, written once."""

    def __init__(self, notes: tuple[CallNote, ...]) -> None:
        self.notes = notes


class CallJournal(Persistent):
    """The entries of one job's running statement. Its worker writes `calls`, everybody else `answers`."""

    def __init__(self) -> None:
        self.calls: Any = OOBTree()
        """Id to `CallEntry`."""
        self.answers: Any = PersistentMapping()
        """Id to `CallAnswer`. Writers conflict and look again, so exactly one answer to a call is kept."""

    def forget(self, ids: tuple[str, ...]) -> None:
        """Drop entries of a statement that is committed."""
        for id in ids:
            self.calls.pop(id, None)
            if id in self.answers:
                del self.answers[id]

    def open_calls(self) -> list[CallEntry]:
        """Those that wait or are unknown, oldest first."""
        found = [entry for entry in self.calls.values() if entry.state in ("waiting", "unknown")]
        return sorted(found, key=lambda entry: entry.begun_at)
