"""Running one job from a script or a cell, and seeing it through."""

from __future__ import annotations

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.store import JobHandle, Store, open_store


def run(job: Job | JobDef | JobHandle, *, timeout: float | None = None, store: Store | None = None) -> JobHandle:
    """Run a job, and the jobs below it, until it is DONE, or SUSPENDED for more than what those are about to do.

    A job that lies in no store yet is submitted to `store` first. Interrupting the wait, or its timeout, gives the job
    back as it was committed last; running it again goes on from there.

    Args:
        job: A handle of a stored job, or a job (definition) to submit.
        timeout: Seconds to wait; None waits as long as it takes.
        store: Where to submit a job that is not stored; None for the default store, see `open_store`.

    Raises:
        TimeoutError: The job still runs after `timeout`.
    """
    used = job.store if isinstance(job, JobHandle) else store or open_store()
    used.presence.serve(1)  # before it is submitted: workers elsewhere leave it to us
    try:
        handle = job if isinstance(job, JobHandle) else used.submit(job)
        with Worker(used, only=[handle.id]):
            handle.wait_for_rest(timeout)
    finally:
        used.presence.serve(-1)
    return handle
