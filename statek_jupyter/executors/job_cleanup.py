"""The part of a job that keeps error handlers and calls them when the job dies."""

from __future__ import annotations

from typing import Any

from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.job_def import JobDefError


class CleansUp:
    """Mixed into `Job`."""

    error_handlers: tuple[ErrorHandler, ...] = ()
    """In the order of registration."""
    handler_errors: tuple[JobDefError, ...] = ()
    """What error handlers raised when they were called, oldest first."""

    def add_error_handler(self, error_handler: Any, context: Any = None) -> None:
        """Register ``error_handler(context, error=exception)`` for when the job dies."""
        self.error_handlers = (*self.error_handlers, ErrorHandler(error_handler, context))

    def add_error_handlers_from(self, parent_job: CleansUp) -> None:
        """Register the handlers `parent_job` has now, too."""
        self.error_handlers = (*self.error_handlers, *parent_job.error_handlers)

    def take_error_handlers(self) -> tuple[ErrorHandler, ...]:
        """Remove and return the handlers, in the order of registration."""
        taken, self.error_handlers = self.error_handlers, ()
        return taken

    def notify_handlers(self, error: BaseException | None = None) -> None:
        """Call each handler once, in the order of registration, and clear them.

        A handler that raises never stops the next one: what it raised is kept in `handler_errors`.
        """
        for handler in self.take_error_handlers():
            try:
                handler(error)
            except Exception as failure:
                self.handler_errors = (*self.handler_errors, JobDefError(failure))
