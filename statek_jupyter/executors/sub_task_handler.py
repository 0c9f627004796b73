"""What a parent knows of a job it started: its id, its state, its outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from persistent import Persistent

from statek_jupyter.errors import FutureError, NotDurableError, WaitedJobError
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.executors.record import keep_secrets_out, stored
from statek_jupyter.executors.stored_callable import StoredValue
from statek_jupyter.redaction import data_without_secrets, without_secrets

if TYPE_CHECKING:
    from statek_jupyter.executors.job import Job


LARGE = 4_000
"""Bytes and characters of an outcome from which on it has a record of its own."""
TEXT_CHARACTERS = 20_000
"""Of a result that is no text, kept beside it as text."""


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

    def __post_init__(self) -> None:
        keep_secrets_out(self, "err_message")


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a subtask ends with: neither is success with nothing to say."""

    result: StoredValue | None = None
    error: TaskError | None = None
    text: str | None = None
    """The result as text; None for one that is a text, or nothing."""


def task_outcome(name: str, result: Any = None, error: TaskError | BaseException | str | None = None) -> TaskOutcome:
    """The outcome as it is stored.

    Raises:
        ValueError: Both a result and an error are given.
    """
    if error is not None and result is not None:
        raise ValueError(f"{name} cannot complete with a result and an error: give one of them")
    if error is not None:
        return TaskOutcome(error=error if isinstance(error, TaskError) else TaskError(str(error)))
    result = data_without_secrets(result)
    if result is None or isinstance(result, str):
        return TaskOutcome(None if result is None else StoredValue(result, f"result of {name}"))
    return TaskOutcome(StoredValue(result, f"result of {name}"), text=bounded_text(result))


def bounded_text(value: Any) -> str:
    """``str(value)``, cut when it is very long; what it raises becomes the text."""
    try:
        text = str(value)
    except Exception as error:  # the value's own code
        text = f"<{type(value).__name__} whose text fails with {type(error).__name__}>"
    text = without_secrets(text)
    return text if len(text) <= TEXT_CHARACTERS else f"{text[:TEXT_CHARACTERS]}…"


class LargeOutcome(Persistent):
    """Result and text of a subtask, written once: a handler that is marked as seen, or copied, does not repeat them."""

    def __init__(self, result: StoredValue | None, text: str | None) -> None:
        self.result = result
        self.text = text


