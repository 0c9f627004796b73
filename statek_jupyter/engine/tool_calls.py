"""Tools as job code sees them: functions whose calls go through the journal."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from statek_jupyter.engine.acting import Acting
from statek_jupyter.engine.calls import Call
from statek_jupyter.engine.job_thread import JobThread
from statek_jupyter.engine.journal import Journal
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.executors.tool import Tool


class ToolCaller:
    """Makes the functions of one job's tools."""

    def __init__(self, job: LiveJob, thread: JobThread, journal: Journal, acting: Acting) -> None:
        self._job = job
        self._thread = thread
        self._journal = journal
        self._acting = acting

    def function(self, tool: Tool) -> Callable[..., Any]:
        """The tool. An async one may be called without ``await``; with it, it works as usual."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return self.value(raw(*args, **kwargs))

        def raw(*args: Any, **kwargs: Any) -> Any:
            return self.raw(tool, args, kwargs)

        call.raw = raw  # type: ignore[attr-defined]
        call.__name__ = call.__qualname__ = tool.name
        call.__doc__ = tool.description
        return call

    def raw(self, tool: Tool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the tool returns; a future is not waited for. In a coroutine, an async tool gives one."""
        call = self._journal.new_call(tool.name, tool.retry, args, kwargs)
        if tool.takes_idempotency_key:
            kwargs = {"idempotency_key": f"{self._job.id}:{call.id}", **kwargs}
        if not tool.is_async:
            return self._acting.run(call, lambda: self._returned(tool, self._finished(tool(*args, **kwargs))))

        async def act() -> Any:
            return self._returned(tool, await tool(*args, **kwargs))

        return self._finished_or_later(self._acting.arun(call, act))

    def value(self, result: Any) -> Any:
        """What `raw` gave, or the value of the future that it gave."""
        if inspect.iscoroutine(result):
            return self._later(result)
        if not isinstance(result, FutureResult):
            return result
        return self._acting.run(self._value_call(result), result.value_if_ready)

    async def _later(self, coroutine: Any) -> Any:
        result = await coroutine
        if not isinstance(result, FutureResult):
            return result

        async def act() -> Any:
            return result.value_if_ready()

        return await self._acting.arun(self._value_call(result), act)

    def _value_call(self, future: FutureResult) -> Call:
        return self._journal.new_call(f"value of {future}", "safe", (), {})

    def _returned(self, tool: Tool, value: Any) -> Any:
        """What the tool gave, with its error handler registered: for a future when its value is there."""
        value = self._started(value)
        if tool.error_handler is not None:
            if isinstance(value, FutureResult):
                value.bind_error_handler(tool.error_handler)
            else:
                self._job.add_error_handler(tool.error_handler, value)
        return value

    def _started(self, value: Any) -> Any:
        """The value, with jobs in it made subtasks of the running one."""
        if isinstance(value, Job | SubTaskHandler):
            return self._job.start_sub_task(value)
        if type(value) in (list, tuple):
            return type(value)(self._started(one) for one in value)
        if type(value) is dict:
            return {key: self._started(one) for key, one in value.items()}
        return value

    def _finished(self, value: Any) -> Any:
        """The value of a plain tool that has returned a coroutine."""
        return self._thread.finish(value) if inspect.iscoroutine(value) else value

    def _finished_or_later(self, coroutine: Any) -> Any:
        return coroutine if self._thread.awaiting else self._thread.finish(coroutine)
