"""Subtasks in the store: taking one in, giving its outcome to its parent, adding up what it used.

Bodies of transactions. The transaction that ends a child gives its handler the outcome and posts the notification to
the parent's inbox, so that no crash can part the three.
"""

from __future__ import annotations

from collections.abc import Iterator

from BTrees.LOBTree import LOBTree

from statek_jupyter.errors import SubTaskLimitError
from statek_jupyter.executors.inbox import StopRequest, SubTaskEnded
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.roll_up import RollUp
from statek_jupyter.executors.sub_task_handler import SubTaskHandler, TaskOutcome
from statek_jupyter.executors.usage import LLM_Usage
from statek_jupyter.store.history.timeline import turn_now
from statek_jupyter.store.locals import summaries
from statek_jupyter.store.root import Root, note_change

# --- the tree ------------------------------------------------------------------------------------------


def ancestors(job: Job) -> Iterator[Job]:
    """The jobs above it, nearest first."""
    above = job.parent_job
    while above is not None:
        yield above
        above = above.parent_job


def descendants(root: Root, job: Job) -> Iterator[Job]:
    """The jobs below it: level by level, oldest first on each."""
    level = [job]
    while level:
        below = [child for one in level for child in reversed(list(root.jobs_by(parent=one.number or 0)))]
        yield from below
        level = below


# --- taking in -----------------------------------------------------------------------------------------


def check_room(parent: Job, begun: int = 0) -> None:
    """Whether a job's code may make one more subtask.

    Args:
        parent: The job.
        begun: How many its code has made that are not committed.

    Raises:
        SubTaskLimitError: The job, or one above it, has as many jobs or levels below it as it may.
    """
    for depth, above in enumerate([parent, *ancestors(parent)], 1):
        limits = above.limits
        if limits.max_depth is not None and depth > limits.max_depth:
            raise SubTaskLimitError("max_depth", limits.max_depth, above.id or "")
        made = begun + (0 if above.below is None else above.below.jobs)
        if limits.max_subtasks is not None and made >= limits.max_subtasks:
            raise SubTaskLimitError("max_subtasks", limits.max_subtasks, above.id or "")


def adopt(root: Root, child: Job, handler: SubTaskHandler) -> None:
    """Make a job that was just stored a subtask of its `parent_job`."""
    parent = child.parent_job
    assert parent is not None and child.number is not None and parent.number is not None
    handler.job, handler.number, handler.start_turn = child, child.number, turn_now(parent)
    child.sub_task = handler
    child.add_error_handlers_from(parent)
    if parent.sub_tasks is None:
        parent.sub_tasks = LOBTree()
    parent.sub_tasks[child.number] = handler
    note_change(root, parent.number)
    for above in ancestors(child):
        _roll_up(above).add(child.usage, jobs=1)


def _roll_up(job: Job) -> RollUp:
    if job.below is None:
        job.below = RollUp()
    return job.below


# --- adding up -----------------------------------------------------------------------------------------


def count_usage(job: Job, usage: LLM_Usage) -> None:
    """Add what the job has just used to every job above it."""
    for above in ancestors(job):
        _roll_up(above).add(usage)


def count_deleted(job: Job, jobs: int) -> None:
    """The job is about to be deleted with those below it: `jobs` in all. What they used stays counted."""
    for above in ancestors(job):
        _roll_up(above).deleted += jobs


def subtree_usage(job: Job) -> LLM_Usage:
    """The usage of the job and of all jobs ever made below it."""
    return job.usage if job.below is None else job.usage.merge(job.below.usage)


# --- ending --------------------------------------------------------------------------------------------


def end_sub_task(root: Root, job: Job) -> None:
    """The job is DONE: give its handler the outcome, unless it has one. Nothing for a job that is no subtask."""
    handler = job.sub_task
    if handler is not None and handler.settle_by_end(lambda name: _variable_text(job, name)):
        handler.job_turn = job.num_turns
        _notify(root, job, handler)


def complete_sub_task(root: Root, job: Job, outcome: TaskOutcome) -> None:
    """Give the job's handler an outcome before the job ends; nothing when it has one."""
    handler = job.sub_task
    if handler is not None and not handler.is_completed:
        handler.settle(outcome)
        handler.job_turn = turn_now(job)
        _notify(root, job, handler)
        root.settle(job)


def forget_sub_task(root: Root, job: Job) -> None:
    """The job is about to be deleted: its handler lets go of it, and gets an error if it has no outcome."""
    handler = job.sub_task
    if handler is None:
        return
    if handler.settle_by_deletion():
        _notify(root, job, handler)
    elif job.parent_job is not None and job.parent_job.number is not None:
        note_change(root, job.parent_job.number)


def _variable_text(job: Job, name: str) -> str:
    found = next((one for one in summaries(job.py_env.local_state) if one.name == name), None)
    return "" if found is None else f"{found.text} ({found.type_name})"


def _notify(root: Root, job: Job, handler: SubTaskHandler) -> None:
    parent = job.parent_job
    if parent is None or parent.number is None or root.catalog.get(parent.number) is None:
        return
    handler.end_turn = turn_now(parent)
    parent.inbox.post(SubTaskEnded(handler))
    root.note_mail(parent)


# --- stopping ------------------------------------------------------------------------------------------


def stop_below(root: Root, job: Job, reason: str | None) -> None:
    """Ask every job below that has not ended to end."""
    for one in descendants(root, job):
        if one.status is not JobStatus.DONE:
            one.inbox.post(StopRequest(reason))
            root.note_mail(one)
