"""One event loop in a thread of its own, on which all provider connections of the process live.

A connection belongs to the loop that opened it, and callers come with loops of their own: a worker's, a cell's, one
after the other. Here no client is ever bound to a loop that is gone.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}
"""Process id to loop: a forked child has the parent's memory but not its thread."""


async def run(work: Coroutine[Any, Any, T]) -> T:
    """Await work on the provider loop from any other loop. Cancelling this cancels the work."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, provider_loop()))


def provider_loop() -> asyncio.AbstractEventLoop:
    """The loop of this process, running; started on first use."""
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="statek-provider-io", daemon=True).start()
        return loop
