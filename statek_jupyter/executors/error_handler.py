"""Handlers that clean up when a job dies."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from statek_jupyter.executors.stored_callable import StoredCallable, StoredValue, callable_name

_MARK = "is_error_handler"


class ErrorHandler:
    """A handler with its context, as a job keeps it; an immutable value inside the job's records.

    Args:
        handler: ``handler(context, error=exception)``.
        context: What it gets first: what a tool claimed, say. Persistent objects are kept as references.
    """

    __slots__ = ("context", "handler")

    handler: StoredCallable
    context: StoredValue

    def __init__(self, handler: Callable[..., Any], context: Any = None) -> None:
        self.handler = handler if isinstance(handler, StoredCallable) else StoredCallable(handler)
        held = isinstance(context, StoredValue)
        self.context = context if held else StoredValue(context, f"context of {callable_name(handler)}")

    def __call__(self, error: BaseException | None = None) -> None:
        """Call the handler. What it raises is raised: the job records it and calls the next one."""
        self.handler(self.context.load(), error=error)

    def __reduce__(self) -> tuple[Any, ...]:
        return ErrorHandler, (self.handler, self.context)

    def __repr__(self) -> str:
        return f"<ErrorHandler {self.handler.name}>"


def error_handler(function: Callable[..., Any]) -> Callable[..., None]:
    """Mark ``_name(context, error=None)`` as an error handler that never raises an `Exception`."""

    @functools.wraps(function)
    def handler(context: Any, error: BaseException | None = None) -> None:
        try:
            function(context, error=error)
        except Exception as failure:
            if error is not None:
                error.add_note(f"error handler {callable_name(function)} failed: {type(failure).__name__}: {failure}")

    setattr(handler, _MARK, True)
    return handler


def is_valid_error_handler(function: object) -> bool:
    """Whether `error_handler` made it, its name begins with ``_`` and it takes a context and an optional error."""
    if not callable(function) or not getattr(function, _MARK, False) or not callable_name(function).startswith("_"):
        return False
    parameters = list(inspect.signature(function).parameters.values())
    return len(parameters) == 2 and parameters[1].default is not inspect.Parameter.empty
