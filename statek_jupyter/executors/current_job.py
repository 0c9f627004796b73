"""The job whose code runs here: what tools and handlers of that job reach without being given it."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, Protocol


class RunningJob(Protocol):
    """What code called by a job can ask of it. A `Job` in memory is one; the engine gives one over live variables."""

    @property
    def id(self) -> str | None: ...

    def find_locals(
        self, var_type: type | None = None, var_name: str | None = None, ext_scan: bool = True
    ) -> Iterable[Any]: ...

    def add_locals(self, **values: Any) -> None: ...

    def find_sub_task_handler(self, id: Any = None) -> Any: ...

    def add_error_handler(self, error_handler: Any, context: Any = None) -> None: ...


current_job: ContextVar[RunningJob | None] = ContextVar("current_job", default=None)
"""Set by the engine around each statement, tool call and handler; None outside of jobs."""


def get_current_job() -> RunningJob:
    """The job whose code calls this.

    Raises:
        RuntimeError: No job's code is running here.
    """
    job = current_job.get()
    if job is None:
        raise RuntimeError("no job is running here: call this from a job's code or from one of its tools")
    return job
