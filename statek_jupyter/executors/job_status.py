"""Where a job is in its life."""

from __future__ import annotations

from enum import Enum


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
