"""Reads a job as it was after one of its turns into the JSON form of `statek_jupyter.views.schema`."""

from __future__ import annotations

from typing import Any

from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.job_status import outcome_of
from statek_jupyter.store.history.timeline import end_at, read_turn, stop_after, usage_at
from statek_jupyter.store.history.view import status_at
from statek_jupyter.views.chat_items import timestamp
from statek_jupyter.views.job_view import (
    PAGE_ITEMS,
    job_error,
    read_items,
    read_job,
    result_text,
    usage_view,
)
from statek_jupyter.views.schema import PastJobView
from statek_jupyter.views.variables import locals_at


def read_job_at(job: Job, turn: int, *, since_item: int | None = None, whole: bool = False) -> PastJobView:
    """The job as it is shown after `turn`: the same form as `read_job`, with ``turn`` and marks at the variables.

    Variables are marked by what became of them since the turn before; deleted ones are listed with their last text.
    Subtasks are left out.

    Args:
        job: A job of the current transaction.
        turn: 0 for the warmup; negative turns count from the end.
        since_item: First chat log entry to read; the last page up to the turn when None.
        whole: Leave nothing of the outputs out, however long they are.

    Raises:
        UnknownTurnError: The job has no such turn.
    """
    turn = read_turn(job, turn)
    stop = stop_after(job.chat_log, turn)
    first = max(0, stop - PAGE_ITEMS) if since_item is None else min(max(0, since_item), stop)
    status, _ = status_at(job, turn)
    last = turn == job.num_turns
    end = end_at(job, turn)
    view = read_job(job, since_item=len(job.chat_log))
    return {
        **view,
        "status": status.name,
        "outcome": outcome_of(status, None if end is None or end.error is None else end.error.type_name),
        "finished_at": view["finished_at"] if last else None,
        "updated_at": _time_of(job, stop) or view["updated_at"],
        "turns": turn,
        "awaiting": view["awaiting"] if last else None,
        "waiting": view["waiting"] if last else [],
        "error": None if end is None or end.error is None else job_error(end.error),
        "result": view["result"] if last else _result(end),
        "first_item": first,
        "total_items": stop,
        "items": read_items(job, first, stop, whole=whole),
        "locals": locals_at(job, turn)["variables"],
        "usage": view["usage"] if last else usage_view(usage_at(job, stop)),
        "question": view["question"] if last else None,
        "unknown_calls": view["unknown_calls"] if last else [],
        "turn": turn,
        "last_turn": job.num_turns,
    }


def _time_of(job: Job, stop: int) -> str | None:
    entry = job.chat_log[stop - 1] if stop else None
    return timestamp(entry.timestamp) if isinstance(entry, ChatLogItem) else None


def _result(end: Any) -> str | None:
    if end is None:
        return None
    if end.exit_variable is not None:
        return f"see {end.exit_variable}"
    return result_text(end.exit_status if end.exited else end.answer)
