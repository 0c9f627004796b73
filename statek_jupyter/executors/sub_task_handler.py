"""What a parent knows of a job it started: its id, its state, its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from persistent import Persistent

from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.executors.record import stored
from statek_jupyter.executors.stored_callable import StoredValue

if TYPE_CHECKING:
    from statek_jupyter.executors.job import Job


class SubTaskState(Enum):
    """How far a subtask is."""

    WAITING = "WAITING"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"


@stored
@dataclass(frozen=True, slots=True)
class TaskError:
    """Why a subtask failed."""

    err_message: str


class SubTaskHandler(Persistent):
    """One subtask, seen from its parent.

    Args:
        job: The child.
        id: What the parent calls it; any value, also None.
    """

    error: TaskError | None = None
    """Why it failed; None unless it completed with an error."""
    is_completed: bool = False
    _result: StoredValue | None = None

    def __init__(self, job: Job, id: Any = None) -> None:
        self.job = job
        self.id = id

    @property
    def result(self) -> Any:
        """What it gave; None also before it completed.

        Raises:
            LostValueError: The value cannot be made in this process.
        """
        return None if self._result is None else self._result.load()

    @property
    def state(self) -> SubTaskState:
        """An explicit outcome wins over the child's status."""
        if self.is_completed:
            return SubTaskState.COMPLETED if self.error is None else SubTaskState.ERROR
        return SubTaskState.WAITING if self.job.status is JobStatus.READY else SubTaskState.STARTED

    def complete(self, result: Any = None, error: TaskError | BaseException | str | None = None) -> None:
        """Record the outcome, once, and notify the parent if there is one.

        Raises:
            RuntimeError: It is already completed.
            ValueError: Both a result and an error are given; nothing was recorded.
        """
        if self.is_completed:
            raise RuntimeError(f"{self._name} is already completed")
        if error is not None and result is not None:
            raise ValueError(f"{self._name} cannot complete with a result and an error: give one of them")
        self.error = error if error is None or isinstance(error, TaskError) else TaskError(str(error))
        self._result = None if result is None else StoredValue(result, f"result of {self._name}")
        self.is_completed = True
        if self.job.parent_job is not None:
            self.job.parent_job.push_notification(self)

    @property
    def _name(self) -> str:
        return "sub-task" if self.id is None else f"sub-task id={self.id}"

    def get_log_message(self) -> str:
        """The notification as the parent's model reads it."""
        if not self.is_completed:
            raise RuntimeError(f"{self._name} has not completed yet")
        if self.error is not None:
            return f"[Error] {self._name} failed with {self.error.err_message}"
        return f"[Notification] {self._name} completed successfully."

    def __str__(self) -> str:
        """The result as text.

        Raises:
            RuntimeError: It failed, or has not completed.
        """
        if self.error is not None:
            raise RuntimeError(self.error.err_message)
        if not self.is_completed:
            raise RuntimeError(f"{self._name} has not completed yet")
        return "" if self.result is None else str(self.result)

    def __repr__(self) -> str:
        return f"<SubTaskHandler {self._name} {self.state.name}>"


def find_handler(newest_first: Iterable[SubTaskHandler], id: Any = None) -> SubTaskHandler | None:
    """The newest of the handlers, or the newest with this id.

    Raises:
        RuntimeError: No handler has the id.
    """
    for handler in newest_first:
        if id is None or handler.id == id:
            return handler
    if id is None:
        return None
    raise RuntimeError(f"sub-task id={id} has not completed yet")
