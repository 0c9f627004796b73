"""What others tell a job: messages, stops, resumes, ends of subtasks. Senders and the job's worker write at once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from persistent import Persistent

from statek_jupyter.executors.record import keep_secrets_out, stored

if TYPE_CHECKING:
    from statek_jupyter.executors.sub_task_handler import SubTaskHandler


def _new_id() -> str:
    """Unique; sorts by the time it was made."""
    return f"{time.time_ns():016x}-{secrets.token_hex(4)}"


def _now() -> datetime:
    return datetime.now(UTC)


@stored
@dataclass(frozen=True, slots=True)
class Message:
    """A message for the job; wakes it, and brings a DONE job back."""

    text: str
    data: Any = None
    """Whatever goes with the text, for the engine: a picklable value."""
    id: str = field(default_factory=_new_id)
    sent_at: datetime = field(default_factory=_now)

    def __post_init__(self) -> None:
        keep_secrets_out(self, "text")


@stored
@dataclass(frozen=True, slots=True)
class StopRequest:
    """End the job as soon as possible."""

    reason: str | None = None
    id: str = field(default_factory=_new_id)
    sent_at: datetime = field(default_factory=_now)
    subtree: bool = True
    """Whether the jobs below it are stopped with it."""

    def __post_init__(self) -> None:
        keep_secrets_out(self, "reason")


@stored
@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """Try again what a SUSPENDED job waits for."""

    id: str = field(default_factory=_new_id)
    sent_at: datetime = field(default_factory=_now)


@stored
@dataclass(frozen=True, slots=True)
class SubTaskEnded:
    """A subtask of the job has its outcome; posted by the transaction that gave it, once."""

    handler: SubTaskHandler
    id: str = field(default_factory=_new_id)
    sent_at: datetime = field(default_factory=_now)


InboxMessage = Message | StopRequest | ResumeRequest | SubTaskEnded


KEPT_KEYS = 64
"""Requests remembered per job: far more than are under way at once."""


class Inbox(Persistent):
    """Messages not yet taken by the job's worker. A record by itself: writing it never conflicts with the job's."""

    _waiting: Mapping[str, InboxMessage]
    _answered: Mapping[str, str] = MappingProxyType({})
    """Key of a request to what it was answered, oldest first; see `keep_answer`."""

    def __init__(self) -> None:
        self._waiting = {}

    def post(self, message: InboxMessage) -> None:
        """Add a message; posting the same one twice changes nothing."""
        if message.id not in self._waiting:
            self._waiting = {**self._waiting, message.id: message}

    def pending(self) -> tuple[InboxMessage, ...]:
        """What waits, oldest first."""
        return tuple(self._waiting[key] for key in sorted(self._waiting))

    def take(self) -> tuple[InboxMessage, ...]:
        """Remove and return what waits, oldest first; for the job's worker."""
        taken = self.pending()
        if taken:
            self._waiting = {}
        return taken

    def drop(self, message_id: str) -> None:
        """Remove one message; nothing happens when it is gone already."""
        if message_id in self._waiting:
            self._waiting = {key: message for key, message in self._waiting.items() if key != message_id}

    def answer_to(self, key: str) -> str | None:
        """What a request with this key was answered; None for one that is new, or older than the last `KEPT_KEYS`."""
        return self._answered.get(key)

    def keep_answer(self, key: str, answer: str) -> None:
        """Remember a request in the transaction that does it: whoever repeats it, because its answer got lost, gets the
        answer and nothing is done again."""
        self._answered = _newest({**self._answered, key: answer})

    def __len__(self) -> int:
        return len(self._waiting)

    def __bool__(self) -> bool:
        return True

    def _p_resolveConflict(self, old: dict[str, Any], saved: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """Both sides' posts stay, both sides' takings are gone. Runs without our objects: states only.

        Raises:
            BTreesConflictError: Both sides did the request with one key; the later one then begins again and finds it.
        """
        before, theirs, ours = old["_waiting"], saved["_waiting"], new["_waiting"]
        merged = {key: message for key, message in theirs.items() if key in ours or key not in before}
        merged.update({key: message for key, message in ours.items() if key not in before})
        resolved = {**saved, "_waiting": merged}
        known, done, doing = (state.get("_answered", {}) for state in (old, saved, new))
        if (done.keys() & doing.keys()) - known.keys():
            # Imported here: as the first import of BTrees, on one of two threads that import it at once, it leaves the
            # other with a package whose generated modules are missing ("No module named 'BTrees.OOBTree'").
            from BTrees.Interfaces import BTreesConflictError

            raise BTreesConflictError(-1, -1, -1, 0)
        if done or doing:
            resolved["_answered"] = _newest({**done, **doing})
        return resolved


def _newest(answers: dict[str, str]) -> dict[str, str]:
    return dict(list(answers.items())[-KEPT_KEYS:])
