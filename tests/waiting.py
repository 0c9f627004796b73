"""Waiting in tests: for a condition, with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_INTERVAL_SECONDS = 0.01


def eventually(condition: Callable[[], T], timeout: float = 10.0) -> T:
    """The first true value of ``condition``, which is called again and again.

    Args:
        condition: Called on this thread; an exception of it ends the wait.
        timeout: Seconds until the test fails.

    Raises:
        AssertionError: Nothing true came in time. The text holds the last value.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s; the last value was {value!r}")
        time.sleep(_INTERVAL_SECONDS)


async def eventually_async(condition: Callable[[], T], timeout: float = 10.0) -> T:
    """As `eventually`, leaving the event loop free between two calls."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s; the last value was {value!r}")
        await asyncio.sleep(_INTERVAL_SECONDS)
