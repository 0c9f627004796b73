"""Trees of jobs that have ended, written without running any: large ones are there at once."""

from __future__ import annotations

from BTrees.LOBTree import LOBTree

from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.history.timeline import keep_end
from statek_jupyter.store.root import Root
from statek_jupyter.store.sub_tasks import end_sub_task
from tests.store.jobs import definition


def family(store: Store, *, wide: int = 0, deep: int = 0) -> JobHandle:
    """A job above `wide` subtasks, and above a chain of `deep` ones; each answered with its name."""

    def write(root: Root) -> str:
        kind = definition("family")
        top = root.add(Job(kind))
        children = [_child(root, top, f"child {number}") for number in range(wide)]
        above = top
        for number in range(deep):
            above = _child(root, above, f"level {number}")
            children.append(above)
        for job in (*children, top):
            job.answer = job.name
            job.set_status(JobStatus.DONE)
            keep_end(job)
            end_sub_task(root, job)
        return top.id or ""

    return store.job(store.run(write))


def _child(root: Root, parent: Job, name: str) -> Job:
    """A subtask of which only its parent knows: adding it up in all jobs above would take long in a deep tree."""
    job = root.add(Job(parent.job_def, parent_job=parent))
    job.name = name
    job.sub_task = SubTaskHandler(job, name)
    job.sub_task.number = job.number
    if parent.sub_tasks is None:
        parent.sub_tasks = LOBTree()
    parent.sub_tasks[job.number] = job.sub_task
    return job
