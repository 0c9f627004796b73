"""Tools: callables an agent offers to its jobs, with the policy for a call whose outcome is unknown."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast, get_args, overload

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.error_handler import check_error_handler
from statek_jupyter.executors.future import is_temporal
from statek_jupyter.executors.record import stored
from statek_jupyter.executors.stored_callable import StoredCallable, callable_name, set_callable_pickler
from statek_jupyter.executors.tool_arguments import converted
from statek_jupyter.executors.tool_schema import parameter_schema, signature_text

__all__ = ["RetryPolicy", "StoredCallable", "Tool", "as_tool", "set_callable_pickler", "tool"]

F = TypeVar("F", bound=Callable[..., Any])

RetryPolicy = Literal["safe", "idempotent", "ask"]
"""What to do with a call that was interrupted: repeat it, repeat it with the same ``idempotency_key``, ask a person."""

_MARK = "__statek_tool__"


@stored
@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of an agent. Everything but `function` is plain data, so it can be shown without importing user code."""

    name: str
    retry: RetryPolicy
    function: StoredCallable
    description: str
    """The callable's docstring, dedented; may be empty."""
    parameters: Mapping[str, Any]
    """JSON schema of the arguments."""
    signature: str
    """``(a: int, b: str = 'x') -> str``."""
    error_handler: StoredCallable | None = None
    """Called with the result of each call, and the error, when the job dies."""
    is_async: bool = False
    takes_idempotency_key: bool = False
    """Whether the call's key is passed as ``idempotency_key``."""
    is_temporal: bool = False
    """Whether it returns futures; see `executors.future.temporal`."""

    @property
    def internal(self) -> bool:
        """Whether the name says that models are not told of it."""
        return self.name.startswith("_")

    @property
    def brief(self) -> str:
        """The first line of the description."""
        return self.description.strip().partition("\n")[0].strip()

    def stub(self) -> str:
        """The tool as a Python stub, for prompts: its ``def`` line and the first line of its docstring."""
        keyword = "async def" if self.is_async else "def"
        head = f"{keyword} {self.name}{self.signature}:"
        return f'{head}\n    """{self.brief}"""' if self.brief else f"{head} ..."

    def detailed_stub(self) -> str:
        """As `stub`, with the whole docstring."""
        if "\n" not in self.description.strip():
            return self.stub()
        body = "\n".join(f"    {line}".rstrip() for line in self.description.strip().splitlines())
        return f'{self.stub().partition(chr(10))[0]}\n    """{body.strip()}\n    """'

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function; texts are read where its signature asks for enum members, dates, times or decimals."""
        function = self.function.load()
        args, kwargs = converted(function, args, kwargs)
        return function(*args, **kwargs)


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(
    *, retry: RetryPolicy = "ask", name: str | None = None, error_handler: Callable[..., None] | None = None
) -> Callable[[F], F]: ...
def tool(
    function: F | None = None,
    /,
    *,
    retry: RetryPolicy = "ask",
    name: str | None = None,
    error_handler: Callable[..., None] | None = None,
) -> F | Callable[[F], F]:
    """Mark a callable as a tool; the callable itself stays what it is.

    Args:
        function: The callable, when used without parentheses.
        retry: What to do with a call interrupted by a crash: ``safe`` repeats it, ``idempotent`` repeats it with the
            same ``idempotency_key``, ``ask`` records the outcome as unknown and tells.
        name: What jobs call it; its own name when None.
        error_handler: ``handler(result, error=None)``, called for each result the job got when the job dies.

    Raises:
        BadOptionError: No such policy, or a handler that is no error handler.
    """
    if retry not in get_args(RetryPolicy):
        raise BadOptionError("retry", f"{retry!r} is none of {', '.join(get_args(RetryPolicy))}")

    if error_handler is not None:
        check_error_handler(error_handler)

    def mark(marked: F) -> F:
        setattr(marked, _MARK, {"retry": retry, "name": name, "error_handler": error_handler})
        return marked

    return mark if function is None else mark(function)


def as_tool(function: Callable[..., Any] | Tool) -> Tool:
    """The record of a callable, marked by `tool` or plain.

    Raises:
        BadOptionError: It cannot be called, or its name is no Python name.
    """
    if isinstance(function, Tool):
        return function
    if not callable(function):
        raise BadOptionError("tools", f"{function!r} cannot be called")
    mark: Mapping[str, Any] = getattr(function, _MARK, {})
    name = mark.get("name") or callable_name(function)
    if not name.isidentifier():
        raise BadOptionError("tools", f"a job cannot call {name!r}: def the tool, or name it with @tool(name=...)")
    handler = mark.get("error_handler")
    return Tool(
        name=name,
        retry=cast(RetryPolicy, mark.get("retry", "safe" if is_subtask(function) else "ask")),
        function=StoredCallable(function, name),
        description=_description(function),
        parameters=parameter_schema(function),
        signature=signature_text(function),
        error_handler=None if handler is None else StoredCallable(handler),
        is_async=inspect.iscoroutinefunction(function),
        takes_idempotency_key=_takes(function, "idempotency_key"),
        is_temporal=is_temporal(function),
    )


def is_subtask(function: object) -> bool:
    """Whether `subtask` made it. All that its call does is the job it returns, which is stored with the call."""
    return bool(getattr(function, "__is_subtask__", False))


def _description(function: Callable[..., Any]) -> str:
    own = getattr(function, "__doc__", None)
    return inspect.cleandoc(own) if isinstance(own, str) else ""


def _takes(function: Callable[..., Any], name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
