"""What people say to the calls of a job: the answer to a question, a decision about a call whose outcome is unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from statek_jupyter.errors import BadOptionError, JobStateError
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.journal import CallAnswer, CallEntry
from statek_jupyter.store.locals.change import EncodedGroup
from statek_jupyter.store.locals.outcomes import encode_answer, keep_outcome
from statek_jupyter.store.root import Root, note_change


def encode(job_id: str, value: Any) -> EncodedGroup:
    """A value for `answer` or `resolve`, made outside of the transaction.

    Raises:
        NotDurableError: It cannot be stored.
    """
    return encode_answer(value, job_id=job_id)


def answer(root: Root, job_id: str, value: Any, group: EncodedGroup, call: str | None = None) -> str:
    """Answer a question of a job; in a transaction. Of two who answer at once, one gets the error.

    Args:
        value: The answer.
        group: The same, from `encode`.
        call: Which call asked; needed only where several do.

    Returns:
        The id of the call.

    Raises:
        JobStateError: The job asks nothing, or this was answered, or came too late.
        BadOptionError: The answer is none of the options.
    """
    job = root.job(job_id)
    entry = _the_one(job, [one for one in _open(job) if one.state == "waiting" and _asks(one)], call, "question")
    data = entry.data or {}
    expires, options = data.get("expires_at"), data.get("options")
    if expires is not None and datetime.now(UTC) >= expires:
        raise JobStateError(job_id, f"waited for an answer until {expires:%Y-%m-%d %H:%M:%S} UTC; it is too late")
    if options is not None and str(value) not in [str(option) for option in options]:
        raise BadOptionError("answer", f"{value!r} is none of {', '.join(map(repr, options))}")
    _give(root, job, entry, CallAnswer(False, keep_outcome(job.py_env.local_state, group), datetime.now(UTC)))
    return entry.id


def resolve(
    root: Root, job_id: str, group: EncodedGroup | None, call: str | None = None, *, failed: bool = False
) -> str:
    """Say what came of a call whose outcome is unknown; in a transaction.

    Args:
        group: The outcome, from `encode`; None to make the call again.
        call: Which call; needed only where several are unknown.
        failed: The call failed, and the outcome is the text that says why.

    Raises:
        JobStateError: No outcome is unknown, or somebody has decided already.
    """
    job = root.job(job_id)
    entry = _the_one(job, [one for one in _open(job) if one.state == "unknown"], call, "call with an unknown outcome")
    outcome = None if group is None else keep_outcome(job.py_env.local_state, group)
    _give(root, job, entry, CallAnswer(group is None, outcome, datetime.now(UTC), failed))
    return entry.id


def _open(job: Job) -> list[CallEntry]:
    return [] if job.journal is None else job.journal.open_calls()


def _asks(entry: CallEntry) -> bool:
    return entry.data is not None and entry.data.get("kind") == "question"


def _the_one(job: Job, open_: list[CallEntry], call: str | None, what: str) -> CallEntry:
    answers = {} if job.journal is None else job.journal.answers
    if call is None:
        left = [entry for entry in open_ if entry.id not in answers]
        if len(left) > 1:
            listed = ", ".join(f"{entry.id} ({entry.name} {entry.arguments})" for entry in left)
            raise JobStateError(job.id, f"has more than one {what}; say which: {listed}")
        if left:
            return left[0]
        if open_:
            raise JobStateError(job.id, f"got its answer a moment ago: {what} {open_[0].id} is not open any more")
        raise JobStateError(job.id, f"has no open {what}")
    found = next((entry for entry in open_ if entry.id == call), None)
    if found is None:
        how = f"'statek-jupyter show {job.id}' lists what it waits for"
        raise JobStateError(job.id, f"has no open {what} {call!r}; {how}")
    if call in answers:
        raise JobStateError(job.id, f"got its answer a moment ago: {what} {call} is not open any more")
    return found


def _give(root: Root, job: Job, entry: CallEntry, given: CallAnswer) -> None:
    assert job.journal is not None and job.number is not None
    job.journal.answers[entry.id] = given
    root._p_jar.readCurrent(job)  # a job that falls asleep meanwhile makes this run again, and be woken
    if job.status is JobStatus.SUSPENDED:
        root.wake(job)
    note_change(root, job.number)
