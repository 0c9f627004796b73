"""Holding a job: what every transaction of its worker checks first."""

from __future__ import annotations

from dataclasses import dataclass

from statek_jupyter.errors import LeaseLostError
from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import Job
from statek_jupyter.store.root import Root


@dataclass(frozen=True, slots=True)
class Held:
    """A job this worker has claimed."""

    job_id: str
    worker: str
    token: int


def held_job(root: Root, held: Held) -> Job:
    """The job, if this worker still holds it.

    Raises:
        LeaseLostError: Another worker has claimed it.
        UnknownJobError: It was deleted.
    """
    job = root.job(held.job_id)
    if job.lease is None or (job.lease.worker, job.lease.token) != (held.worker, held.token):
        raise LeaseLostError(held.job_id, "another worker runs this job now; nothing was written")
    root._p_jar.readCurrent(job)  # a transaction that does not write the job is refused too when its lease has changed
    return job


def release(root: Root, held: Held) -> None:
    """Give the job back as it is, for any worker to go on."""
    held_job(root, held).lease = None


def held_item(job: Job, item_id: int) -> ChatLogItem:
    """An item of the job's chat log; not one of the plain texts it may also hold."""
    item = job.chat_log[item_id]
    assert isinstance(item, ChatLogItem)
    return item
