"""Writing what a statement or a call did to its job beside its variables."""

from __future__ import annotations

from collections.abc import Iterable

from statek_jupyter.engine.effects import CompleteTask, Effect, ReadSubTask, StartSubTask
from statek_jupyter.errors import JobStateError
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.store.history.timeline import turn_now
from statek_jupyter.store.root import Root
from statek_jupyter.store.sub_tasks import complete_sub_task


def apply_effects(root: Root, job: Job, effects: Iterable[Effect]) -> None:
    """Write them, in the order in which they happened."""
    for effect in effects:
        match effect:
            case StartSubTask(order):
                if not order.write(root):
                    raise JobStateError(job_id(order.number), "could not be made: its number was taken; try again")
            case ReadSubTask(number):
                handler = None if job.sub_tasks is None else job.sub_tasks.get(number)
                if handler is not None and not handler.seen:
                    handler.seen, handler.seen_turn = True, turn_now(job)
            case CompleteTask(outcome):
                complete_sub_task(root, job, outcome)
            case handler:
                job.error_handlers = (*job.error_handlers, handler)
