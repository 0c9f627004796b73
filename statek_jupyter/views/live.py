"""One thread per store keeps live views up to date: it reads and sends for all of them, at most ten times a second.

Everything a view sends in sequence is sent from here, so no message overtakes another. Sending from a thread is safe:
on a kernel, a comm message only puts a call on the queue of ipykernel's output thread (``IOPubThread.schedule``), the
way ``print`` does from any thread; in a server, it is put on the queue of the event loop.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from typing import Protocol

from statek_jupyter.errors import StatekError, StoreClosedError
from statek_jupyter.store import Store

INTERVAL_SECONDS = 0.1
"""Least time between two rounds."""
TICK_SECONDS = 0.2
"""How often a view is looked at that shows something no commit announces, such as a reply that streams in."""
IDLE_SECONDS = 5.0
"""How often a feed without news looks whether its store is still open."""

_log = logging.getLogger(__name__)


class LiveView(Protocol):
    """What the thread keeps up to date."""

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """Whether a change of one of these jobs is to be shown. Called on the store's watch thread; must not block."""

    def ticks(self) -> bool:
        """Whether to call `refresh` every `TICK_SECONDS` too."""

    def refresh(self, changed: bool) -> None:
        """Read, and send what is new. Always called on the feed's thread."""


class Feed:
    """The thread of one store; it runs while there are views."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._ring = threading.Event()
        self._views: set[LiveView] = set()
        self._changed: set[LiveView] = set()
        self._running = False

    def add(self, view: LiveView) -> None:
        """Keep a view up to date from now on."""
        with self._lock:
            self._views.add(view)
            if not self._running:
                self._running = True
                threading.Thread(target=self._serve, name="statek views", daemon=True).start()
        self.wake(view)

    def remove(self, view: LiveView) -> None:
        """Leave a view alone; it may be refreshed once more if that has begun."""
        with self._lock:
            self._views.discard(view)
        self._ring.set()

    def wake(self, view: LiveView) -> None:
        """Refresh a view soon."""
        with self._lock:
            self._changed.add(view)
        self._ring.set()

    def _on_change(self, job_ids: list[str]) -> None:
        ids = frozenset(job_ids)
        with self._lock:
            concerned = [view for view in self._views if view.concerns(ids)]
            self._changed.update(concerned)
        if concerned:
            self._ring.set()

    def _serve(self) -> None:
        stop = self._store.watch(self._on_change)
        try:
            while self._round():
                time.sleep(INTERVAL_SECONDS)
        except StoreClosedError:
            self._forget()
        finally:
            stop()

    def _round(self) -> bool:
        with self._lock:
            ticking = any(view.ticks() for view in self._views)
        self._ring.wait(TICK_SECONDS if ticking else IDLE_SECONDS)
        self._ring.clear()
        with self._lock:
            views, changed, self._changed = list(self._views), self._changed, set()
            self._running = bool(views) and not self._store.closed
            if not self._running:
                return False
        for view in views:
            if view in changed or view.ticks():
                _refresh(view, view in changed)
        return True

    def _forget(self) -> None:
        """The store was closed: its views stay as they are."""
        with self._lock:
            self._views.clear()
            self._changed.clear()
            self._running = False


def _refresh(view: LiveView, changed: bool) -> None:
    try:
        view.refresh(changed)
    except StoreClosedError:
        raise
    except StatekError as error:
        _log.warning("a job's view was not refreshed: %s", error)
    except Exception:
        _log.exception("a job's view was not refreshed")


_feeds: weakref.WeakValueDictionary[int, Feed] = weakref.WeakValueDictionary()
"""By the identity of the store, which a feed keeps alive."""
_feeds_lock = threading.Lock()


def feed_of(store: Store) -> Feed:
    """The feed of a store."""
    with _feeds_lock:
        feed = _feeds.get(id(store))
        if feed is None:
            feed = _feeds[id(store)] = Feed(store)
        return feed
