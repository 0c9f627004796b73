"""A question to the catalog: which jobs, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.job_status import Outcome
from statek_jupyter.store.copies import fingerprint
from statek_jupyter.store.root import Root


@dataclass(frozen=True)
class Query:
    """What `Store.jobs` was asked; see there."""

    status: tuple[JobStatus, ...] | None = None
    agent: str | None = None
    job_def: JobDef | None = None
    parent: int | None = None
    since: int = 0
    text: str | None = None
    outcome: Outcome | None = None
    """How they ended."""
    before: int | None = None

    def ids(self, root: Root, limit: int | None) -> list[str]:
        return [job.id for job in islice(self._jobs(root), limit) if job.id is not None]

    def _jobs(self, root: Root) -> Iterator[Job]:
        jobs = root.jobs_by(
            status=self.status,
            agent=self.agent,
            definition=None if self.job_def is None else fingerprint(self.job_def),
            parent=self.parent,
            since=self.since,
            before=self.before,
        )
        if self.outcome is not None:
            jobs = (job for job in jobs if job.outcome == self.outcome)
        if not self.text:
            return jobs
        wanted = self.text.casefold()
        return (job for job in jobs if any(wanted in text.casefold() for text in _texts(job)))


def _texts(job: Job) -> Iterator[str]:
    yield job.id or ""
    yield job.name or ""
    yield job.job_def.agent.role
    first = next((entry for entry in job.chat_log if isinstance(entry, str | UserLogItem)), "")
    yield first if isinstance(first, str) else first.message
    yield job.answer or ""
