"""Which jobs a worker may take, and taking them: one transaction that makes it the only one to run them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from statek_jupyter.engine.commits import Held, begin_warmup
from statek_jupyter.executors.chat_log import SystemLogItem
from statek_jupyter.executors.inbox import Message, ResumeRequest, StopRequest
from statek_jupyter.executors.job import Job, JobStatus, Lease
from statek_jupyter.store.locals import summaries
from statek_jupyter.store.root import Root

RUNNABLE = (JobStatus.READY, JobStatus.WARMING_UP, JobStatus.STARTED)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who asks for jobs."""

    worker: str
    """Presence id of this process; written into the lease."""
    alive: Callable[[str | None], bool]
    """Whether the process with a presence id still uses the store."""
    can_run: Callable[[str], bool]
    """Whether this process has the model of that name."""
    only: Collection[str] | None = None
    """Ids of the jobs it runs, wherever they come from; None for every job of this process and of dead ones."""

    def wants(self, job: Job) -> bool:
        """Whether it may claim this job now."""
        if job.id is None or (job.lease is not None and self.alive(job.lease.worker)):
            return False
        if self.only is not None:
            wanted = job.id in self.only
        else:
            wanted = job.home in (None, self.worker) or not self.alive(job.home)
        return wanted and self.can_run(job.concrete_model())


def claimable(root: Root, claimant: Claimant) -> Iterator[Job]:
    """Jobs to claim, oldest first; among them resting ones that have mail."""
    waiting = [job for job in root.jobs_by(status=RUNNABLE) if claimant.wants(job)]
    yield from reversed(waiting)
    for job in root.with_mail():
        if job.status not in RUNNABLE and claimant.wants(job):
            yield job


def claim(root: Root, claimant: Claimant, room: int) -> list[Held]:
    """Take at most `room` jobs; each is then run by this worker alone, until it gives the job back or dies."""
    held: list[Held] = []
    for job in list(claimable(root, claimant)):
        if len(held) == room:
            break
        if job.status in RUNNABLE or _reactivate(root, job):
            held.append(_take(job, claimant.worker))
    return held


def _take(job: Job, worker: str) -> Held:
    job.lease_token += 1
    job.lease = Lease(worker, job.lease_token)
    if job.status is JobStatus.READY:
        job.set_status(JobStatus.WARMING_UP)
        _tell_variables(job)
        begin_warmup(job, 0)
    job.touch()
    assert job.id is not None
    return Held(job.id, worker, job.lease_token)


def _tell_variables(job: Job) -> None:
    """Let the model know the variables the job was given; its code has not made them, so nothing else tells."""
    given = summaries(job.py_env.local_state)
    if given:
        lines = [f"- {one.name} ({one.type_name}): {one.text}" for one in given]
        job.chat_log.append(SystemLogItem("\n".join(["These variables are there already:", *lines])))


def _reactivate(root: Root, job: Job) -> bool:
    """Look at the mail of a resting job; True when it brings the job back."""
    root.clear_mail(job)
    mail = job.inbox.pending()
    messages = any(isinstance(entry, Message) for entry in mail)
    stopped = any(isinstance(entry, StopRequest) for entry in mail)
    resumed = any(isinstance(entry, ResumeRequest) for entry in mail)
    if job.status is JobStatus.DONE:
        if not messages and not (resumed and job.error is not None):
            job.inbox.take()
            return False
        return job.reactivate()
    if not resumed and not stopped:
        return False  # a message to a waiting job is delivered with its next request
    job.set_status(JobStatus.STARTED)
    return True
