"""The live list of a store's jobs, with the selected one beside it."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets

from statek_jupyter.errors import UnknownJobError
from statek_jupyter.notebook.requests import FullRequest, Request, SelectRequest
from statek_jupyter.notebook.widget import JobWidget, LiveWidget, now_milliseconds
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from statek_jupyter.views.job_rows import LiveRow, read_live_row
from statek_jupyter.views.live import feed_of


class JobList(LiveWidget):
    """The list alone.

    Args:
        store: Whose jobs.
        on_select: Called with a job when a person chooses it; on any thread of the kernel.
        filters: What ``store.jobs`` takes: ``status``, ``agent``, ``job_def``, ``parent``, ``since``, ``text`` and
            ``limit``.
    """

    def __init__(self, store: Store, on_select: Any, filters: dict[str, Any]) -> None:
        self._store = store
        self._feed = feed_of(store)
        self._filters = filters
        self._on_select = on_select
        self._lock = threading.Lock()
        self._version = 1
        self._asked = False
        self._rows = self._read()
        self.selected: str | None = self._rows[0]["id"] if self._rows else None
        super().__init__(kind="jobs", panes=[])
        self._feed.add(self)

    def close(self) -> None:
        """Take the list away and stop following the store."""
        self._feed.remove(self)
        super().close()

    def current(self) -> dict[str, Any]:
        """The rows and their place in the sequence."""
        with self._lock:
            return {"version": self._version, "now": now_milliseconds(), "rows": self._rows, "selected": self.selected}

    def handle_request(self, request: Request) -> None:
        """Selecting is done at once; the rows wait for the feed."""
        if isinstance(request, SelectRequest):
            self.select(request.job)
        elif isinstance(request, FullRequest) and request.have != self._version:
            self._asked = True
            self._feed.wake(self)

    def select(self, job_id: str) -> None:
        """Choose a job of the list; another id changes nothing."""
        if job_id in [row["id"] for row in self._rows]:
            self.selected = job_id
            self._on_select(self._store.job(job_id))
            self._asked = True
            self._feed.wake(self)

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """Any job may belong into the list now."""
        return True

    def ticks(self) -> bool:
        """Every change of a job is announced."""
        return False

    def refresh(self, changed: bool) -> None:
        """Send the rows, if they are others than before or somebody asked."""
        rows = self._read()
        if rows == self._rows and not self._asked:
            return
        self._asked = False
        with self._lock:
            self._rows = rows
            self._version += 1
        self.send({"type": "jobs", **self.current()})
        if self.selected is None and rows:
            self.select(rows[0]["id"])

    def _read(self) -> list[LiveRow]:
        ids = [handle.id for handle in self._store.jobs(**self._filters)]
        return self._store.read(lambda root: [row for id in ids if (row := _row(root, id)) is not None])


def _row(root: Root, job_id: str) -> LiveRow | None:
    try:
        return read_live_row(root.job(job_id))
    except UnknownJobError:
        return None


class Dashboard(ipywidgets.HBox):  # type: ignore[misc]
    """The live list of jobs with the selected one beside it.

    Args:
        store: Whose jobs.
        filters: What ``store.jobs`` takes, for example ``status=JobStatus.SUSPENDED`` or ``agent="analyst"``.
    """

    _list: JobList
    _job: JobWidget | None = None

    def __init__(self, store: Store, **filters: Any) -> None:
        self._list = JobList(store, self._show, filters)
        self._list.layout = ipywidgets.Layout(flex="0 1 380px", min_width="260px")
        super().__init__([self._list], layout=ipywidgets.Layout(width="100%", align_items="flex-start"))
        self.add_class("jp-statek-Dashboard")
        if self._list.selected is not None:
            self._show(store.job(self._list.selected))

    @property
    def selected(self) -> JobHandle | None:
        """The job shown beside the list."""
        return None if self._job is None else self._job.job

    def select(self, job_id: str) -> None:
        """Show another job of the list."""
        self._list.select(job_id)

    def close(self) -> None:
        """Take the list and the job away."""
        for part in (vars(self).get("_list"), self._job):  # ipywidgets closes a dashboard that was not made, too
            if part is not None:
                part.close()
        super().close()

    def _show(self, job: JobHandle) -> None:
        before, self._job = self._job, JobWidget(job)
        self._job.layout = ipywidgets.Layout(flex="1 1 0", min_width="0", margin="0 0 0 8px")
        self.children = (self._list, self._job)
        if before is not None:
            before.close()

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        bundle = super()._repr_mimebundle_(**keywords)
        text = f"Dashboard of {self._list._store.where}: {len(self._list._rows)} jobs"
        return {**bundle, "text/plain": text} if isinstance(bundle, dict) else bundle
