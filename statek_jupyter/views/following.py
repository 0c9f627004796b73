"""Reads a stored job's view, and later views of it, as whoever follows the job needs them."""

from __future__ import annotations

from typing import cast

from statek_jupyter.store import Store
from statek_jupyter.views.job_view import PAGE_ITEMS, last_page, read_job, refreshed, subtasks_in
from statek_jupyter.views.schema import JobView
from statek_jupyter.views.standing import worker_view


def first_view(store: Store, job_id: str) -> JobView:
    """The job as it is, with the last page of its chat log.

    Raises:
        UnknownJobError: There is no such job.
    """
    alive = store.presence.alive
    return store.read(lambda root: read_job(root.job(job_id), children=subtasks_in(root), alive=alive))


def later_view(store: Store, view: JobView) -> JobView:
    """The same job now. What can no longer change is not read again; a view grown long is cut to its last page.

    Raises:
        UnknownJobError: The job was deleted.
    """
    alive = store.presence.alive
    later = store.read(lambda root: refreshed(view, root.job(view["id"]), children=subtasks_in(root), alive=alive))
    return last_page(later) if len(later["items"]) > 2 * PAGE_ITEMS else later


def view_when_deleted(view: JobView) -> JobView:
    """What is left to show of a job that is not in its store any more."""
    error = {"type": "", "message": "The job was deleted from its store.", "traceback": "", "line": None}
    ended: dict[str, object] = {"status": "DONE", "outcome": "stopped", "awaiting": None, "waiting": [], "error": error}
    ended |= {"question": None, "unknown_calls": [], "worker": None}
    return cast(JobView, {**view, **ended})


def with_worker(store: Store, view: JobView) -> JobView:
    """The same view with who runs the job now: a process that dies commits nothing.

    Raises:
        UnknownJobError: The job was deleted.
    """
    if view.get("worker") is None:
        return view
    return {**view, "worker": store.read(lambda root: worker_view(root.job(view["id"]), store.presence.alive))}


def is_about(view: JobView, job_ids: frozenset[str]) -> bool:
    """Whether the job itself or one of its subtasks is among these."""
    return view["id"] in job_ids or any(task["id"] in job_ids for task in view["subtasks"])
