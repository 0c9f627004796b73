"""What each boundary of a running job writes. Every function here is one transaction's body, run on the store thread.

A body may run several times when a commit conflicts, so it only sets what it computes from its arguments. Each begins
with `held_job`, which refuses when another worker has the job: a worker that was thought dead writes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from statek_jupyter.engine import person
from statek_jupyter.engine.block import BlockEnd, Progress
from statek_jupyter.engine.reply import ReadReply
from statek_jupyter.engine.system_names import JobExit
from statek_jupyter.engine.turn import Part, item_parts, last_item
from statek_jupyter.errors import LeaseLostError, ModelError
from statek_jupyter.executors.chat_log import (
    Attempt,
    ChatLogItem,
    CodeError,
    LLM_LogItem,
    Output,
    SystemLogItem,
    ToolResult,
    UserLogItem,
    WarmupLogItem,
)
from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.inbox import Message
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.llm.model import ModelReply
from statek_jupyter.store.locals import LocalsChange, apply_change
from statek_jupyter.store.root import Root

Handlers = tuple[ErrorHandler, ...]
"""Error handlers taken from a job that has ended. They are called after the commit: at most once, whatever happens."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job this worker has claimed."""

    job_id: str
    worker: str
    token: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn whose request is about to be sent."""

    item_id: int
    turn: int
    attempt: int


def held_job(root: Root, held: Held) -> Job:
    """The job, if this worker still holds it.

    Raises:
        LeaseLostError: Another worker has claimed it.
        UnknownJobError: It was deleted.
    """
    job = root.job(held.job_id)
    if job.lease is None or (job.lease.worker, job.lease.token) != (held.worker, held.token):
        raise LeaseLostError(held.job_id, "another worker runs this job now; nothing was written")
    return job


def release(root: Root, held: Held) -> None:
    """Give the job back as it is, for any worker to go on."""
    held_job(root, held).lease = None


# --- asking ---------------------------------------------------------------------------------------


def begin_ask(root: Root, held: Held, model: str) -> Asked:
    """Deliver the messages that wait, and record that a request is about to be sent."""
    job = held_job(root, held)
    if model != person.MODEL:  # a person is no model: what is sent to the job is their reply
        _deliver(root, job)
    item = last_item(job)
    if not isinstance(item, LLM_LogItem) or item.usage is not None:
        item = LLM_LogItem(turn=job.num_turns + 1)
        job.chat_log.append(item)
    item.model = model
    number = _add_attempt(item)
    job.touch()
    return Asked(_id(item), item.turn, number)


def _deliver(root: Root, job: Job) -> None:
    if job.inbox.pending():
        for entry in job.inbox.take():
            if isinstance(entry, Message):
                job.chat_log.append(UserLogItem(entry.text))
        root.clear_mail(job)


def begin_attempt(root: Root, held: Held, asked: Asked) -> None:
    """Record that the request is about to be sent once more."""
    job = held_job(root, held)
    _add_attempt(_asked_item(job, asked))
    job.touch()


def _add_attempt(item: LLM_LogItem) -> int:
    """Append an attempt; one that never came back is lost: nobody can know whether it was answered."""
    now = datetime.now(UTC)
    before = tuple(replace(a, outcome="lost", ended_at=now) if a.outcome == "sent" else a for a in item.attempts)
    item.attempts = (*before, Attempt(len(before) + 1, now))
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
    job.num_turns += 1
    if read.complaint is not None:
        job.chat_log.append(SystemLogItem(read.complaint))
    if read.final:
        job.answer = read.answer
        _finish(job)
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
    )


def fail_ask(root: Root, held: Held, error: ModelError) -> Handlers:
    """End the job: no attempt can succeed, or none did. `resume` asks again. Returns the handlers to call."""
    job = held_job(root, held)
    _finish(job, JobDefError(error, collect_traceback=False))
    job.touch()
    return job.take_error_handlers()


# --- running --------------------------------------------------------------------------------------


def keep_progress(root: Root, held: Held, item_id: int, progress: Progress) -> Handlers:
    """Keep what a block has done so far: variables, outputs, where to go on; and how it ended, when it has.

    Returns the handlers to call, when that was the end of the job by an error.
    """
    job = held_job(root, held)
    item = _item(job, item_id)
    part = item_parts(item)[item.parts_done]
    _keep_change(job, item, progress.change)
    shown, told = _divided(progress.outputs) if part.is_tool_call else (progress.outputs, "")
    if shown:
        item.add_outputs(replace(output, part=item.parts_done) for output in shown)
    job.error_handlers = (*job.error_handlers, *progress.handlers)
    item.code_seconds += progress.seconds
    job.next_instr_num = progress.next_instr_num
    if progress.end is not None:
        _end_block(job, item, part, progress.end, told)
    job.touch()
    return job.take_error_handlers() if job.error is not None else ()


def _divided(outputs: tuple[Output, ...]) -> tuple[tuple[Output, ...], str]:
    """The outputs of a tool call: pictures and tables for the chat log, text for the tool's result."""
    rich = tuple(output for output in outputs if output.kind == "display")
    return rich, "".join(output.text for output in outputs if output.kind != "display")


