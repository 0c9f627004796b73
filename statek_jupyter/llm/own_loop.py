"""Calls of models that people write: each on a thread of its own kind, so that one that blocks blocks itself.

A client of theirs keeps one event loop for all its calls, because connections belong to the loop that opened them. A
plain function gets a thread per call. Whoever waits for a call may stop waiting; the thread is then left behind.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class ForeignError(Exception):
    """Code of a model raised something; as it is, it might end an event loop.

    Args:
        error: What was raised.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return error_text(self.error)


def error_text(error: BaseException) -> str:
    """Type and message of an error of any class, whose ``__str__`` may fail."""
    name = type(error).__name__
    try:
        said = str(error)
    except BaseException:
        return f"{name} (whose text cannot be had)"
    return f"{name}: {said}" if said else name


async def on_own_loop(owner: object, make: Callable[[], Awaitable[T]]) -> T:
    """Make and await something on the loop of `owner`. Cancelling this cancels it, and does not wait for that.

    Raises:
        ForeignError: What came out of it.
    """
    outcome = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(make), _loop_of(owner)))
    if isinstance(outcome, ForeignError):
        raise outcome
    return outcome


async def in_own_thread(call: Callable[[], T]) -> T:
    """Call something that may block, in the caller's context. Cancelling this leaves the thread behind.

    Raises:
        ForeignError: What came out of it.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T | ForeignError] = loop.create_future()

    def tell(outcome: T | ForeignError) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        try:
            outcome: T | ForeignError = call()
        except BaseException as error:
            outcome = ForeignError(error)
        try:
            loop.call_soon_threadsafe(tell, outcome)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    context = copy_context()
    threading.Thread(target=context.run, args=(work,), name="statek model function", daemon=True).start()
    outcome = await future
    if isinstance(outcome, ForeignError):
        raise outcome
    return outcome


async def _awaited(make: Callable[[], Awaitable[T]]) -> T | ForeignError:
    """The value, or what was raised as a value; a cancellation of ours passes, one of the model's own does not."""
    task = asyncio.current_task()
    try:
        return await make()
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        return ForeignError(error)


WIND_UP_SECONDS = 1.0
"""How long code of a client whose owner is gone may take to obey."""

_lock = threading.Lock()
_loops: dict[tuple[int, int], asyncio.AbstractEventLoop] = {}
"""(process, id of the owner) to loop: a forked child has the parent's memory but not its threads."""


def _loop_of(owner: object) -> asyncio.AbstractEventLoop:
    key = os.getpid(), id(owner)
    with _lock:
        loop = _loops.get(key)
        if loop is None:
            loop = _loops[key] = asyncio.new_event_loop()
            threading.Thread(target=_serve, args=(loop,), name="statek model client", daemon=True).start()
            weakref.finalize(owner, _end, key).atexit = False
        return loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.run_until_complete(_wind_up())
    loop.close()


async def _wind_up() -> None:
    """Start what was handed over and has not begun, then cancel all there is: nobody waits for it any more."""
    await asyncio.sleep(0)
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=WIND_UP_SECONDS)


def _end(key: tuple[int, int]) -> None:
    """The owner is gone. Runs wherever a collection happens, also on the thread that holds `_lock`: takes no lock."""
    loop = _loops.pop(key, None)
    if loop is not None and key[0] == os.getpid():
        loop.call_soon_threadsafe(loop.stop)
