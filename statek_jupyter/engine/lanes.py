"""Which call of a statement a call is, so that it is found again when the statement runs again.

A number that counted all calls of a statement would depend on which of several tasks was faster. So each asyncio task
counts its own calls and is itself counted by the task that started it. Threads are not started in a fixed order by the
pools that own them; there, a call is told by what it calls with what, and by how often that happened before.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import Counter
from collections.abc import Coroutine
from typing import Any


class Lane:
    """One task of a statement.

    Args:
        path: Empty for the statement itself; else the numbers of the task and of those that started it.
    """

    def __init__(self, path: str = "") -> None:
        self.path = path
        self._calls = 0
        self._tasks = 0

    def next_call(self) -> str:
        """The number of the next call."""
        number, self._calls = self._calls, self._calls + 1
        return f"{self.path}{number}"

    def next_task(self) -> Lane:
        """The lane of the next task it starts."""
        number, self._tasks = self._tasks, self._tasks + 1
        return Lane(f"{self.path}{number}-")


_lane: contextvars.ContextVar[Lane | None] = contextvars.ContextVar("statek_lane", default=None)


def number_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Give each task of the loop a lane of its own."""

    def factory(
        loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any
    ) -> asyncio.Task[Any]:
        parent = _lane.get()
        if parent is None:
            return asyncio.Task(coroutine, loop=loop, **options)
        context = options.pop("context", None) or contextvars.copy_context()
        context.run(_lane.set, parent.next_task())
        return asyncio.Task(coroutine, loop=loop, context=context, **options)

    loop.set_task_factory(factory)  # type: ignore[arg-type]


class CallCounter:
    """Numbers the calls of one statement. Made on the job's thread, in the context its code runs in."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        self._elsewhere: Counter[str] = Counter()
        self._lock = threading.Lock()
        _lane.set(Lane())

    def next_call(self, name: str, fingerprint: bytes) -> str:
        """The number of a call that begins now, on the calling thread and task."""
        lane = _lane.get()
        if lane is not None and threading.current_thread() is self._thread:
            return lane.next_call()
        what = f"{name}-{fingerprint.hex()[:12]}"
        with self._lock:
            count = self._elsewhere[what]
            self._elsewhere[what] += 1
        return f"{what}-{count}"
