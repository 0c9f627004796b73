"""Where a job is in its life."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal

from statek_jupyter.errors import JobStoppedError

Outcome = Literal["ok", "failed", "stopped"]
"""How a DONE job ended."""


class JobStatus(Enum):
    """The lifecycle of a job. Members are equal to members only; ``JobStatus[text]`` reads a name."""

    READY = "READY"
    """Made, and not yet taken by a worker."""
    WARMING_UP = "WARMING_UP"
    """Running its warmup blocks."""
    STARTED = "STARTED"
    """Asking a model, or running what it replied."""
    SUSPENDED = "SUSPENDED"
    """Waiting, in warmup or later, for what ``awaiting`` says; nothing is held for it."""
    DONE = "DONE"
    """Ended, well or badly; a message brings it back."""


def outcome_of(status: JobStatus, error_type: str | None) -> Outcome | None:
    """How a job ended, from the kind of the error that ended it; None while it has not."""
    if status is not JobStatus.DONE:
        return None
    if error_type is None:
        return "ok"
    return "stopped" if error_type == JobStoppedError.__name__ else "failed"


STATUS_WORDS: Mapping[str, tuple[JobStatus, Outcome | None]] = {
    **{status.name.lower(): (status, None) for status in JobStatus},
    "failed": (JobStatus.DONE, "failed"),
    "stopped": (JobStatus.DONE, "stopped"),
}
"""What people call where a job is, in lists: the statuses, and how a job that is done ended."""
