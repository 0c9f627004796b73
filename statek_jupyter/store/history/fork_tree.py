"""The subtasks a fork takes along: copies of those that had completed, the outcomes of all.

The copies are jobs of their own, so the tree of the original may change, or go. None of them runs: those that had not
completed are not copied, and their handlers say so. Shared variables name the original's jobs; see `locals.stand_ins`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from BTrees.LLBTree import LLBTree
from BTrees.LOBTree import LOBTree

from statek_jupyter.executors.chat_log import SubTaskLogItem
from statek_jupyter.executors.history import JobEnd
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.roll_up import RollUp
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.executors.usage import LLM_Usage
from statek_jupyter.store.history.past import Past, end_as, job_with, past_at
from statek_jupyter.store.history.timeline import end_at, has_ended
from statek_jupyter.store.locals.stand_ins import StandIns
from statek_jupyter.store.root import Root, lane_clock

if TYPE_CHECKING:
    from statek_jupyter.store.handle import JobHandle


@dataclass(slots=True)
class _Copy:
    past: Past
    job: Job
    above: _Copy | None = None
    jobs_below: int = 0
    usage_below: LLM_Usage = field(default_factory=LLM_Usage)


def take_sub_tasks(root: Root, past: Past, job: Job) -> None:
    """Give a fork, which has a number and is not in the store yet, the subtasks its original had then.

    Level by level: a tree may be deeper than Python's stack.
    """
    copies = [_Copy(past, job)]
    for above in copies:
        copies += _copy_below(root, above)
    _add_up(copies)
    numbers = _stand_ins(copies)
    for copy in copies:
        copy.job.py_env.local_state.stand_ins = numbers


def stand_ins_of(handle: JobHandle) -> StandIns:
    """For reading variables of the job outside of transactions."""
    return StandIns(lambda: handle.read(lambda job: dict(job.py_env.local_state.stand_ins or {})))


# --- one level -------------------------------------------------------------------------------------------


def _copy_below(root: Root, above: _Copy) -> Iterator[_Copy]:
    past, job = above.past, above.job
    if past.job.sub_tasks is None:
        return
    where = f"where this job was forked, after turn {past.turn}"
    handlers: dict[int, SubTaskHandler] = {}
    for number, handler in past.job.sub_tasks.items():
        if handler.start_turn > past.turn:
            continue
        below = _past_of(handler, past.turn)
        child = None if below is None else _copied(root, below, job, handler)
        made = handlers[number] = handler.as_of(past.turn, child, number if child is None else child.number, where)
        if below is not None and child is not None:
            child.sub_task = made
            yield _Copy(below, child, above)
    if handlers:
        job.sub_tasks = LOBTree({handler.number: handler for handler in handlers.values()})
        _tell(job, handlers)


def _past_of(handler: SubTaskHandler, turn: int) -> Past | None:
    """The subtask as it was when it gave its outcome; None when there is nothing of it to copy."""
    job = handler.job
    if job is None or not handler.is_completed or handler.end_turn > turn:
        return None
    last = job.num_turns if handler.job_turn is None else handler.job_turn
    if not has_ended(job, last):  # it told its outcome early, and still runs
        last -= 1
    return past_at(job, last) if last >= 0 and has_ended(job, last) else None


def _copied(root: Root, past: Past, parent: Job, handler: SubTaskHandler) -> Job:
    source = past.job
    job = job_with(past, source.job_def, source.origin.model)
    job.number, job.home, job.name, job.parent_job = lane_clock(root).next(), parent.home, source.name, parent
    end_as(job, end_at(source, past.turn) or JobEnd())
    job.started_at, job.finished_at = source.started_at, handler.completed_at
    job.touch()
    return root.add(job)


def _tell(job: Job, handlers: Mapping[int, SubTaskHandler]) -> None:
    """Let the notes in the chat log be about the new job's subtasks, and add those that had not been given."""
    untold = dict(handlers)
    for position in job.chat_log.positions(SubTaskLogItem):
        item = job.chat_log[position]
        assert isinstance(item, SubTaskLogItem)
        handler = handlers.get(item.handler.number or 0)
        if handler is not None:
            job.chat_log[position] = item.about(handler)
            untold.pop(item.handler.number or 0, None)
    for handler in sorted(untold.values(), key=lambda one: str(one.completed_at)):
        job.chat_log.append(SubTaskLogItem(handler))


# --- the whole tree --------------------------------------------------------------------------------------


def _add_up(copies: list[_Copy]) -> None:
    for copy in reversed(copies):  # those below first
        fork = copy.job.origin.fork
        assert fork is not None
        if copy.jobs_below:
            copy.job.below = RollUp(copied=copy.jobs_below)
            copy.job.origin.fork = replace(fork, below=copy.usage_below)
        if copy.above is not None:
            copy.above.jobs_below += 1 + copy.jobs_below
            copy.above.usage_below = copy.above.usage_below.merge(fork.usage).merge(copy.usage_below)


def _stand_ins(copies: list[_Copy]) -> LLBTree:
    made = {copy.past.job.number: copy.job.number for copy in copies}
    before = copies[0].past.job.py_env.local_state.stand_ins or {}
    return LLBTree({number: made.get(own, own) for number, own in before.items()} | made)
