"""The running job as its tools and handlers see it: over its live variables, not over the last commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from statek_jupyter.engine.sink import Sink
from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.locals_search import search_locals
from statek_jupyter.store import Store
from statek_jupyter.store.copies import Copied


class LiveJob:
    """What `get_current_job` gives while a job's code runs. Used on the job's thread.

    Args:
        store: Where the job is.
        job_id: Its id.
        values: Gives its live variables.
        namespace: Where `add_locals` puts values.
        context: Its persistent context.
        sink: Where its output goes.
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
    ) -> None:
        self.id = job_id
        self._store = store
        self._values = values
        self._namespace = namespace
        self._context = context
        self.sink = sink
        self._handlers: list[ErrorHandler] = []

    def find_locals(
        self, var_type: type | None = None, var_name: str | None = None, ext_scan: bool = True
    ) -> Iterable[Any]:
        """As `Job.find_locals`."""
        return search_locals(self._values(), self._context, var_type, var_name, ext_scan)

    def add_locals(self, **values: Any) -> None:
        """Set variables; they are kept with the statement that runs."""
        self._namespace.update(values)

    def find_sub_task_handler(self, id: Any = None) -> Any:
        """A copy of the newest completed subtask, or of the newest with this id; None when there is none.

        Raises:
            RuntimeError: No completed subtask has the id.
        """
        copied = self._store.read(lambda root: Copied(root.job(self.id).find_sub_task_handler(id), outwards=True))
        return copied.paste(self._store.resolve)

    def add_error_handler(self, error_handler: Any, context: Any = None) -> None:
        """Register a handler for when the job dies; it is kept with the statement that runs."""
        self._handlers.append(ErrorHandler(error_handler, context))

    def put_handlers(self, handlers: tuple[ErrorHandler, ...]) -> None:
        """Put back handlers that were taken."""
        self._handlers = [*handlers, *self._handlers]

    def take_handlers(self) -> tuple[ErrorHandler, ...]:
        """The handlers registered since the last call."""
        taken, self._handlers = tuple(self._handlers), []
        return taken
