"""What a job's mail means for it: which of it brings a DONE job back, and when a stop is over."""

from __future__ import annotations

from statek_jupyter.executors.inbox import InboxMessage, Message, ResumeRequest, StopRequest, SubTaskEnded
from statek_jupyter.executors.job import Job


def comes_back(job: Job) -> bool:
    """Whether a DONE job goes on because of its mail.

    A message always brings it back. So does the end of a subtask of which it does not know yet, unless the job ended
    with an error: a stopped tree must not start again by itself.
    """
    return any(_brings_back(job, entry) for entry in job.inbox.pending())


def _brings_back(job: Job, entry: InboxMessage) -> bool:
    match entry:
        case Message():
            return True
        case ResumeRequest():
            return job.error is not None
        case SubTaskEnded(handler):
            return job.error is None and not handler.seen
    return False


def has_news(job: Job) -> bool:
    """Whether subtasks have ended of which neither the job's model nor its code knows."""
    ended = (entry.handler for entry in job.inbox.pending() if isinstance(entry, SubTaskEnded))
    return any(not handler.seen for handler in (*job.pending_notifications, *ended))


def drop_stops(job: Job) -> tuple[InboxMessage, ...]:
    """Remove the requests to stop; gives what came before the last of them: that was said to the job that stopped."""
    mail = job.inbox.pending()
    last = max((place for place, entry in enumerate(mail) if isinstance(entry, StopRequest)), default=-1)
    for entry in mail[: last + 1]:
        if isinstance(entry, StopRequest):
            job.inbox.drop(entry.id)
    return mail[: last + 1]


def drop_old_stops(job: Job) -> None:
    """Remove the requests to stop that came before the first message: they were for what has ended."""
    for entry in job.inbox.pending():
        if isinstance(entry, Message):
            return
        if isinstance(entry, StopRequest):
            job.inbox.drop(entry.id)
