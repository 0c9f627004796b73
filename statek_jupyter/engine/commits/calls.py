"""What is written around a call of a tool: before it acts, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from statek_jupyter.engine.call_outcomes import Settled
from statek_jupyter.engine.commits.effects import apply_effects
from statek_jupyter.engine.commits.held import Held, held_job
from statek_jupyter.engine.effects import Effect
from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.journal import CallEntry, CallJournal
from statek_jupyter.store.locals.outcomes import keep_outcome
from statek_jupyter.store.root import Root, note_change


def keep_calls(
    root: Root,
    held: Held,
    entries: Sequence[CallEntry],
    effects: Sequence[Effect] = (),
    message_id: str | None = None,
) -> None:
    """Keep entries of the running statement.

    Only the journal is written: an entry must cost little, and the job's own record is large.

    Args:
        effects: What the calls did to the job.
        message_id: A message of the inbox that a call has taken.
    """
    job = held_job(root, held)
    root._p_jar.readCurrent(job)  # another worker that takes the job meanwhile makes this commit fail
    _write(job, entries)
    apply_effects(root, job, effects)
    if message_id is not None:
        job.inbox.drop(message_id)
        if not job.inbox.pending():
            root.clear_mail(job)
    assert job.number is not None
    note_change(root, job.number)


def settle_calls(root: Root, job: Job, item: ChatLogItem, settled: Settled) -> None:
    """With a statement's own commit: its entries go, notes of them stay; those of one that waits are kept."""
    _write(job, settled.keep)
    if settled.forget and job.journal is not None:
        job.journal.forget(settled.forget)
    if settled.notes:
        item.add_calls(settled.notes)
    apply_effects(root, job, settled.effects)


def _write(job: Job, entries: Sequence[CallEntry]) -> None:
    if not entries:
        return
    if job.journal is None:
        job.journal = CallJournal()
    for entry in entries:
        group = entry.outcome
        outcome = None if group is None else keep_outcome(job.py_env.local_state, group)
        job.journal.calls[entry.id] = replace(entry, outcome=outcome)
        if entry.state == "begun" and entry.id in job.journal.answers:
            del job.journal.answers[entry.id]  # a decision holds for one interruption
