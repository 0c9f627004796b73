"""What clients follow, a job or a list: read once for all of them, sent as a snapshot, then as changes in sequence."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from statek_jupyter.api.jobs_list import JobsQuestion, jobs_list
from statek_jupyter.errors import UnknownJobError
from statek_jupyter.server.actions import now_milliseconds
from statek_jupyter.store import Store
from statek_jupyter.views.delta import delta, rows_delta
from statek_jupyter.views.following import first_view, is_about, later_view, view_when_deleted, with_worker
from statek_jupyter.views.plain_text import clean
from statek_jupyter.views.schema import JobView

KEPT_FRAMES = 100
"""Changes kept for clients that come back after a gap; who missed more gets the whole view."""
LINGER_SECONDS = 60.0
"""How long a topic goes on without followers, so that one who comes back finds the sequence."""
LIST_REST = 5
"""A list rests this many times as long as reading it took, so that a slow search cannot fill the thread."""
LOOK_SECONDS = 1.0
"""How often it is looked whether somebody still runs a job that is shown as running."""

View = Mapping[str, Any]


class Follower(Protocol):
    """Where frames go."""

    def deliver(self, key: str, frame: str) -> None:
        """Send a frame, which is a JSON object; may be called on any thread and returns at once."""

    def cut_off(self) -> None:
        """Let it go; it will come back. May be called on any thread."""


@dataclass(frozen=True)
class _Joining:
    follower: Follower
    key: str
    have: int | None
    """Version the follower has; None for none."""


class Topic:
    """One thing that is followed. It is refreshed on the feed's thread, which alone sends."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._followers: dict[tuple[Follower, str], None] = {}
        self._joining: list[_Joining] = []
        self._frames: deque[tuple[int, str]] = deque(maxlen=KEPT_FRAMES)
        self._view: View | None = None
        self._version = 0
        self._left_at = time.monotonic()
        self.ended = False
        """Nothing will change any more: the job was deleted, or never was."""

    # --- what subclasses say ------------------------------------------------------------------------

    def read(self, old: View | None) -> View:
        """The view now."""
        raise NotImplementedError

    def change(self, old: View, new: View) -> Mapping[str, Any]:
        """What makes `new` of `old`; empty when nothing is different."""
        raise NotImplementedError

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """See `LiveView`."""
        raise NotImplementedError

    # --- its followers ------------------------------------------------------------------------------

    def join(self, follower: Follower, key: str, have: int | None) -> None:
        """Send everything to this follower from now on; the topic is to be refreshed after this."""
        with self._lock:
            self._joining.append(_Joining(follower, key, have))

    def leave(self, follower: Follower, key: str | None = None) -> None:
        """Send nothing more to this follower, or nothing more under this key."""
        with self._lock:
            gone = [one for one in self._followers if one[0] is follower and key in (None, one[1])]
            for one in gone:
                del self._followers[one]
            self._joining = [one for one in self._joining if one.follower is not follower or key not in (None, one.key)]
            if gone and not self._followers:
                self._left_at = time.monotonic()

    def cut_off(self) -> None:
        """Let all followers go."""
        with self._lock:
            followers = {follower for follower, _ in self._followers} | {one.follower for one in self._joining}
        for follower in followers:
            follower.cut_off()

    @property
    def abandoned(self) -> bool:
        """Nobody follows it any more, and nobody came back."""
        with self._lock:
            idle = not self._followers and not self._joining
            return idle and (self.ended or time.monotonic() - self._left_at > LINGER_SECONDS)

    # --- the feed's side ----------------------------------------------------------------------------

    def ticks(self) -> bool:
        """Looked at while nobody follows it, to see whether it is abandoned."""
        return not self._followers

    def refresh(self, changed: bool) -> None:
        """Read, tell followers what is different, and let in who came."""
        with self._lock:
            joining, self._joining = self._joining, []
        if (changed or self._view is None) and not self.ended:
            self.advance(self._read())
        for one in joining:
            self._let_in(one)

    def advance(self, new: View | None) -> None:
        """Go over to a newer view, and tell followers; None is no view at all."""
        if new is None:
            return
        old, self._view = self._view, new
        change = {} if old is None else self.change(old, new)
        if old is None:
            self._version = 1
        elif change:
            self._version += 1
            self._tell(change)

    def _read(self) -> View | None:
        try:
            return self.read(self._view)
        except UnknownJobError:
            self.ended = True
            return None if self._view is None else cast(View, view_when_deleted(cast(JobView, self._view)))

    def _tell(self, change: Mapping[str, Any]) -> None:
        base = self._version - 1
        frame = _frame(type="delta", base=base, version=self._version, now=now_milliseconds(), delta=change)
        self._frames.append((self._version, frame))
        with self._lock:
            followers = list(self._followers)
        for follower, key in followers:
            follower.deliver(key, frame)

    def _let_in(self, joining: _Joining) -> None:
        for frame in self._missed(joining.have):
            joining.follower.deliver(joining.key, frame)
        with self._lock:
            self._followers[joining.follower, joining.key] = None

    def _missed(self, have: int | None) -> list[str]:
        """What brings a follower with version `have` up to date."""
        if self._view is None:
            return [_frame(type="gone")]
        missed = [frame for version, frame in self._frames if have is not None and version > have]
        if have is not None and have <= self._version and len(missed) == self._version - have:
            return [_frame(type="same", version=have), *missed]
        return [_frame(type="full", version=self._version, now=now_milliseconds(), view=self._view)]


