"""Rows of the live list of jobs."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from statek_jupyter.executors.job import Job
from statek_jupyter.executors.job_status import Outcome
from statek_jupyter.views.chat_items import timestamp
from statek_jupyter.views.plain_text import line
from statek_jupyter.views.standing import Alive, worker_view
from statek_jupyter.views.wording import is_queued


class LiveRow(TypedDict):
    """One job of the list."""

    id: str
    name: str | None
    agent: str
    model: str | None
    status: str
    """Name of the `JobStatus`."""
    outcome: Outcome | None
    turns: int
    cost_usd: str | None
    unknown_cost_calls: int
    created_at: str | None
    started_at: str | None
    finished_at: str | None
    awaiting: str | None
    error: str
    alive: NotRequired[bool]
    """Only for a job that is being run, where that is known: False when nobody does so any more."""
    queued: NotRequired[bool]
    """True when no process has it, and it goes on as soon as a worker takes it."""


def read_live_row(job: Job, alive: Alive | None = None) -> LiveRow:
    """A job as one row; called inside ``store.read``. With `alive` it says whether somebody runs it."""
    known = job.usage.total_known_cost
    row: LiveRow = {
        "id": job.id or "",
        "name": None if job.name is None else line(job.name),
        "agent": line(job.job_def.agent.role),
        "model": None if job.model is None else line(job.model),
        "status": job.status.name,
        "outcome": job.outcome,
        "turns": job.num_turns,
        "cost_usd": None if known is None else f"{known:f}",
        "unknown_cost_calls": job.usage.unknown_cost_calls,
        "created_at": timestamp(job.created_at),
        "started_at": timestamp(job.started_at),
        "finished_at": timestamp(job.finished_at),
        "awaiting": None if job.awaiting is None else line(job.awaiting),
        "error": "" if job.error is None else line(str(job.error)),
    }
    worker = None if alive is None else worker_view(job, alive)
    if worker is not None:
        row["alive"] = worker["alive"]
        if is_queued(worker):
            row["queued"] = True
    return row