def _keep_change(job: Job, item: ChatLogItem, change: LocalsChange | None) -> None:
    if change is None or change.is_empty:
        return
    changed = apply_change(job.py_env.local_state, change)
    item.locals_changes = {**(item.locals_changes or {}), **changed}
    if change.lost:
        item.add_outputs(
            Output("note", f"{lost.name} ({lost.type_name}) will not survive a restart: {lost.reason}")
            for lost in change.lost
        )


def _end_block(job: Job, item: ChatLogItem, part: Part, end: BlockEnd, told: str) -> None:
    if end.outcome == "suspended":
        _suspend(job, end)
        return
    if part.call is not None:
        _add_tool_result(item, ToolResult(part.call.id, part.call.func_name, told, end.error))
    if end.outcome == "exited":
        _end_item(job, item)
        _exit(job, end.exit or JobExit())
    elif end.outcome == "failed" and (part.call is None or isinstance(item, WarmupLogItem)):
        _fail_code(job, item, end)
    else:
        _end_part(job, item)


def _suspend(job: Job, end: BlockEnd) -> None:
    job.awaited_result = end.awaits.future_result if end.awaits is not None else None
    job.set_status(JobStatus.SUSPENDED)
    job.lease = None


def _add_tool_result(item: ChatLogItem, result: ToolResult) -> None:
    item.tool_results = (*item.tool_results, result)


def _end_part(job: Job, item: ChatLogItem) -> None:
    item.parts_done += 1
    job.next_instr_num = None
    if item.parts_done == len(item_parts(item)):
        _end_item(job, item)
        _next_block(job, item)


def _fail_code(job: Job, item: ChatLogItem, end: BlockEnd) -> None:
    """Code outside of tool calls failed: the calls that came with it are answered, not run."""
    item.error = end.error
    not_run = CodeError("NotRun", "not called, because the code before it failed")
    for part in item_parts(item)[item.parts_done + 1 :]:
        if part.call is not None:
            _add_tool_result(item, ToolResult(part.call.id, part.call.func_name, "", not_run))
    _end_item(job, item)
    if isinstance(item, WarmupLogItem):
        _fail_warmup(job, end)


def _fail_warmup(job: Job, end: BlockEnd) -> None:
    """Told in both places of the reference: at the definition, whose code it is, and at the job, which ends."""
    cause = end.cause if isinstance(end.cause, Exception) else RuntimeError(str(end.error))
    job.job_def.set_error(cause)
    _finish(job, JobDefError(cause))


def _end_item(job: Job, item: ChatLogItem) -> None:
    item.executed = True
    job.next_instr_num = None


def _next_block(job: Job, item: ChatLogItem) -> None:
    if isinstance(item, WarmupLogItem):
        begin_warmup(job, item.warmup_block_num + 1)


def begin_warmup(job: Job, number: int) -> None:
    """Make warmup block `number` the one that runs; after the last one the job is started."""
    if number < len(job.warmup_blocks):
        job.warmup_block_num = number
        job.chat_log.append(WarmupLogItem(number, job.warmup_blocks[number]))
    else:
        job.warmup_block_num = None
        job.set_status(JobStatus.STARTED)


# --- ending ---------------------------------------------------------------------------------------


def _exit(job: Job, exit_: JobExit) -> None:
    if exit_.answer is not None:
        job.answer = exit_.answer
    else:
        job.py_env.exited = True
        job.py_env.exit_status = exit_.status if exit_.variable is None else None
        job.py_env.exit_variable = exit_.variable
    _finish(job)


def _finish(job: Job, error: JobDefError | None = None) -> None:
    job.error = error
    job.next_instr_num = job.warmup_block_num = None
    job.awaited_result = None
    job.lease = None
    job.set_status(JobStatus.DONE)


def end_job(root: Root, held: Held, error: Exception) -> Handlers:
    """End the job with an error: stopped, a limit, a fault of ours. Returns the handlers to call."""
    job = held_job(root, held)
    item = last_item(job)
    if item is not None and not item.executed and item_parts(item):
        item.error = item.error or CodeError(type(error).__name__, str(error))
        _end_item(job, item)
    job.stop_reason = str(error)
    _deliver(root, job)  # what was said is not lost with the stop
    _finish(job, JobDefError(error, collect_traceback=False))
    job.touch()
    return job.take_error_handlers()


def note_handler_failure(root: Root, job_id: str, failure: Exception) -> None:
    """Keep what an error handler raised. The job is DONE and nobody's any more."""
    job = root.job(job_id)
    job.handler_errors = (*job.handler_errors, JobDefError(failure))
    job.touch()


def _id(item: ChatLogItem) -> int:
    assert item.id is not None
    return item.id


def _item(job: Job, item_id: int) -> ChatLogItem:
    item = job.chat_log[item_id]
    assert isinstance(item, ChatLogItem)
    return item


def _asked_item(job: Job, asked: Asked) -> LLM_LogItem:
    item = _item(job, asked.item_id)
    assert isinstance(item, LLM_LogItem)
    return item
