"""What is written around a request to a model: before it is sent, when it failed, when its reply is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from statek_jupyter.engine import person
from statek_jupyter.engine.commits.ending import Handlers, deliver, deliver_notifications, finish
from statek_jupyter.engine.commits.held import Held, held_item, held_job
from statek_jupyter.engine.reply import ReadReply
from statek_jupyter.engine.turn import Ask, last_item, next_step, read_state
from statek_jupyter.errors import ModelError, UserError
from statek_jupyter.executors.chat_log import Attempt, LLM_LogItem, SystemLogItem
from statek_jupyter.executors.job import Job, JobDefError
from statek_jupyter.executors.usage import CallUsage, LLM_Usage
from statek_jupyter.llm.model import ModelReply
from statek_jupyter.store.history.timeline import make_mark
from statek_jupyter.store.root import Root
from statek_jupyter.store.sub_tasks import count_usage


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn whose request is about to be sent."""

    item_id: int
    turn: int
    attempt: int
    model: str
    """The concrete model it is for."""


def begin_ask(root: Root, held: Held, model: str) -> Asked:
    """Deliver the messages that wait, and record that a request is about to be sent."""
    job = held_job(root, held)
    if model == person.MODEL:  # a person is no model: what is sent to the job is their reply
        deliver_notifications(job)
    else:
        deliver(root, job)
    item = last_item(job)
    if not isinstance(item, LLM_LogItem) or item.usage is not None:
        item = LLM_LogItem(turn=job.num_turns + 1)
        mark = make_mark(job)
        if mark is not None:
            item.mark = mark
        job.chat_log.append(item)
    item.model = model
    number = _add_attempt(job, item)
    job.touch()
    assert item.id is not None
    return Asked(item.id, item.turn, number, model)


def begin_next_ask(root: Root, held: Held) -> Asked | None:
    """As `begin_ask`, when that is what the job does next; for the transaction that ended the code before it."""
    job = root.job(held.job_id)
    if not isinstance(next_step(read_state(job)), Ask):
        return None  # it may be held by nobody any more: it is done, or waits
    try:
        model = job.concrete_model()
    except UserError:  # told when it is asked by itself: what the code did must be kept
        return None
    return begin_ask(root, held, model)


def begin_attempt(root: Root, held: Held, asked: Asked) -> None:
    """Record that the request is about to be sent once more."""
    job = held_job(root, held)
    _add_attempt(job, _asked_item(job, asked))
    job.touch()


def _add_attempt(job: Job, item: LLM_LogItem) -> int:
    """Append an attempt; one that never came back is lost: nobody can know whether it was answered."""
    now = datetime.now(UTC)
    before = tuple(replace(a, outcome="lost", ended_at=now) if a.outcome == "sent" else a for a in item.attempts)
    item.attempts = (*before, Attempt(len(before) + 1, now))
    if before:
        job.usage = replace(job.usage, retries=job.usage.retries + 1)
        count_usage(job, LLM_Usage(retries=1))
    return len(item.attempts)


def fail_attempt(root: Root, held: Held, asked: Asked, kind: str, message: str) -> None:
    """Record how the last attempt failed."""
    job = held_job(root, held)
    item = _asked_item(job, asked)
    failed = replace(
        item.attempts[-1], outcome="failed", ended_at=datetime.now(UTC), error_kind=kind, error_message=message
    )
    item.attempts = (*item.attempts[:-1], failed)
    job.touch()


def keep_reply(
    root: Root, held: Held, asked: Asked, reply: ModelReply, read: ReadReply, answered_by: str | None = None
) -> None:
    """Keep a reply with its usage and frozen price, before any of its code runs. A final reply ends the job.

    `answered_by` is the id of the message that was the reply of a person; it leaves the inbox now.
    """
    job = held_job(root, held)
    if answered_by is not None:
        job.inbox.drop(answered_by)
    item = _asked_item(job, asked)
    item.attempts = (*item.attempts[:-1], replace(item.attempts[-1], outcome="kept", ended_at=datetime.now(UTC)))
    item.reply_text, item.reasoning, item.answer = reply.text, reply.reasoning, read.answer
    item.llm_resp = read.code if read.code is not None else reply.text
    item.final = read.final
    item.finish_reason, item.request_id = reply.finish_reason, reply.request_id
    item.response_model = reply.response_model
    item.usage = _call_usage(item.model or "", reply)
    item.executed = read.code is None
    job.usage = job.usage.plus(item.usage)
    count_usage(job, LLM_Usage().plus(item.usage))
    root.note_spent(item.usage, datetime.now(UTC))
    job.num_turns += 1
    if read.complaint is not None:
        job.chat_log.append(SystemLogItem(read.complaint))
    if read.final:
        job.answer = read.answer
        finish(root, job)
    job.touch()


def _call_usage(model: str, reply: ModelReply) -> CallUsage:
    tokens = reply.usage
    return CallUsage(
        model=model,
        input_tokens=tokens.input_tokens if tokens else 0,
        cached_tokens=tokens.cached_tokens if tokens else 0,
        output_tokens=tokens.output_tokens if tokens else 0,
        reasoning_tokens=tokens.reasoning_tokens if tokens else 0,
        cost_usd=reply.cost_usd,
        cost_source=reply.cost_source,
        pricing=reply.pricing,
        seconds=reply.seconds,
        bytes_sent=reply.bytes_sent,
        bytes_received=reply.bytes_received,
        estimated=tokens is None or tokens.estimated,
        context_limit=reply.context_limit,
    )


def fail_ask(root: Root, held: Held, error: ModelError) -> Handlers:
    """End the job: no attempt can succeed, or none did. `resume` asks again. Returns the handlers to call."""
    job = held_job(root, held)
    finish(root, job, JobDefError(error, collect_traceback=False))
    job.touch()
    return job.take_error_handlers()


def _asked_item(job: Job, asked: Asked) -> LLM_LogItem:
    item = held_item(job, asked.item_id)
    assert isinstance(item, LLM_LogItem)
    return item
