"""Where each job stands: in line for a worker, with a worker, asleep until something happens, or at its end.

`follow` is called at each commit for each changed job, so the indexes are right whoever sets a job's status or lease.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import UserError
from statek_jupyter.executors.agent import max_running_jobs
from statek_jupyter.executors.inbox import Message
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.waits import AnswerWait, EventWait, JobWait, MessageWait, Wait
from statek_jupyter.store.job_end import is_settled
from statek_jupyter.store.run_queue import Place

if TYPE_CHECKING:
    from statek_jupyter.store.root import Root

RUNNABLE = (JobStatus.READY, JobStatus.WARMING_UP, JobStatus.STARTED)
"""A job with one of these goes on as soon as a worker has it."""

Standing = tuple[str, Any]
"""``("ready", place)``, ``("held", worker)``, ``("asleep", waits)`` or ``("", None)``."""


def place_of(job: Job) -> Place:
    """Where the job stands in line when it can go on."""
    parent = job.parent_job
    return Place(job.home or "", _model(job), -job.priority, job.job_def.agent.role, (parent and parent.number) or 0)


def _model(job: Job) -> str:
    try:
        return job.concrete_model()
    except UserError:
        return ""


def standing(job: Job) -> Standing:
    """Where the job stands as it is now."""
    if job.lease is not None:
        return "held", job.lease.worker
    if job.job_status in RUNNABLE:
        return "ready", place_of(job)
    return ("asleep", job.waits) if job.job_status is JobStatus.SUSPENDED else ("", None)


def follow(root: Root, job: Job) -> None:
    """Bring the queue and the index of waits up to date with a job this transaction changed."""
    before: Standing = getattr(job, "catalog_standing", ("", None))
    now = standing(job)
    if before == now:
        return
    leave(root, job)
    assert job.number is not None
    kind, what = now
    if kind == "held":
        root.queue.drop(place_of(job), job.number)  # it may have been woken
        root.queue.hold(what, job.number)
        if max_running_jobs(job.job_def.agent.metadata) is not None:
            root.queue.fill_slot(job.job_def.agent.role, job.number)
    elif kind == "ready":
        root.queue.put(what, job.number)
    elif kind == "asleep":
        root.waits.add(job.number, what)
        if any(has_come(root, job, wait) for wait in what):
            root.queue.put(place_of(job), job.number)
    vars(job)["catalog_standing"] = now
    job._p_changed = True


def leave(root: Root, job: Job) -> None:
    """Take the job out of where it stood."""
    standing: Standing = getattr(job, "catalog_standing", ("", None))
    kind, what = standing
    assert job.number is not None
    if kind == "held":
        root.queue.let_go(what, job.number)
        root.queue.free_slot(job.job_def.agent.role, job.number)
    elif kind == "ready":
        root.queue.drop(what, job.number)
    elif kind == "asleep":
        root.waits.remove(job.number, what)


def _is_answered(job: Job, call: str) -> bool:
    """Whether there is an answer to a call; one that is given meanwhile makes this transaction run again."""
    if job.journal is None:
        return False
    answers = job.journal.answers
    answers._p_activate()  # of what is not loaded, ZODB does not check that it is current
    if answers._p_jar is not None:
        answers._p_jar.readCurrent(answers)
    return call in answers


def has_come(root: Root, job: Job, wait: Wait) -> bool:
    """Whether what a job begins to wait for is there already; times and conditions are looked at by workers."""
    match wait:
        case EventWait(name):
            return name in root.waits.events
        case JobWait(number):
            awaited = root.catalog.get(number)
            return awaited is None or is_settled(awaited)
        case MessageWait():
            return any(isinstance(entry, Message) for entry in job.inbox.pending())
        case AnswerWait(call):
            return _is_answered(job, call)
    return False
