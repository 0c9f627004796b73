"""Whether a job goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from statek_jupyter.executors.inbox import ResumeRequest, StopRequest
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.waits import JobWait, TimeWait
from statek_jupyter.store.job_end import is_settled
from statek_jupyter.store.mail import comes_back
from statek_jupyter.store.placing import has_come, place_of

if TYPE_CHECKING:
    from statek_jupyter.store.root import Root


def is_at_rest(root: Root, job: Job) -> bool:
    """Whether it is DONE, or waits for more than what jobs below it are about to do. In a transaction."""
    if job.job_status is JobStatus.DONE:
        return not comes_back(job)
    if job.job_status is not JobStatus.SUSPENDED or _is_woken(root, job):
        return False
    own = job.sub_tasks or ()
    awaited = [wait.number for wait in job.waits if isinstance(wait, JobWait) and wait.number in own]
    below = [root.catalog.get(number) for number in awaited]
    return all(child is not None and not is_settled(child) and is_at_rest(root, child) for child in below)


def _is_woken(root: Root, job: Job) -> bool:
    if job.number is not None and root.queue.has(place_of(job), job.number):
        return True
    if any(isinstance(entry, StopRequest | ResumeRequest) for entry in job.inbox.pending()):
        return True
    now = datetime.now(UTC)
    return any(wait.until <= now if isinstance(wait, TimeWait) else has_come(root, job, wait) for wait in job.waits)
