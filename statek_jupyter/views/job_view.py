"""Reads a job into its JSON form; call it inside ``store.read`` or ``handle.read``.

The form itself is documented in `statek_jupyter.views.schema`; its types are importable from here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from statek_jupyter.executors.chat_log import ChatLogEntry, ChatLogItem, LLM_LogItem
from statek_jupyter.executors.job import Job, JobDefError
from statek_jupyter.executors.usage import LLM_Usage
from statek_jupyter.store.sub_tasks import subtree_usage
from statek_jupyter.views.calls import read_waits
from statek_jupyter.views.chat_items import read_item, settled, timestamp
from statek_jupyter.views.outputs import OutputText, joined, output_text
from statek_jupyter.views.plain_text import bounded, line
from statek_jupyter.views.schema import (
    FORMAT,
    ErrorView,
    ItemView,
    JobView,
    SubtaskView,
    UsageView,
)
from statek_jupyter.views.standing import Alive, fork_view, limits_view, question_view, unknown_calls, worker_view
from statek_jupyter.views.variables import locals_at

if TYPE_CHECKING:
    from statek_jupyter.store.root import Root

__all__ = [
    "FORMAT",
    "PAGE_ITEMS",
    "JobView",
    "last_page",
    "read_items",
    "read_job",
    "read_output",
    "refreshed",
    "subtasks_in",
]

PAGE_ITEMS = 50
"""Entries of the chat log on one page."""
MAX_SUBTASKS = 300
"""Subtasks listed, level by level; `subtask_tree` gives pages of all."""

Children = Callable[[Job], Iterable[Job]]
"""Gives the subtasks of a job, oldest first."""


def read_job(
    job: Job,
    *,
    since_item: int | None = None,
    children: Children | None = None,
    whole: bool = False,
    alive: Alive | None = None,
) -> JobView:
    """The job as it is shown.

    Args:
        job: A job of the current transaction, or one no store holds.
        since_item: First chat log entry to read; the last page when None.
        children: Gives subtasks, see `subtasks_in`; without it the view lists none.
        whole: Leave nothing of the outputs out, however long they are.
        alive: Tells which processes live; without it the view does not say who runs the job.
    """
    total = len(job.chat_log)
    first = max(0, total - PAGE_ITEMS) if since_item is None else min(max(0, since_item), total)
    subtasks, more_subtasks = _subtasks(job, children)
    view: JobView = {
        "format": FORMAT,
        "id": job.id or "",
        "name": _short(job.name),
        "seq": job.seq,
        "status": job.status.name,
        "outcome": job.outcome,
        "model": _short(job.model),
        "agent": line(job.job_def.agent.role),
        "created_at": timestamp(job.created_at),
        "updated_at": timestamp(job.updated_at),
        "started_at": timestamp(job.started_at),
        "finished_at": timestamp(job.finished_at),
        "turns": job.num_turns,
        "awaiting": _short(job.awaiting),
        "waiting": read_waits(job),
        "error": None if job.error is None else job_error(job.error),
        "result": result_text(job.result),
        "live": "",
        "first_item": first,
        "total_items": total,
        "items": read_items(job, first, total, whole=whole),
        "locals": locals_at(job)["variables"],
        "subtasks": subtasks,
        "more_subtasks": more_subtasks,
        "usage": _usage(job),
        "question": question_view(job),
        "unknown_calls": unknown_calls(job),
        "limits": limits_view(job),
        "forked_from": fork_view(job),
    }
    if alive is not None:
        view["worker"] = worker_view(job, alive)
    return view


def subtasks_in(root: Root) -> Children:
    """How subtasks are found in a store; for `read_job` inside ``store.read``."""
    return lambda job: () if job.number is None else reversed(list(root.jobs_by(parent=job.number)))


def read_items(job: Job, start: int, stop: int, *, whole: bool = False) -> list[ItemView]:
    """Entries `start` to `stop` of the chat log; a page before the first one shown, say."""
    entries = job.chat_log[max(0, start) : stop]
    return [read_item(position, entry, whole=whole) for position, entry in enumerate(entries, max(0, start))]


def refreshed(view: JobView, job: Job, *, children: Children | None = None, alive: Alive | None = None) -> JobView:
    """A later view of the same job with the same first entry; entries that can no longer change are not read again."""
    open_items = [item["id"] for item in view["items"] if not settled(item)]
    since = min([*open_items, view["total_items"] - 1])
    since = max(since, view["first_item"])
    newer = read_job(job, since_item=since, children=children, alive=alive)
    kept = [item for item in view["items"] if item["id"] < newer["first_item"]]
    return {**newer, "first_item": min(view["first_item"], newer["total_items"]), "items": kept + newer["items"]}


def last_page(view: JobView) -> JobView:
    """The same view with only the last page of entries."""
    items = view["items"][-PAGE_ITEMS:]
    return {**view, "items": items, "first_item": view["total_items"] - len(items)}


def read_output(job: Job, item: int, index: int, start: int = 0) -> OutputText:
    """A stretch of the whole text of one output.

    Args:
        job: A job of the current transaction.
        item: Position of the entry in the chat log.
        index: Position among the entry's outputs, older unlisted ones counted.
        start: First character of the stretch.

    Raises:
        IndexError: There is no such entry or output.
    """
    entry = job.chat_log[item]
    outputs = list(joined(entry.outputs)) if isinstance(entry, ChatLogItem) else []
    return output_text(outputs[index], start)


def _short(text: str | None) -> str | None:
    return None if text is None else line(text)


def job_error(error: JobDefError) -> ErrorView:
    """What ended a job."""
    return {
        "type": line(error.type_name, 100),
        "message": bounded(error.error_message, 4_000),
        "traceback": bounded("".join(error.traceback or ()), 12_000),
        "line": None,
    }


def result_text(value: Any) -> str | None:
    """An exit status or final answer as it is shown."""
    return None if value is None else bounded(value if isinstance(value, str) else repr(value), 8_000)


def _subtasks(job: Job, children: Children | None) -> tuple[list[SubtaskView], int]:
    found: list[tuple[str, Job]] = []
    waiting = [job]
    while waiting and children is not None and len(found) < MAX_SUBTASKS:
        parent = waiting.pop(0)
        below = list(children(parent))
        found += [(parent.id or "", child) for child in below]
        waiting += below
    shown = [subtask_view(parent, child) for parent, child in found[:MAX_SUBTASKS]]
    there = len(found) if job.below is None else max(len(found), job.below.present)
    return shown, 0 if children is None else there - len(shown)


def subtask_view(parent: str, job: Job) -> SubtaskView:
    """One job below another."""
    whole = subtree_usage(job)
    return {
        "id": job.id or "",
        "parent": parent,
        "name": _short(job.name),
        "status": job.status.name,
        "outcome": job.outcome,
        "turns": job.num_turns,
        "tokens": job.usage.total_tokens,
        "cost_usd": _cost(job.usage.total_known_cost),
        "unknown_cost_calls": job.usage.unknown_cost_calls,
        "started_at": timestamp(job.started_at),
        "finished_at": timestamp(job.finished_at),
        "error": "" if job.error is None else line(job.error.error_message),
        "below": 0 if job.below is None else job.below.present,
        "subtree_tokens": whole.total_tokens,
        "subtree_cost_usd": _cost(whole.total_known_cost),
        "subtree_unknown_cost_calls": whole.unknown_cost_calls,
    }


def _cost(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _usage(job: Job) -> UsageView:
    view = usage_view(job.usage)
    view["code_seconds"] = round(job.code_seconds, 3)
    newest = next((one for one in map(job.chat_log.__getitem__, _last_positions(job)) if _was_answered(one)), None)
    if isinstance(newest, LLM_LogItem) and newest.usage is not None:
        view["context_tokens"] = newest.usage.input_tokens
        if newest.usage.context_limit is not None:
            view["context_limit"] = newest.usage.context_limit
    if job.usage.retries:
        view["retries"] = job.usage.retries
    if job.below is not None:
        whole = subtree_usage(job)
        view["subtree_tokens"] = whole.total_tokens
        view["subtree_cost_usd"] = _cost(whole.total_known_cost)
        view["subtree_unknown_cost_calls"] = whole.unknown_cost_calls
    return view


def _last_positions(job: Job) -> range:
    total = len(job.chat_log)
    return range(total - 1, max(-1, total - PAGE_ITEMS), -1)


def _was_answered(entry: ChatLogEntry) -> bool:
    return isinstance(entry, LLM_LogItem) and entry.usage is not None


def usage_view(usage: LLM_Usage) -> UsageView:
    """What a job used."""
    return {
        "input_tokens": usage.total_input_tokens,
        "cached_tokens": usage.total_cached_tokens,
        "output_tokens": usage.total_output_tokens,
        "reasoning_tokens": usage.total_reasoning_tokens,
        "calls": usage.num_calls,
        "model_seconds": round(usage.model_seconds, 3),
        "cost_usd": _cost(usage.total_known_cost),
        "cost_source": _cost_source(usage),
        "unknown_cost_calls": usage.unknown_cost_calls,
        "estimated": usage.estimated,
        "by_model": [
            {"model": line(model), "input_tokens": tokens_in, "output_tokens": tokens_out, "cost_usd": _cost(cost)}
            for model, tokens_in, tokens_out, cost in usage.by_model
        ],
    }


def _cost_source(usage: LLM_Usage) -> str:
    known, reported = usage.total_known_cost, usage.total_reported_cost
    if known is None:
        return "unknown"
    if reported is None:
        return "prices"
    return "provider" if abs(float(known) - reported) < 1e-9 else "mixed"
