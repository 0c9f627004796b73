"""What the journal is made over: a store of entries, and a way to write values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from statek_jupyter.engine.effects import Effect
from statek_jupyter.executors.journal import CallEntry, CallNote
from statek_jupyter.redaction import without_secrets
from statek_jupyter.store.locals.summary import describe


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of an earlier run of the statement, with the stored form of its outcome."""

    entry: CallEntry
    payload: Any = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a person said to a call."""

    retry: bool
    payload: Any = None
    failed: bool = False


class CallStore(Protocol):
    """Where entries are kept. Every write fails when another worker has the job."""

    def write(
        self,
        entries: Sequence[CallEntry],
        effects: Sequence[Effect] = (),
        *,
        wait: bool,
        message_id: str | None = None,
    ) -> None:
        """Keep entries; without `wait` it may return before they are on the disk, but never overtakes a later one."""

    def settle(self) -> None:
        """Wait for what is on its way."""

    def answer(self, call_id: str) -> Given | None:
        """What was said to a call."""

    def watch(self, ring: Callable[[], None]) -> Callable[[], None]:
        """Call `ring`, on any thread, when the job may have got what it waits for; returns how to end that."""


class Codec(Protocol):
    """Makes values storable and back."""

    def encode(self, value: Any) -> Any:
        """An `EncodedGroup`."""

    def load(self, payload: Any) -> Any:
        """The value of a stored one."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What the journal adds to the next commit of the block."""

    forget: tuple[str, ...] = ()
    """Entries of statements that this commit holds."""
    notes: tuple[CallNote, ...] = ()
    keep: tuple[CallEntry, ...] = ()
    """Entries of a statement that goes on waiting."""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    state: Any
    """``returned``, ``raised`` or ``cancelled``."""
    value: Any

    def get(self) -> Any:
        """The value; raises what was raised."""
        if self.state == "returned":
            return self.value
        raise self.value

    @property
    def text(self) -> str:
        """For people."""
        if self.state == "returned":
            return describe(self.value)
        return without_secrets(f"{type(self.value).__name__}: {self.value}")[:200]


class Resolved(Exception):
    """A person gave the outcome of a call."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome
