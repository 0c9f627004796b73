"""The part of a job that keeps error handlers and calls them when the job dies."""

from __future__ import annotations

from typing import Any

from BTrees.OOBTree import OOTreeSet

from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.job_def import JobDefError


class CleansUp:
    """Mixed into `Job`."""

    error_handlers: tuple[ErrorHandler, ...] = ()
    """In the order of registration."""
    called_handlers: Any = None
    """Tokens of the handlers that were called in the tree below this job; None while there are none."""
    parent_job: Any = None
    handler_errors: tuple[JobDefError, ...] = ()
    """What error handlers raised when they were called, oldest first."""

    def add_error_handler(self, error_handler: Any, context: Any = None) -> None:
        """Register ``error_handler(context, error=exception)`` for when the job dies."""
        self.error_handlers = (*self.error_handlers, ErrorHandler(error_handler, context))

    def add_error_handlers_from(self, parent_job: CleansUp) -> None:
        """Register the handlers `parent_job` has now, too. Whichever of the jobs dies first calls them."""
        own = {handler.token for handler in self.error_handlers}
        inherited = (handler for handler in parent_job.error_handlers if handler.token not in own)
        self.error_handlers = (*self.error_handlers, *inherited)

    def take_error_handlers(self) -> tuple[ErrorHandler, ...]:
        """Remove and return the handlers no other job of the tree has taken, in the order of registration."""
        taken, self.error_handlers = self.error_handlers, ()
        return tuple(handler for handler in taken if self._is_first_to_call(handler))

    def _is_first_to_call(self, handler: ErrorHandler) -> bool:
        top: CleansUp = self
        while top.parent_job is not None:
            top = top.parent_job
        if top.called_handlers is None:
            top.called_handlers = OOTreeSet()
        return bool(top.called_handlers.insert(handler.token))

    def notify_handlers(self, error: BaseException | None = None) -> None:
        """Call each handler once, in the order of registration, and clear them.

        A handler that raises never stops the next one: what it raised is kept in `handler_errors`.
        """
        for handler in self.take_error_handlers():
            try:
                handler(error)
            except Exception as failure:
                self.handler_errors = (*self.handler_errors, JobDefError(failure))
