"""How a job stands just now: who runs it, what it asks a person, how far it may go, where it comes from."""

from __future__ import annotations

from collections.abc import Callable

from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.store.sub_tasks import subtree_usage
from statek_jupyter.views.calls import read_waits
from statek_jupyter.views.chat_items import item_state, timestamp
from statek_jupyter.views.plain_text import line
from statek_jupyter.views.schema import ForkView, LimitsView, QuestionView, UnknownCallView, WorkerView
from statek_jupyter.views.wording import REPLY

Alive = Callable[[str | None], bool]
"""Whether the process with a presence id still uses the store."""

RUNNING = (JobStatus.WARMING_UP, JobStatus.STARTED)
PERSON = "human"
"""The model that is a person."""
YOUR_TURN = "It is your turn: what you write is the reply to this job's request."


def worker_view(job: Job, alive: Alive) -> WorkerView | None:
    """Who runs it; None for a job that need not be run now."""
    if job.status not in RUNNING:
        return None
    lease = job.lease
    heard = timestamp(job.updated_at or job.created_at)
    if lease is None:
        return {"alive": False, "where": "", "seen_at": heard}
    process = lease.worker.partition("-")[0]
    where = f"process {process}" if process.isdigit() else line(lease.worker, 80)
    return {"alive": alive(lease.worker), "where": where, "seen_at": heard}


def question_view(job: Job) -> QuestionView | None:
    """What it asks a person and waits for: a question of its code, or the reply of a model that is a person."""
    if job.status is JobStatus.DONE:
        return None
    asked = next((wait for wait in read_waits(job) if "question" in wait), None)
    if asked is not None:
        text, options = asked["question"], asked.get("options") or []
        return {"id": asked["call"], "kind": "question", "text": text, "options": options, "asked_at": asked["since"]}
    last = job.chat_log[-1] if len(job.chat_log) else None
    if not isinstance(last, LLM_LogItem) or item_state(last) != "asking" or last.model != PERSON:
        return None
    asked_at = timestamp(last.timestamp)
    return {"id": f"{REPLY}{last.id}", "kind": "question", "text": YOUR_TURN, "options": [], "asked_at": asked_at}


def unknown_calls(job: Job) -> list[UnknownCallView]:
    """Its calls of which nobody knows what came, and a person has to say."""
    waits = [wait for wait in read_waits(job) if wait["kind"] == "unknown"]
    return [
        {"id": wait["call"], "text": f"{wait['name']}({wait['arguments']})", "item": _item_of(wait["call"])}
        for wait in waits
    ]


def _item_of(call: str) -> int | None:
    item = call.partition(".")[0]
    return int(item) if item.isdigit() else None


def limits_view(job: Job) -> LimitsView:
    """How far it may go."""
    budget = job.limits.budget_usd
    cost = None if budget is None else f"{budget:f}"
    spent = subtree_usage(job).total_known_cost
    return {
        "cost_usd": cost,
        "spent_usd": None if spent is None else f"{spent:f}",
        "turns": job.limits.max_turns,
        "turns_used": job.num_turns - job.turns_before,
    }


def fork_view(job: Job) -> ForkView | None:
    """Where it left another job."""
    fork = job.origin.fork
    return None if fork is None else {"job": job_id(fork.job), "turn": fork.turn}
