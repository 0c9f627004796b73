"""What was spent since a moment, over all jobs of a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TypedDict

from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.store.root import Root

MAX_JOBS = 2_000
"""The newest jobs that are looked at; older ones rarely still spend."""


class SpentAnswer(TypedDict):
    """Cost of the calls since the moment."""

    cost_usd: str | None
    """As decimal text; None when no cost is known."""
    unknown_cost_calls: int
    """Calls without a known cost: with any, the cost is a lower bound."""


def read_spent(root: Root, since: datetime) -> SpentAnswer:
    """Sum of the calls whose turn began at or after `since`, in the newest `MAX_JOBS` jobs; inside ``store.read``."""
    known: list[Decimal] = []
    unknown = 0
    for job in islice(root.jobs_by(), MAX_JOBS):
        for call in _calls(job, since):
            if call.cost_usd is None:
                unknown += 1
            else:
                known.append(call.cost_usd)
    cost = sum(known, Decimal(0))
    return {"cost_usd": f"{cost:f}" if known or not unknown else None, "unknown_cost_calls": unknown}


def _calls(job: Job, since: datetime) -> Iterator[CallUsage]:
    """From the newest back: what is older than a job's last change is older still."""
    if job.updated_at is not None and job.updated_at < since:
        return
    for position in range(len(job.chat_log) - 1, -1, -1):
        entry = job.chat_log[position]
        if not isinstance(entry, LLM_LogItem):
            continue
        if entry.timestamp < since:
            return
        if entry.usage is not None:
            yield entry.usage
