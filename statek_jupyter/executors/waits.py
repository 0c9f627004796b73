"""What a suspended job waits for, one small record for each thing; the store's index wakes the job when one comes true.

A wake-up only says "look again": the job runs its statement once more, and suspends again when it was not enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from statek_jupyter.executors.record import stored


@stored
@dataclass(frozen=True, slots=True)
class EventWait:
    """For an outside event of this name to be completed."""

    name: str


@stored
@dataclass(frozen=True, slots=True)
class TimeWait:
    """For a time, aware and in UTC."""

    until: datetime


@stored
@dataclass(frozen=True, slots=True)
class JobWait:
    """For the job of this number to be DONE, or deleted."""

    number: int


@stored
@dataclass(frozen=True, slots=True)
class MessageWait:
    """For a message in the job's own inbox."""


@stored
@dataclass(frozen=True, slots=True)
class AnswerWait:
    """For a person's answer, or their decision, about one call of the job itself."""

    call: str
    """The call's id, as in the journal."""


@stored
@dataclass(frozen=True, slots=True)
class ConditionWait:
    """For the condition of the job's `awaited_result`, which is a user's function and has to be polled."""


Wait = EventWait | TimeWait | JobWait | MessageWait | AnswerWait | ConditionWait
