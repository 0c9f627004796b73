"""What a job would ask its model first: the warmup runs for real, in a store in memory; no model is called."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from statek_jupyter.engine.claims import Claimant, claim
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.request import build_request
from statek_jupyter.errors import JobStateError
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.llm.model import ModelRequest
from statek_jupyter.store import open_store


def first_request(
    job: Job | JobDef, *, message: str | None = None, locals: Mapping[str, Any] | None = None
) -> ModelRequest:
    """The exact first request of a job, as it would be sent.

    Args:
        job: What would be submitted; it stays as it is.
        message: The first message to the model.
        locals: Variables the job would start with.

    Raises:
        JobStateError: The job ends in its warmup: it failed there or called ``exit``.
    """
    store = open_store("memory:")
    try:
        handle = store.submit(job, message=message, locals=locals)
        claimant = Claimant(store.presence.id, store.presence.alive, lambda model: True)
        (held,) = store.run(lambda root: claim(root, claimant, 1)).held
        _run_warmup(Driver(store, held, ask=False))
        return store.read(lambda root: _request(root.job(handle.id)))
    finally:
        store.close()


def _run_warmup(driver: Driver) -> None:
    """Run on a thread of its own, because the caller may be inside an event loop."""
    with ThreadPoolExecutor(1, "statek dry run") as thread:
        thread.submit(lambda: asyncio.run(driver.run())).result()


def _request(job: Job) -> ModelRequest:
    if job.error is not None:
        raise JobStateError(None, f"the warmup failed, no request would be sent: {job.error.error_message}")
    if job.status is JobStatus.DONE:
        raise JobStateError(None, "the warmup ends the job, no request would be sent")
    return build_request(job, 1)
