"""A subtask as code and people hold it: by the numbers of parent and child, read afresh each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from statek_jupyter.executors.current_job import current_job
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.executors.stored_callable import StoredValue, restored
from statek_jupyter.executors.sub_task_handler import SubTaskHandler, SubTaskState, TaskError, task_outcome
from statek_jupyter.store.sub_tasks import complete_sub_task

if TYPE_CHECKING:
    from statek_jupyter.store.handle import JobHandle
    from statek_jupyter.store.store import Store

T = TypeVar("T")


class StoredSubTask(SubTaskHandler):
    """A `SubTaskHandler` for any thread and any process; a variable that holds one keeps it across restarts.

    Args:
        store: Where the jobs are.
        parent: Id of the parent.
        child: Id of the child, which may have been deleted since.
    """

    def __init__(self, store: Store, parent: str, child: str) -> None:
        self.store = store
        self.parent_id = parent
        self.job_id = child

    def _read(self, look: Callable[[SubTaskHandler], T]) -> T:
        number = job_number(self.job_id)
        return self.store.read(lambda root: look(root.job(self.parent_id).sub_tasks[number]))

    @property
    def id(self) -> Any:
        return self._read(lambda handler: handler.id)

    @property
    def job(self) -> JobHandle:  # type: ignore[override]
        """A handle of the child."""
        return self.store.job(self.job_id)

    @property
    def is_completed(self) -> bool:  # type: ignore[override]
        return self._read(lambda handler: handler.is_completed)

    @property
    def completed_at(self) -> datetime | None:  # type: ignore[override]
        return self._read(lambda handler: handler.completed_at)

    @property
    def error(self) -> TaskError | None:  # type: ignore[override]
        found = self._read(lambda handler: handler.error)
        if found is not None:
            self._note_seen()
        return found

    @property
    def seen(self) -> bool:  # type: ignore[override]
        return self._read(lambda handler: handler.seen)

    @property
    def result(self) -> Any:
        completed, held = self._read(_result_of)
        if completed:
            self._note_seen()
        return restored(*held) if isinstance(held, tuple) else self._read(lambda handler: handler.result)

    @property
    def result_text(self) -> str:
        return self._read(lambda handler: handler.result_text)

    @property
    def state(self) -> SubTaskState:
        return self._read(lambda handler: handler.state)

    @property
    def status(self) -> JobStatus:
        """Where the child is in its life."""
        return self.job.status

    def complete(self, result: Any = None, error: TaskError | BaseException | str | None = None) -> None:
        """As `SubTaskHandler.complete`. Called by the child's own code, it is kept with the statement that runs."""
        running: Any = current_job.get()
        if running is not None and running.id == self.job_id:
            running.complete_sub_task(result, error)
            return
        if self.is_completed:
            raise RuntimeError(f"{self._name} is already completed")
        outcome = task_outcome(self._name, result, error)
        self.store.run(lambda root: complete_sub_task(root, root.job(self.job_id), outcome))

    def _note_seen(self) -> None:
        """Code of the parent has read the outcome: see `SubTaskHandler.seen`."""
        running: Any = current_job.get()
        if running is not None and running.id == self.parent_id:
            running.note_seen(self.job_id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredSubTask):
            return NotImplemented
        return (self.store.where, self.job_id) == (other.store.where, other.job_id)

    def __hash__(self) -> int:
        return hash(self.job_id)

    def __repr__(self) -> str:
        return f"<SubTaskHandler {self._name} {self.state.name}>"


def _result_of(handler: SubTaskHandler) -> tuple[bool, Any]:
    """Whether it is completed, and the stored form of the result, or None when it has none of its own."""
    held: StoredValue | None = handler._result
    return handler.is_completed, None if held is None else (held.name, held.encoded())
