"""Who is reading from an open store right now, so that closing waits: SQLite does not survive the loss of a connection
whose statement another thread runs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Open until it is closed for good. Within a thread it may be passed again by who is inside."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inside: Counter[int] = Counter()
        """Thread to how deep it is inside."""
        self._closed = False

    @contextmanager
    def passed(self, refusal: Exception) -> Iterator[None]:
        """Be inside for the time of the block.

        Args:
            refusal: Raised when the gate is closed.
        """
        thread = threading.get_ident()
        with self._changed:
            if self._closed and thread not in self._inside:
                raise refusal
            self._inside[thread] += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside[thread] -= 1
                if not self._inside[thread]:
                    del self._inside[thread]
                    self._changed.notify_all()

    def is_inside(self) -> bool:
        """Whether the calling thread is."""
        return threading.get_ident() in self._inside

    def close(self, timeout_seconds: float) -> bool:
        """Let nobody in any more and wait for those inside; False when somebody still is after that time."""
        with self._changed:
            self._closed = True
            return self._changed.wait_for(lambda: not self._inside, timeout_seconds)
