"""Numbers of jobs: ordered by time of creation, made without asking anybody.

A number is ``microseconds since 1970 << 6 | lane``. A lane is a small number that one process holds at a time, so no
two processes make the same number and none waits for another.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from statek_jupyter.store.file_lock import FileLock

LANE_BITS = 6
LANES = 1 << LANE_BITS


def lane_of(number: int) -> int:
    """The lane a number was made in."""
    return number & (LANES - 1)


def first_number_at(seconds: float) -> int:
    """The smallest number of a job created at this time (seconds since 1970) or later."""
    return int(seconds * 1_000_000) << LANE_BITS


def _microseconds() -> int:
    return time.time_ns() // 1000


class LaneClock:
    """Makes the numbers of one lane, each larger than every one before, also when the computer's clock steps back."""

    def __init__(self, lane: int, clock: Callable[[], int] = _microseconds) -> None:
        self.lane = lane
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def pass_by(self, number: int) -> None:
        """Never again make a number as small as this one."""
        with self._lock:
            self._last = max(self._last, number >> LANE_BITS)

    def next(self) -> int:
        with self._lock:
            self._last = max(self._clock(), self._last + 1)
            return self._last << LANE_BITS | self.lane


def lease_lane(folder: Path) -> tuple[int, FileLock | None]:
    """The lowest lane no other process on this folder store holds, and the lock that holds it.

    With more processes than lanes, one is shared: then numbers may clash, and the submit that loses takes another.
    """
    folder.mkdir(exist_ok=True)
    for lane in range(LANES):
        lock = FileLock(folder / f"{lane:02d}")
        if lock.try_acquire():
            return lane, lock
        lock.abandon()
    return random.randrange(LANES), None
