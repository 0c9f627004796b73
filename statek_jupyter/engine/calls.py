"""One call of a tool or system call, on its way through the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from statek_jupyter.engine.fingerprint import fingerprint
from statek_jupyter.executors.chat_log import Output
from statek_jupyter.executors.journal import CallEntry, CallNote, CallState
from statek_jupyter.redaction import without_secrets
from statek_jupyter.store.locals.summary import describe

ARGUMENTS_CHARACTERS = 200


@dataclass(slots=True)
class Call:
    """A call that job code has made."""

    id: str
    name: str
    policy: str
    fingerprint: bytes
    arguments: str
    begun_at: datetime
    outcome_text: str = ""
    note: str = ""
    outputs: list[Output] = field(default_factory=list)
    """What it prints."""

    def entry(self, state: CallState, *, outcome: Any = None, data: Mapping[str, Any] | None = None) -> CallEntry:
        """What the journal holds of it now."""
        open_ = state in ("begun", "waiting", "unknown")
        return CallEntry(
            self.id,
            self.name,
            self.policy,
            self.fingerprint,
            self.arguments,
            state,
            self.begun_at,
            ended_at=None if open_ else datetime.now(UTC),
            outcome=outcome,
            note=self.note,
            data=data,
            outputs=_merged(self.outputs),
        )

    def told(self, entry: CallEntry) -> CallNote:
        """What stays of it in the chat log."""
        seconds = 0.0 if entry.ended_at is None else (entry.ended_at - entry.begun_at).total_seconds()
        outcome = self.outcome_text
        return CallNote(self.id, self.name, self.arguments, entry.state, entry.begun_at, outcome, seconds, entry.note)

    def __str__(self) -> str:
        return f"{self.name}({self.arguments})"


def _merged(pieces: list[Output]) -> tuple[Output, ...]:
    """What a call printed: ``print`` writes the text and its end apart."""
    merged: list[Output] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and last.kind == piece.kind and piece.kind in ("stdout", "stderr"):
            merged[-1] = replace(last, text=last.text + piece.text)
        else:
            merged.append(piece)
    return tuple(replace(one, text=without_secrets(one.text)) for one in merged)


def make_call(place: str, number: str, name: str, policy: str, mark: bytes, arguments: str) -> Call:
    """A call that begins now."""
    return Call(f"{place}.{number}", name, policy, mark, arguments, datetime.now(UTC))


def mark_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[bytes, str]:
    """(fingerprint, text) of a call's arguments; the text runs no code of the job and holds no secret."""
    shown = [describe(one) for one in args] + [f"{name}={describe(one)}" for name, one in kwargs.items()]
    text = without_secrets(", ".join(shown))
    if len(text) > ARGUMENTS_CHARACTERS:
        text = text[: ARGUMENTS_CHARACTERS - 1] + "…"
    return fingerprint(args, kwargs), text


def known_as(entry: CallEntry) -> Call:
    """The call of an entry of an earlier run, to be told of."""
    return Call(entry.id, entry.name, entry.policy, entry.fingerprint, entry.arguments, entry.begun_at, note=entry.note)
