"""What the routes do with the store: read what is shown, and put what people ask into inboxes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TypedDict

from statek_jupyter.api.commands import Command, CommandAnswer
from statek_jupyter.errors import UserError
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.views.following import first_view
from statek_jupyter.views.schema import JobView
from statek_jupyter.views.spending import SpentAnswer, read_spent


class StoreAnswer(TypedDict):
    """The store, in a few words."""

    where: str
    kind: str
    read_only: bool
    version: str
    """Of statek_jupyter on the server, to compare with the browser's side."""
    worker: str
    """What the server's own worker does: ``off`` when there is none, else ``running`` or ``restarting``."""


class JobAnswer(TypedDict):
    """The job as it is shown."""

    view: JobView
    now: int
    """The server's clock, in milliseconds since the epoch."""


class StoppedAnswer(TypedDict):
    """Several jobs that were asked to end."""

    stopped: list[str]
    problems: dict[str, str]
    """Id to why it could not be asked."""


def facts(store: Store, worker: str) -> StoreAnswer:
    """The store and who serves it."""
    return {
        "where": store.where,
        "kind": store.kind,
        "read_only": store.read_only,
        "version": version("statek_jupyter"),
        "worker": worker,
    }


def spent(store: Store, since: int) -> SpentAnswer:
    """What all jobs spent since a moment, in milliseconds since the epoch."""
    moment = datetime.fromtimestamp(since / 1000, UTC)
    return store.read(lambda root: read_spent(root, moment))


def job(store: Store, job_id: str) -> JobAnswer:
    """The job as it is shown."""
    return {"view": first_view(store, job_id), "now": now_milliseconds()}


def delete(store: Store, job_id: str) -> None:
    """Take the job and those below it out of the store.

    Raises:
        JobStateError: A worker runs it just now.
    """
    JobHandle(store, job_id).delete()


def carry_out(store: Store, job_id: str, command: Command) -> CommandAnswer:
    """Do what a command says; it is in the store when this returns."""
    return command.carry_out(JobHandle(store, job_id))


def stop_all(store: Store, job_ids: Sequence[str], text: str, key: str | None) -> StoppedAnswer:
    """Ask several jobs to end; what is wrong with one keeps none of the others."""
    answer: StoppedAnswer = {"stopped": [], "problems": {}}
    for one in job_ids:
        try:
            JobHandle(store, one).stop(text or None, key=key)
            answer["stopped"].append(one)
        except UserError as problem:
            answer["problems"][one] = str(problem)
    return answer


def now_milliseconds() -> int:
    """Milliseconds since the epoch, for a browser whose clock is another."""
    return int(time.time() * 1000)