class SubTaskHandler(Persistent):
    """One subtask, seen from its parent.

    Args:
        job: The child.
        id: What the parent calls it; any value, also None.
    """

    error: TaskError | None = None
    """Why it failed; None unless it completed with an error."""
    is_completed: bool = False
    number: int | None = None
    """The child's number in its store; None in memory."""
    completed_at: datetime | None = None
    seen: bool = False
    """Whether the parent's code has read the outcome: then its model need not be told of it again."""
    start_turn: int = 0
    """The turn of the parent in which, or after which, it was started."""
    end_turn: int = 0
    """The same for its outcome, once it has one."""
    seen_turn: int = 0
    """The turn of the parent in which `seen` became true."""
    job_turn: int | None = None
    """The turn of the child that gave the outcome."""
    _result: StoredValue | None = None
    _result_of_job: bool = False
    """True when the result is a variable of the child: it ended with a value that is no plain data."""
    _text: str | None = None
    """The result as text, for one that is no text: reading it must not need the result's class."""
    _large: LargeOutcome | None = None
    """Result and text, when they are large."""

    def __init__(self, job: Job | None, id: Any = None) -> None:
        self.job = job
        """The child; None once it was deleted."""
        self.id = data_without_secrets(id)

    @property
    def result(self) -> Any:
        """What it gave; None also before it completed.

        Raises:
            LostValueError: The value cannot be made in this process.
        """
        if self._result_of_job and self.job is not None:
            return self.job.result
        result, _ = self._kept()
        return None if result is None else result.load()

    def _kept(self) -> tuple[StoredValue | None, str | None]:
        return (self._result, self._text) if self._large is None else (self._large.result, self._large.text)

    def stored_result(self) -> tuple[str, Any] | None:
        """Name and stored form of the result, for `stored_callable.restored`; None when it has none of its own."""
        result, _ = self._kept()
        return None if result is None else (result.name, result.encoded())

    @property
    def state(self) -> SubTaskState:
        """An explicit outcome wins over the child's status."""
        if self.is_completed:
            return SubTaskState.COMPLETED if self.error is None else SubTaskState.ERROR
        ready = self.job is not None and self.job.status is JobStatus.READY
        return SubTaskState.WAITING if ready else SubTaskState.STARTED

    def complete(self, result: Any = None, error: TaskError | BaseException | str | None = None) -> None:
        """Record the outcome, once, and notify the parent if there is one.

        Raises:
            RuntimeError: It is already completed.
            ValueError: Both a result and an error are given; nothing was recorded.
        """
        if self.is_completed:
            raise RuntimeError(f"{self._name} is already completed")
        self.settle(task_outcome(self._name, result, error))
        if self.job is not None and self.job.parent_job is not None:
            self.job.parent_job.push_notification(self)

    def settle(self, outcome: TaskOutcome) -> None:
        """Record the outcome and tell nobody."""
        self.error, self._result, self._text, self._large = outcome.error, outcome.result, outcome.text, None
        if _size(outcome) > LARGE:
            self._result, self._text, self._large = None, None, LargeOutcome(outcome.result, outcome.text)
        self.completed_at = datetime.now(UTC)
        self.is_completed = True

    def settle_by_end(self, variable_text: Callable[[str], str]) -> bool:
        """Record how the child has ended as the outcome; False and nothing done when there is one already.

        Args:
            variable_text: Gives a variable of the child as text, without making its value.
        """
        if self.is_completed or self.job is None:
            return False
        job = self.job
        if job.error is not None:
            self.settle(TaskOutcome(error=TaskError(str(job.error))))
        elif job.py_env.exited and job.py_env.exit_variable is not None:
            self.settle(TaskOutcome(text=variable_text(job.py_env.exit_variable)))
            self._result_of_job = True
        else:
            self.settle(task_outcome(self._name, job.result))
        return True

    def settle_by_deletion(self) -> bool:
        """Let go of the child, which is being deleted; False when it had an outcome already."""
        first = not self.is_completed
        if first:
            self.settle(TaskOutcome(error=TaskError("the job was deleted before it had finished")))
        self.job = None
        return first

    def as_of(self, turn: int, job: Job | None, number: int | None, where: str) -> SubTaskHandler:
        """Another handler: this one as it was after a turn of the parent. One that had not completed has an error.

        Args:
            turn: Not before `start_turn`.
            job: The child of the other one.
            number: Its number.
            where: Where it was cut off, for the error.
        """
        made = type(self).__new__(type(self))
        made.__setstate__({**self.__getstate__(), "job": job, "number": number})
        if not self.is_completed or self.end_turn > turn:
            made._result_of_job = False
            made.settle(TaskOutcome(error=TaskError(f"{self._name} was still running {where}: start it again")))
            made.end_turn = turn
        made.seen = self.seen and self.seen_turn <= turn
        return made

    def as_future(self) -> FutureResult:
        """Its result as a future; the value of one that failed raises."""
        return sub_task_future(self, self._name)

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

    @property
    def result_text(self) -> str:
        """The result as text, without making it; "" when there is none."""
        result, text = self._kept()
        if text is not None:
            return text
        return "" if result is None or self.error is not None else str(result.load())

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


def _size(outcome: TaskOutcome) -> int:
    size = len(outcome.text or "")
    if outcome.result is not None:
        with suppress(NotDurableError):  # it is told when the handler is stored
            content = outcome.result.encoded()[1]
            size += len(content) if isinstance(content, str | bytes) else 0
    return size


def sub_task_future(deps: Any, name: str) -> FutureResult:
    """A future for the outcome of the subtask that `deps` is, or gives when it is called."""
    future = FutureResult(deps)
    future.set_complement_functions(_outcome, _has_outcome)
    future.source = name
    return future


def _outcome(future: FutureResult) -> Any:
    handler: SubTaskHandler = future.deps() if callable(future.deps) else future.deps
    if not handler.is_completed:
        raise FutureError(future)
    if handler.error is not None:
        raise WaitedJobError(handler._name, handler.error.err_message)
    return handler.result


def _has_outcome(future: FutureResult) -> bool:
    handler: SubTaskHandler = future.deps() if callable(future.deps) else future.deps
    return handler.is_completed


def find_handler(newest_first: Iterable[SubTaskHandler], id: Any = None) -> SubTaskHandler | None:
    """The newest of the handlers, or the newest with this id.

    Raises:
        RuntimeError: No handler has the id.
    """
    id = data_without_secrets(id)
    for handler in newest_first:
        if id is None or handler.id == id:
            return handler
    if id is None:
        return None
    raise RuntimeError(f"sub-task id={id} has not completed yet")
