"""Forks: a new job that continues another one from a turn, sharing what neither of them changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statek_jupyter.errors import JobStateError
from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.history import JobEnd
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.executors.model_choice import ModelChoice
from statek_jupyter.store import arguments
from statek_jupyter.store.copies import fingerprint
from statek_jupyter.store.history.fork_tree import take_sub_tasks
from statek_jupyter.store.history.past import end_as, job_with, past_at
from statek_jupyter.store.history.timeline import end_at, has_ended, last_ended, read_turn
from statek_jupyter.store.once import once
from statek_jupyter.store.root import Root, lane_clock

if TYPE_CHECKING:
    from statek_jupyter.store.handle import JobHandle


def fork_job(
    handle: JobHandle,
    at: int | None,
    *,
    model: str | None,
    message: str | None,
    metadata: Mapping[str, str] | None,
    name: str | None,
    key: str | None = None,
    any_worker: bool = False,
) -> JobHandle:
    """See `JobHandle.fork`. One transaction: the fork is there as a whole or not at all.

    With `any_worker` it is not left to the worker of this process, which may have none.
    """
    store = handle.store
    order = ForkOrder(
        origin=handle.id,
        at=at,
        model=None if model is None else ModelChoice.parse(model).text,
        message=arguments.optional_text("message", message),
        metadata=dict(metadata or {}),
        name=arguments.optional_text("name", name),
        home=None if any_worker else store.presence.id,
    )
    return store.job(store.run(once(handle.id, key, order.write)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkOrder:
    """A fork as it was asked for."""

    origin: str
    at: int | None
    model: str | None
    message: str | None
    metadata: Mapping[str, str]
    name: str | None
    home: str | None
    """Presence id of the process whose worker shall run it; None for any worker."""

    def write(self, root: Root) -> str:
        """Put the fork into the store; gives its id."""
        origin = root.job(self.origin)
        past = past_at(origin, self._turn(origin))
        job = job_with(past, self._definition(root, origin.job_def), self._model(origin))
        job.number, job.home = lane_clock(root).next(), self.home
        job.name = self._name(origin, past.turn)
        take_sub_tasks(root, past, job)
        self._begin(job, _own_end(origin, past.turn))
        job.touch()
        root.add(job)
        return job_id(job.number)

    def _turn(self, origin: Job) -> int:
        if self.at is None:
            return last_ended(origin)
        turn = read_turn(origin, self.at)
        if not has_ended(origin, turn):
            what = f"turn {turn}" if turn else "the warmup"
            raise JobStateError(origin.id, f"{what} has not ended yet: wait for that, or fork at an earlier turn")
        return turn

    def _definition(self, root: Root, definition: JobDef) -> JobDef:
        """The original's definition, or the stored one that differs from it in metadata only."""
        if not self.metadata:
            return definition
        made = JobDef(
            definition.agent,
            {**definition.metadata, **self.metadata},
            definition.job_params,
            None,
            definition._chat_style,
            definition.locale,
            limits=definition.limits,
        )
        made._warmup_blocks = definition.warmup_blocks
        mark = fingerprint(made)
        vars(made)["fingerprint"] = mark
        found: JobDef = root.definitions.setdefault(mark, made)
        return found

    def _model(self, origin: Job) -> str | None:
        return origin.origin.model if self.model is None and "MODEL" not in self.metadata else self.model

    def _name(self, origin: Job, turn: int) -> str | None:
        if self.name is not None:
            return self.name
        return None if origin.name is None else f"{origin.name}@{turn}"

    def _begin(self, job: Job, end: JobEnd | None) -> None:
        if self.message is not None:
            job.chat_log.append(UserLogItem(self.message))
        elif end is not None:
            end_as(job, end)
            return
        job.set_status(JobStatus.STARTED)


def _own_end(origin: Job, turn: int) -> JobEnd | None:
    """How the job ended itself with this turn, by a final answer or ``exit``; None when it did not."""
    end = end_at(origin, turn)
    return end if end is not None and end.error is None else None
