"""A subtask as code and people hold it: by the numbers of parent and child, read afresh each time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from statek_jupyter.errors import WaitedJobError
from statek_jupyter.executors.current_job import current_job
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.executors.stored_callable import restored
from statek_jupyter.executors.sub_task_handler import (
    SubTaskHandler,
    SubTaskState,
    TaskError,
    sub_task_future,
    task_outcome,
)
from statek_jupyter.executors.waits import JobWait
from statek_jupyter.store.locals import preview, stored_objects
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

    __qualname__ = "SubTaskHandler"  # what people see as the type of their variable

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
        completed, stored = self._read(lambda handler: (handler.is_completed, handler.stored_result()))
        if completed:
            self._note_seen()
        return self._read(lambda handler: handler.result) if stored is None else restored(*stored)

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

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the outcome: the result, or an error that says why there is none."""
        running: Any = current_job.get()
        if running is not None:
            return running.wait_for_job(self).__await__()  # type: ignore[no-any-return]
        return self._outcome().__await__()

    async def _outcome(self) -> Any:
        await self.job
        failure = self.error
        if failure is not None:
            raise WaitedJobError(self.job_id, failure.err_message)
        return self.result

    def as_future(self) -> FutureResult:
        future = sub_task_future(SubTaskPlace(*self._place()), self._name)
        future.waits = (JobWait(job_number(self.job_id)),)
        return future

    def _place(self) -> tuple[str, str, str]:
        return stored_objects.place_of_store(self.store), self.parent_id, self.job_id

    def __reduce__(self) -> Any:
        return stored_objects.get_sub_task, (*self._place(), "")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredSubTask):
            return NotImplemented
        return (self.store.where, self.job_id) == (other.store.where, other.job_id)

    def __hash__(self) -> int:
        return hash(self.job_id)

    def __repr__(self) -> str:
        return f"<SubTaskHandler {self._name} {self.state.name}>"


class SubTaskPlace(NamedTuple):
    """Where a subtask is: what a future keeps of it."""

    store: str
    parent: str
    child: str

    def __call__(self) -> Any:
        """The subtask; its store is open in this process."""
        return stored_objects.get_sub_task(*self, "")


preview.know(StoredSubTask, lambda view: f"<subtask {view.job_id}>")
