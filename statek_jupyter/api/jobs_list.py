"""The list of jobs as a page asks for it: which jobs, and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from statek_jupyter.api.fields import checked_id, number, text
from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.job_status import Outcome
from statek_jupyter.store import Store
from statek_jupyter.store.query import Query
from statek_jupyter.store.root import Root
from statek_jupyter.views.job_rows import LiveRow, read_live_row

MAX_ROWS = 500
DEFAULT_ROWS = 50
FILTERS = ("status", "outcome", "agent", "parent", "text", "after", "limit")
OUTCOMES: tuple[Outcome, ...] = ("ok", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class JobsQuestion:
    """Which jobs of the list; also the name of a list that is followed."""

    query: Query
    limit: int = DEFAULT_ROWS


class JobsAnswer(TypedDict):
    """A page of the list."""

    rows: list[LiveRow]
    more: bool
    """Whether there are more below."""
    counts: dict[str, int]
    """How many jobs of the store have each status."""


def read_jobs_question(values: Mapping[str, Any]) -> JobsQuestion:
    """The filters of a list: ``status`` (one or a list), ``outcome``, ``agent``, ``parent``, ``text``, ``after`` and
    ``limit``.

    Raises:
        BadOptionError: One of them is wrong, or there are others.
    """
    for name in values.keys() - set(FILTERS):
        raise BadOptionError(name, f"there is no such filter: use {', '.join(FILTERS)}")
    parent, after = values.get("parent"), values.get("after")
    query = Query(
        status=_statuses(values.get("status")),
        agent=text("agent", values.get("agent") or "", 200) or None,
        parent=job_number(checked_id(text("parent", parent, 40))) if parent else None,
        text=text("text", values.get("text") or "", 200).strip() or None,
        outcome=_outcome(values.get("outcome")),
        before=job_number(checked_id(text("after", after, 40))) if after else None,
    )
    return JobsQuestion(query, number("limit", values.get("limit", DEFAULT_ROWS), least=1, most=MAX_ROWS))


def jobs_list(store: Store, question: JobsQuestion) -> JobsAnswer:
    """One page of the list, how many jobs have each status, and whether there are more."""
    alive = store.presence.alive

    def read(root: Root) -> JobsAnswer:
        ids = question.query.ids(root, question.limit + 1)
        rows: list[LiveRow] = [read_live_row(root.job(one), alive) for one in ids[: question.limit]]
        counts = {status.name: amount for status, amount in root.status_counts().items()}
        return {"rows": rows, "more": len(ids) > question.limit, "counts": counts}

    return store.read(read)


def _statuses(value: Any) -> tuple[JobStatus, ...] | None:
    names = [value] if isinstance(value, str) else value
    if not names:
        return None
    if not isinstance(names, list | tuple):
        raise BadOptionError("status", "it must be a name or a list of names")
    unknown = [name for name in names if name not in JobStatus.__members__]
    if unknown:
        raise BadOptionError("status", f"{unknown[0]!r} is none: use some of {', '.join(JobStatus.__members__)}")
    return tuple(sorted((JobStatus[name] for name in set(names)), key=lambda status: status.name))


def _outcome(value: Any) -> Outcome | None:
    if not value:
        return None
    found = next((one for one in OUTCOMES if one == value), None)
    if found is None:
        raise BadOptionError("outcome", f"{value!r} is none: use one of {', '.join(OUTCOMES)}")
    return found
