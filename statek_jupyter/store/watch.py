"""Telling callbacks which jobs changed, soon after each commit of any process."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable

from statek_jupyter.executors.job_id import job_id
from statek_jupyter.store.feed import Feed

POLL_SECONDS = 0.02
"""How often other processes' commits are looked for; own commits wake the watch at once."""

_log = logging.getLogger(__name__)

Callback = Callable[[list[str]], object]


class Watch:
    """A background thread that runs while somebody listens."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._callbacks: dict[int, Callback] = {}
        self._keys = itertools.count()
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` with the ids of changed jobs, on the watch's thread; the returned function ends that."""
        with self._lock:
            key = next(self._keys)
            self._callbacks[key] = callback
            if self._thread is None and not self._closed:
                cursor = self._feed.newest()
                self._thread = threading.Thread(target=self._serve, args=(cursor,), name="statek watch", daemon=True)
                self._thread.start()
        return lambda: self._remove(key)

    def wake(self) -> None:
        """Something was committed in this process."""
        self._changed.set()

    def close(self) -> None:
        """End the thread; callbacks are not called any more once this returns."""
        with self._lock:
            self._closed = True
            self._callbacks.clear()
            thread = self._thread
        self._changed.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _remove(self, key: int) -> None:
        with self._lock:
            self._callbacks.pop(key, None)

    def _serve(self, cursor: int) -> None:
        while True:
            self._changed.wait(POLL_SECONDS)
            self._changed.clear()
            with self._lock:
                if not self._callbacks:
                    self._thread = None
                    return
            cursor, numbers = self._look(cursor)
            if numbers:
                self._tell([job_id(number) for number in numbers])

    def _look(self, cursor: int) -> tuple[int, list[int]]:
        try:
            return self._feed.since(cursor)
        except Exception:
            _log.exception("cannot read the changes of the store; trying again")
            return cursor, []

    def _tell(self, ids: list[str]) -> None:
        with self._lock:
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            try:
                callback(ids)
            except Exception:
                _log.exception("a store watcher failed; the others go on")