def _frame(**content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


class JobTopic(Topic):
    """A job."""

    def __init__(self, store: Store, job_id: str) -> None:
        super().__init__(store)
        self.job_id = job_id
        self._live = store.live_texts()
        self._looked_at = 0.0

    def read(self, old: View | None) -> View:
        """The job's view; what cannot change any more is not read again."""
        newer = first_view(self.store, self.job_id) if old is None else later_view(self.store, cast(JobView, old))
        return self._with_live_text(cast(View, newer))

    def _with_worker(self, view: View) -> View:
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return view
        self._looked_at = time.monotonic()
        return cast(View, with_worker(self.store, cast(JobView, view)))

    def _with_live_text(self, view: View) -> View:
        live = clean(self._live.read(self.job_id)) if _runs(view) else ""
        return {**view, "live": live}

    def ticks(self) -> bool:
        """While it runs, too: no commit announces what it says meanwhile."""
        return super().ticks() or (self._view is not None and _runs(self._view))

    def refresh(self, changed: bool) -> None:
        """As every topic, and between two commits look for what the job says, and whether somebody still runs it."""
        if not changed and self._view is not None and not self.ended:
            with contextlib.suppress(UnknownJobError):  # the next commit tells
                self.advance(self._with_live_text(self._with_worker(self._view)))
        super().refresh(changed)

    def change(self, old: View, new: View) -> Mapping[str, Any]:
        """See `views.delta`."""
        return cast(Mapping[str, Any], delta(cast(JobView, old), cast(JobView, new)))

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """A change of the job or of a subtask."""
        return self._view is None or is_about(cast(JobView, self._view), job_ids)


def _runs(view: View) -> bool:
    return view["status"] in ("STARTED", "WARMING_UP")


class ListTopic(Topic):
    """A list of jobs."""

    def __init__(self, store: Store, question: JobsQuestion) -> None:
        super().__init__(store)
        self._question = question
        self._not_before = self._read_at = 0.0
        self._due = False

    def read(self, old: View | None) -> View:
        """The rows, how many jobs have each status, and whether there are more."""
        began = time.monotonic()
        rows = cast(View, jobs_list(self.store, self._question))
        ended = self._read_at = time.monotonic()
        self._not_before = ended + LIST_REST * (ended - began)
        return rows

    def change(self, old: View, new: View) -> Mapping[str, Any]:
        """Fields that differ, and what makes the new rows of the old."""
        fields = {name: new[name] for name in ("more", "counts") if new[name] != old[name]}
        rows = rows_delta(old["rows"], new["rows"], "id")
        return {**({"set": fields} if fields else {}), **({"rows": rows} if rows else {})}

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """Any job may belong into the list now."""
        return True

    def ticks(self) -> bool:
        """While a change waits to be read, too, and while a job runs: no commit tells that its worker died."""
        return self._due or super().ticks() or self._is_stale()

    def _is_stale(self) -> bool:
        rows = [] if self._view is None else self._view["rows"]
        return time.monotonic() - self._read_at > LOOK_SECONDS and any(row.get("alive") for row in rows)

    def refresh(self, changed: bool) -> None:
        """As every topic, at most as often as it is worth."""
        self._due = self._due or changed or self._is_stale()
        rested = time.monotonic() >= self._not_before
        super().refresh(self._due and rested)
        if rested:
            self._due = False
