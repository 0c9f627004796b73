"""A new job with the past of another one: what both have is shared, what either may change is its own."""

from __future__ import annotations

from dataclasses import dataclass

from BTrees.IOBTree import IOBTree

from statek_jupyter.executors.chat_log import ChatLog
from statek_jupyter.executors.external_refs import ExternalRefs
from statek_jupyter.executors.history import ForkPoint, JobEnd
from statek_jupyter.executors.job import Job, JobDef, JobOrigin, JobStatus
from statek_jupyter.executors.pyenv import LocalState, PyEnv
from statek_jupyter.store.history.timeline import class_group_at, group_at, stop_after, timeline_at, total_usage_at


@dataclass(frozen=True, slots=True)
class Past:
    """A job up to the end of one of its turns."""

    job: Job
    turn: int
    stop: int
    """Where the turn ends in the chat log."""


def past_at(job: Job, turn: int) -> Past:
    """The job up to a turn, which has ended."""
    return Past(job, turn, stop_after(job.chat_log, turn))


def job_with(past: Past, definition: JobDef, model: str | None) -> Job:
    """A job whose turns so far are those of another one; not in the store, and without a number.

    Args:
        past: What it begins with.
        definition: The new job's.
        model: The new job's own ``MODEL``, or None for its definition's.
    """
    source = past.job
    job = Job(definition, py_env=_environment(past), chat_log=ChatLog.sharing(source.chat_log, past.stop))
    frozen = source.origin
    job.origin = JobOrigin(frozen.warmup_blocks, frozen.chat_style, frozen.limits, model)
    assert source.number is not None
    job.origin.fork = ForkPoint(source.number, past.turn, total_usage_at(source.chat_log, past.stop))
    job.num_turns = job.turns_before = past.turn
    job.difficulty = source.difficulty
    before = {} if source.endings is None else dict(source.endings.items(None, past.turn - 1))
    if before:
        job.endings = IOBTree(before)
    _copy_references(source, job)
    return job


def end_as(job: Job, end: JobEnd) -> None:
    """Let a job that has just been made be DONE, as the other one was."""
    job.answer, job.error, job.stop_reason = end.answer, end.error, end.stop_reason
    job.py_env.exited = end.exited
    job.py_env.exit_status, job.py_env.exit_variable = end.exit_status, end.exit_variable
    if job.endings is None:
        job.endings = IOBTree()
    job.endings[job.num_turns] = end
    job.set_status(JobStatus.DONE)


def _environment(past: Past) -> PyEnv:
    env = past.job.py_env
    made = PyEnv(env.global_state, _variables(past), list(env.preamble))
    if env.perm_ctx:
        made.update_context(**env.perm_ctx)
    return made


def _variables(past: Past) -> LocalState:
    """The variables there were: new trees that name the original's groups."""
    job = past.job
    state = job.py_env.local_state
    if past.turn == job.num_turns:  # messages may have come since; they set no variables
        made = LocalState(state.unsaved)
        made.groups.update(state.groups)
        made.classes.update(state.classes)
    else:
        made = LocalState()
        then, now = timeline_at(job, past.stop), timeline_at(job, len(job.chat_log))
        variables, classes = then.alive()
        for name, place in sorted(variables.items()):  # what was not set since lies together in the present tree
            present = now.variables[name] == place
            made.groups[name] = state.groups[name] if present else group_at(job, name, place)
        for uid, place in sorted(classes.items()):
            present = now.classes[uid] == place
            made.classes[uid] = state.classes[uid] if present else class_group_at(job, uid, place)
    made.given = state.given
    return made


def _copy_references(source: Job, job: Job) -> None:
    if source._external_refs is not None:
        job._external_refs = ExternalRefs()
        job._external_refs._refs = source._external_refs._refs
