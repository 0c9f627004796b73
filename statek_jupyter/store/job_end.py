"""How a job that somebody waits for has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.stored_callable import restored
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.store.mail import comes_back


@dataclass(frozen=True, slots=True)
class End:
    """The result of a job, or why it has none."""

    error: str | None = None
    value: Any = None
    stored: tuple[str, Any] | None = None
    """The stored form of the result, where it has one of its own."""

    def result(self) -> Any:
        """The result, made anew; called outside of the transaction."""
        return self.value if self.stored is None else restored(*self.stored)


def is_settled(job: Job) -> bool:
    """Whether there is nothing to wait for: it is DONE and stays so, or a subtask that gave its outcome early."""
    if job.job_status is JobStatus.DONE:
        return not comes_back(job)
    return job.sub_task is not None and job.sub_task.is_completed and job.num_completions == 0


def end_of_job(root: Any, number: int) -> End | None:
    """How a job has ended; None while it has not. In a transaction."""
    job: Job | None = root.catalog.get(number)
    if job is None:
        return End("it was deleted")
    if not is_settled(job):
        return None
    if job.job_status is not JobStatus.DONE:
        return end_of_sub_task(job.sub_task)
    return End(None if job.error is None else str(job.error), job.result if job.error is None else None)


def end_of_child(root: Any, parent: str, number: int) -> End | None:
    """The outcome of a subtask; None while there is none."""
    job: Job | None = root.catalog.get(job_number(parent))
    return end_of_sub_task(job.sub_tasks[number]) if job is not None else End("the job above it was deleted")


def end_of_sub_task(handler: SubTaskHandler | None) -> End | None:
    """What its handler says."""
    if handler is None or not handler.is_completed:
        return None
    if handler.error is not None:
        return End(handler.error.err_message)
    stored = handler.stored_result()
    return End(value=handler.result) if stored is None else End(stored=stored)
