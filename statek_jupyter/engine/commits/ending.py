"""What is written when a job ends, and what is taken from it then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from statek_jupyter.engine.calls import known_as
from statek_jupyter.engine.commits.held import Held, held_job
from statek_jupyter.engine.system_names import JobExit
from statek_jupyter.engine.turn import item_parts, last_item
from statek_jupyter.errors import JobStoppedError, LeaseLostError, StatekError
from statek_jupyter.executors.chat_log import ChatLogItem, CodeError, LLM_LogItem, SubTaskLogItem, UserLogItem
from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.inbox import InboxMessage, Message, StopRequest, SubTaskEnded
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.store.history.timeline import keep_end
from statek_jupyter.store.mail import drop_stops, has_news
from statek_jupyter.store.root import Root
from statek_jupyter.store.sub_tasks import end_sub_task, stop_below

Handlers = tuple[ErrorHandler, ...]
"""Error handlers taken from a job that has ended. They are called after the commit: at most once, whatever happens."""


def end_job(root: Root, held: Held, error: StatekError | CodeError) -> Handlers:
    """End the job with an error: stopped, a limit; a fault of ours as text. Returns the handlers to call."""
    job = held_job(root, held)
    told = error if isinstance(error, CodeError) else CodeError(type(error).__name__, str(error))
    item = last_item(job)
    if item is not None and not item.executed and item_parts(item):
        item.error = item.error or replace(told, traceback="")
        end_item(job, item)
    _end_calls(job)
    job.stop_reason = told.message
    if isinstance(error, JobStoppedError):
        _end_by_stop(root, job, error)
    else:
        deliver(root, job)  # what was said is not lost
    finish(root, job, JobDefError.told(told.type_name, told.message))
    job.touch()
    return job.take_error_handlers()


def _end_by_stop(root: Root, job: Job, error: JobStoppedError) -> None:
    """What was said before the stop goes to the chat log; what was said after it brings the job back."""
    before = drop_stops(job)
    _deliver(job, before)
    if any(isinstance(entry, StopRequest) and entry.subtree for entry in before):
        stop_below(root, job, error.reason)
    if not job.inbox.pending():
        root.clear_mail(job)


def note_handler_failure(root: Root, held: Held, failure: CodeError) -> None:
    """Keep what an error handler raised. The job is DONE and nobody's any more.

    Raises:
        LeaseLostError: It was brought back meanwhile, and a worker has it.
    """
    job = root.job(held.job_id)
    if job.lease is not None or job.lease_token != held.token:
        raise LeaseLostError(held.job_id, f"it runs again: the failure of its error handler is not kept ({failure})")
    job.handler_errors = (*job.handler_errors, JobDefError.told(failure.type_name, failure.message))
    job.touch()


def exit_job(root: Root, job: Job, exit_: JobExit) -> None:
    """End the job as its own code asked for."""
    if exit_.answer is not None:
        job.answer = exit_.answer
    else:
        job.py_env.exited = True
        job.py_env.exit_status = exit_.status if exit_.variable is None else None
        job.py_env.exit_variable = exit_.variable
    finish(root, job)


def finish(root: Root, job: Job, error: JobDefError | None = None) -> None:
    """Make the job DONE and nobody's; tell the job above it.

    A job that would end well goes on instead when a subtask has ended of which it does not know: it is told first.
    """
    if error is None and has_news(job):
        _go_on(root, job)
        return
    _end_calls(job)
    deliver_notifications(job)
    job.error = error
    job.next_instr_num = job.warmup_block_num = None
    job.awaited_result = job.awaiting_text = None
    job.waits = ()
    job.lease = None
    job.set_status(JobStatus.DONE)
    keep_end(job)
    end_sub_task(root, job)


def _end_calls(job: Job) -> None:
    """A statement that waits will not go on: what it called stays in the chat log."""
    item = last_item(job)
    if job.journal is None or item is None or not len(job.journal.calls):
        return
    entries = sorted(job.journal.calls.values(), key=lambda entry: entry.begun_at)
    item.add_calls(tuple(known_as(entry).told(entry) for entry in entries))
    job.journal.forget(tuple(entry.id for entry in entries))


def _go_on(root: Root, job: Job) -> None:
    item = last_item(job)
    if isinstance(item, LLM_LogItem):
        item.final = False
    deliver(root, job)
    job.answer = None
    job.py_env.exit_status = None
    job.py_env.exited = False
    job.next_instr_num = job.warmup_block_num = None
    job.set_status(JobStatus.STARTED)


def deliver(root: Root, job: Job) -> None:
    """Move messages and notifications that wait into the chat log. A request to stop stays: it is neither.

    Called between two turns only, so that nothing comes between a tool call and its result.
    """
    job.flush_notifications()
    _deliver(job, job.inbox.pending())
    if not job.inbox.pending():
        root.clear_mail(job)


def deliver_notifications(job: Job) -> None:
    """As `deliver`, for the ends of subtasks alone."""
    job.flush_notifications()
    _deliver(job, [entry for entry in job.inbox.pending() if isinstance(entry, SubTaskEnded)])


def _deliver(job: Job, mail: Iterable[InboxMessage]) -> None:
    for entry in mail:
        if isinstance(entry, Message):
            job.chat_log.append(UserLogItem(entry.text))
        elif isinstance(entry, SubTaskEnded):
            job.chat_log.append(SubTaskLogItem(entry.handler))
        if not isinstance(entry, StopRequest):
            job.inbox.drop(entry.id)


def end_item(job: Job, item: ChatLogItem) -> None:
    """The item's code has run to its end, well or badly; it never runs again."""
    item.executed = True
    job.next_instr_num = None
