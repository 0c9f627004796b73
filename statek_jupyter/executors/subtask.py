"""Starting a job as a subtask of another, and saying from inside that it is done."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, cast

from statek_jupyter.executors.current_job import get_current_job
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.sub_task_handler import SubTaskHandler, SubTaskState, TaskError

__all__ = ["SubTaskHandler", "SubTaskState", "TaskError", "complete_sub_task", "create_sub_task", "subtask"]

HANDLER_LOCAL = "sub_task_handler"
"""The child's variable that holds its handler."""


def create_sub_task(job: Job, handler_type: type[SubTaskHandler] = SubTaskHandler, **kwargs: Any) -> SubTaskHandler:
    """A handler for the child `job`, which finds it as its variable ``sub_task_handler``."""
    handler = handler_type(job, **kwargs)
    job.add_locals(**{HANDLER_LOCAL: handler})
    return handler


def complete_sub_task(result: Any = None, error: TaskError | BaseException | str | None = None) -> None:
    """Complete the subtask whose job's code calls this, before the job ends.

    Raises:
        RuntimeError: No job runs here, it is no subtask, or it is completed already.
        TypeError: Its variable ``sub_task_handler`` holds something else.
    """
    job = get_current_job()
    own: Any = getattr(job, "sub_task", None)
    handler = own or next(iter(job.find_locals(var_name=HANDLER_LOCAL, ext_scan=False)), None)
    if handler is None:
        raise RuntimeError("the running job is no subtask: it has no sub_task_handler")
    if not isinstance(handler, SubTaskHandler):
        raise TypeError(f"sub_task_handler is a {type(handler).__name__}, not a SubTaskHandler")
    handler.complete(result, error)


def subtask(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function that starts a job (returns a `Job` or a `SubTaskHandler`): callers may give an ``id``.

    Raises:
        TypeError: The function has its own ``id``, or takes no ``**kwargs``.
    """
    parameters = inspect.signature(function).parameters
    if "id" in parameters:
        raise TypeError(f"@subtask adds the argument id: {function.__qualname__} must not declare it")
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        raise TypeError(f"@subtask functions take **kwargs: add it to {function.__qualname__}")

    @functools.wraps(function)
    def start(*args: Any, id: Any = None, **kwargs: Any) -> SubTaskHandler:
        return _handler(function(*args, **kwargs), id, function.__qualname__)

    @functools.wraps(function)
    async def start_async(*args: Any, id: Any = None, **kwargs: Any) -> Any:
        return _handler(await function(*args, **kwargs), id, function.__qualname__)

    made: Any = start_async if inspect.iscoroutinefunction(function) else start
    made.__signature__ = _with_id(inspect.signature(function))
    made.__annotations__ = {**function.__annotations__, "id": str | None, "return": SubTaskHandler}
    made.__is_subtask__ = True
    return cast("Callable[..., Any]", made)


def _with_id(signature: inspect.Signature) -> inspect.Signature:
    parameters = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    rest = [one for one in signature.parameters.values() if one.kind is one.VAR_KEYWORD]
    added = inspect.Parameter("id", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=str | None)
    return signature.replace(parameters=[*parameters, added, *rest], return_annotation=SubTaskHandler)


def _handler(started: Any, id: Any, name: str) -> SubTaskHandler:
    if isinstance(started, Job):
        return create_sub_task(started, id=id)
    if not isinstance(started, SubTaskHandler):
        raise TypeError(f"@subtask {name} must return a Job or a SubTaskHandler, not {type(started).__name__}")
    if started.id is None:
        started.id = id
    if isinstance(started.job, Job) and HANDLER_LOCAL not in started.job.py_env.local_state:
        started.job.add_locals(**{HANDLER_LOCAL: started})
    return started
