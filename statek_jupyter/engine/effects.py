"""What a statement, or a call in it, does to its job beside its variables; committed with the one or the other."""

from __future__ import annotations

from dataclasses import dataclass

from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.sub_task_handler import TaskOutcome
from statek_jupyter.store.submission import JobOrder


@dataclass(frozen=True, slots=True)
class StartSubTask:
    """A subtask begins. In one transaction with the outcome of the call that made it: never lost, never twice."""

    order: JobOrder


@dataclass(frozen=True, slots=True)
class ReadSubTask:
    """Code of the job has read the outcome of the subtask of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """The job, which is a subtask, gives its outcome before it ends."""

    outcome: TaskOutcome


Effect = ErrorHandler | StartSubTask | ReadSubTask | CompleteTask
"""An error handler is registered for the job."""
