"""Handlers that clean up when a job dies."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.stored_callable import StoredCallable, StoredValue, callable_name

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "is_error_handler"


class ErrorHandler:
    """A handler with its context, as a job keeps it; an immutable value inside the job's records.

    Args:
        handler: ``handler(context, error=exception)``.
        context: What it gets first: what a tool claimed, say. Persistent objects are kept as references.
    """

    __slots__ = ("context", "handler", "token")

    handler: StoredCallable
    context: StoredValue
    token: str
    """The same in every job that inherited the handler, so that one of them alone calls it."""

    def __init__(self, handler: Callable[..., Any], context: Any = None, token: str | None = None) -> None:
        self.token = token or secrets.token_hex(8)
        self.handler = handler if isinstance(handler, StoredCallable) else StoredCallable(handler)
        held = isinstance(context, StoredValue)
        self.context = context if held else StoredValue(context, f"context of {callable_name(handler)}")

    def __call__(self, error: BaseException | None = None) -> None:
        """Call the handler. What it raises is raised: the job records it and calls the next one."""
        self.handler(self.context.load(), error=error)

    def __reduce__(self) -> tuple[Any, ...]:
        return ErrorHandler, (self.handler, self.context, self.token)

    def __repr__(self) -> str:
        return f"<ErrorHandler {self.handler.name}>"


def error_handler(function: F) -> F:
    """Mark ``function(context, error=None)`` as an error handler; the function stays what it is.

    What it raises when a job calls it is recorded on that job and stops no other handler.

    Raises:
        BadOptionError: It does not take a context and an optional ``error``.
    """
    check_error_handler(function)
    setattr(function, _MARK, True)
    return function


def is_valid_error_handler(function: object) -> bool:
    """Whether it can be called as ``function(context)`` and as ``function(context, error=exception)``."""
    if not callable(function):
        return False
    try:
        signature = inspect.signature(function)
        signature.bind(None)
        signature.bind(None, error=None)
    except (TypeError, ValueError):
        return False
    return True


def check_error_handler(function: object) -> None:
    """Raise BadOptionError unless `is_valid_error_handler`."""
    if not is_valid_error_handler(function):
        name = callable_name(function) if callable(function) else repr(function)
        raise BadOptionError("error_handler", f"{name} is not callable as handler(context, error=None)")
