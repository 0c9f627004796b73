"""The running job as its tools and handlers see it: over its live variables, not over the last commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from statek_jupyter.engine.effects import CompleteTask, Effect, ReadSubTask, StartSubTask
from statek_jupyter.engine.sink import Sink
from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.job_id import job_id, job_number
from statek_jupyter.executors.locals_search import search_locals
from statek_jupyter.executors.sub_task_handler import SubTaskHandler, task_outcome
from statek_jupyter.llm import registry
from statek_jupyter.store import Store
from statek_jupyter.store.copies import Copied
from statek_jupyter.store.sub_task_view import StoredSubTask
from statek_jupyter.store.sub_tasks import check_room
from statek_jupyter.store.submission import sub_task_order


class LiveJob:
    """What `get_current_job` gives while a job's code runs. Used on the job's thread.

    Args:
        store: Where the job is.
        job_id: Its id.
        values: Gives its live variables.
        namespace: Where `add_locals` puts values.
        context: Its persistent context.
        sink: Where its output goes.
        parent: Id of the job it is a subtask of.
    """

    def __init__(
        self,
        store: Store,
        job_id: str,
        *,
        values: Callable[[], Mapping[str, Any]],
        namespace: dict[str, Any],
        context: Mapping[str, Any],
        sink: Sink,
        parent: str | None = None,
    ) -> None:
        self.id = job_id
        self._store = store
        self._values = values
        self._namespace = namespace
        self._context = context
        self.sink = sink
        self._parent = parent
        self._effects: list[Effect] = []

    def find_locals(
        self, var_type: type | None = None, var_name: str | None = None, ext_scan: bool = True
    ) -> Iterable[Any]:
        """As `Job.find_locals`."""
        return search_locals(self._values(), self._context, var_type, var_name, ext_scan)

    def add_locals(self, **values: Any) -> None:
        """Set variables; they are kept with the statement that runs."""
        self._namespace.update(values)

    # --- subtasks ------------------------------------------------------------------------------------

    @property
    def sub_task(self) -> StoredSubTask | None:
        """What the parent knows of this job; None for a job that is no subtask."""
        return None if self._parent is None else StoredSubTask(self._store, self._parent, self.id)

    def find_sub_task_handler(self, id: Any = None) -> Any:
        """The newest completed subtask, or the newest with this id; None when there is none.

        Raises:
            RuntimeError: No completed subtask has the id.
        """

        def look(root: Any) -> tuple[int | None, Copied | None]:
            job = root.job(self.id)
            found = job.find_sub_task_handler(id)
            if found is None or found.number in (job.sub_tasks or ()):
                return (None if found is None else found.number), None
            return None, Copied(found, outwards=True)  # a fork's log tells of subtasks that its original started

        number, copied = self._store.read(look)
        if copied is not None:
            return copied.paste(self._store.resolve)
        return None if number is None else StoredSubTask(self._store, self.id, job_id(number))

    def start_sub_task(self, started: Job | SubTaskHandler) -> StoredSubTask:
        """Make a job that no store holds a subtask of this one; it begins with the commit of the call that runs.

        Raises:
            SubTaskLimitError: This job, or one above it, may have no more.
            UnknownModelError: Nobody in this process can ask its model.
            NotDurableError: A part of it cannot be stored.
        """
        if isinstance(started, StoredSubTask):
            return started
        begun = sum(isinstance(effect, StartSubTask) for effect in self._effects)
        self._store.read(lambda root: check_room(root.job(self.id), begun))
        order = sub_task_order(self._store, self.id, started)
        registry.resolve(order.model)
        self._effects.append(StartSubTask(order))
        return StoredSubTask(self._store, self.id, job_id(order.number))

    def note_seen(self, child: str) -> None:
        """Code of this job has read the outcome of a subtask; its model need not be told again."""
        self._effects.append(ReadSubTask(job_number(child)))

    def complete_sub_task(self, result: Any = None, error: Any = None) -> None:
        """Give this subtask's outcome before the job ends; it is kept with the statement that runs.

        Raises:
            RuntimeError: It is no subtask, or has an outcome.
            ValueError: Both a result and an error are given.
            NotDurableError: The result cannot be stored.
        """
        own = self.sub_task
        if own is None:
            raise RuntimeError("the running job is no subtask: it has no parent to tell")
        if own.is_completed or any(isinstance(effect, CompleteTask) for effect in self._effects):
            raise RuntimeError(f"sub-task id={own.id} is already completed")
        outcome = task_outcome(f"sub-task id={own.id}", result, error)
        if outcome.result is not None:
            outcome.result.encoded()
        self._effects.append(CompleteTask(outcome))

    def wait_for_job(self, job: Any) -> Any:
        """What the code's own ``wait_for_job`` gives; a coroutine inside of one."""
        return self._namespace["__builtins__"]["wait_for_job"](job)

    # --- error handlers ------------------------------------------------------------------------------

    @property
    def error_handlers(self) -> tuple[ErrorHandler, ...]:
        """Those registered so far, for `Job.add_error_handlers_from`."""
        stored: tuple[ErrorHandler, ...] = self._store.read(lambda root: root.job(self.id).error_handlers)
        return (*stored, *(effect for effect in self._effects if isinstance(effect, ErrorHandler)))

    def add_error_handler(self, error_handler: Any, context: Any = None) -> None:
        """Register a handler for when the job dies; it is kept with the statement that runs."""
        self._effects.append(ErrorHandler(error_handler, context))

    # --- for the engine ------------------------------------------------------------------------------

    def put_effects(self, effects: tuple[Effect, ...]) -> None:
        """Put back effects that were taken."""
        self._effects = [*effects, *self._effects]

    def take_effects(self) -> tuple[Effect, ...]:
        """What was done since the last call."""
        taken, self._effects = tuple(self._effects), []
        return taken
