"""What is written when a job ends, and what is taken from it then."""

from __future__ import annotations

from statek_jupyter.engine.calls import known_as
from statek_jupyter.engine.commits.held import Held, held_job
from statek_jupyter.engine.system_names import JobExit
from statek_jupyter.engine.turn import item_parts, last_item
from statek_jupyter.executors.chat_log import ChatLogItem, CodeError, UserLogItem
from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.inbox import Message, StopRequest
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.store.history.timeline import keep_end
from statek_jupyter.store.root import Root

Handlers = tuple[ErrorHandler, ...]
"""Error handlers taken from a job that has ended. They are called after the commit: at most once, whatever happens."""


def end_job(root: Root, held: Held, error: Exception) -> Handlers:
    """End the job with an error: stopped, a limit, a fault of ours. Returns the handlers to call."""
    job = held_job(root, held)
    item = last_item(job)
    if item is not None and not item.executed and item_parts(item):
        item.error = item.error or CodeError(type(error).__name__, str(error))
        end_item(job, item)
    job.stop_reason = str(error)
    deliver_messages(root, job)  # what was said is not lost with the stop
    job.inbox.take()
    root.clear_mail(job)
    finish(job, JobDefError(error, collect_traceback=False))
    job.touch()
    return job.take_error_handlers()


def note_handler_failure(root: Root, job_id: str, failure: Exception) -> None:
    """Keep what an error handler raised. The job is DONE and nobody's any more."""
    job = root.job(job_id)
    job.handler_errors = (*job.handler_errors, JobDefError(failure))
    job.touch()


def exit_job(job: Job, exit_: JobExit) -> None:
    """End the job as its own code asked for."""
    if exit_.answer is not None:
        job.answer = exit_.answer
    else:
        job.py_env.exited = True
        job.py_env.exit_status = exit_.status if exit_.variable is None else None
        job.py_env.exit_variable = exit_.variable
    finish(job)


def finish(job: Job, error: JobDefError | None = None) -> None:
    """Make the job DONE and nobody's."""
    _end_calls(job)
    job.error = error
    job.next_instr_num = job.warmup_block_num = None
    job.awaited_result = job.awaiting_text = None
    job.waits = ()
    job.lease = None
    job.set_status(JobStatus.DONE)
    keep_end(job)


def _end_calls(job: Job) -> None:
    """A statement that waits will not go on: what it called stays in the chat log."""
    item = last_item(job)
    if job.journal is None or item is None or not len(job.journal.calls):
        return
    entries = sorted(job.journal.calls.values(), key=lambda entry: entry.begun_at)
    item.add_calls(tuple(known_as(entry).told(entry) for entry in entries))
    job.journal.forget(tuple(entry.id for entry in entries))


def deliver_messages(root: Root, job: Job) -> None:
    """Move the messages that wait in the inbox into the chat log. A request to stop stays: it is not a message."""
    for entry in job.inbox.pending():
        if isinstance(entry, Message):
            job.chat_log.append(UserLogItem(entry.text))
        if not isinstance(entry, StopRequest):
            job.inbox.drop(entry.id)
    if not job.inbox.pending():
        root.clear_mail(job)


def end_item(job: Job, item: ChatLogItem) -> None:
    """The item's code has run to its end, well or badly; it never runs again."""
    item.executed = True
    job.next_instr_num = None
