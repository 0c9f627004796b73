"""Where in a chat log a turn ends, and what the entries up to there did; called in transactions.

Every item holds what it did to the variables. The item of turn ``16**k * m + 1`` also carries a `HistoryMark` of the
``16**k`` turns before it, so that any turn is found by reading a few dozen records however long the job is, and a mark
is written from at most sixteen others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from BTrees.IOBTree import IOBTree

from statek_jupyter.errors import JobStateError, UnknownTurnError
from statek_jupyter.executors.chat_log import ChatLog, ChatLogItem, LLM_LogItem, SystemLogItem
from statek_jupyter.executors.history import HistoryMark, JobEnd, Places
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.usage import CallUsage, LLM_Usage

MARK_TURNS = 16
GIVEN = -1
"""The place of what the job was submitted with."""


# --- turns -----------------------------------------------------------------------------------------------


def read_turn(job: Job, turn: int) -> int:
    """The turn meant by a number; negative ones count from the end.

    Raises:
        UnknownTurnError: The job has no such turn.
    """
    last = job.num_turns
    found = turn + last + 1 if isinstance(turn, int) and turn < 0 else turn
    if type(found) is not int or not 0 <= found <= last:
        raise UnknownTurnError(job.id or "", turn, last)
    return found


def has_ended(job: Job, turn: int) -> bool:
    """Whether nothing of a turn is left to run."""
    if turn < job.num_turns or job.status is JobStatus.DONE:
        return True
    if turn == 0:
        return job.status not in (JobStatus.READY, JobStatus.WARMING_UP) and job.warmup_block_num is None
    return _turn_item(job.chat_log, turn).executed


def last_ended(job: Job) -> int:
    """The last turn that has ended.

    Raises:
        JobStateError: The warmup has not ended.
    """
    for turn in (job.num_turns, job.num_turns - 1):
        if turn >= 0 and has_ended(job, turn):
            return turn
    raise JobStateError(job.id, "has not finished its warmup; wait for that")


def turn_now(job: Job) -> int:
    """The turn that what happens now belongs to: the one that runs or is asked for, else the last one."""
    last = job.chat_log[-1] if len(job.chat_log) else None
    if isinstance(last, LLM_LogItem) and not last.executed and job.status is not JobStatus.DONE:
        return last.turn
    return job.num_turns


def stop_after(log: ChatLog, turn: int) -> int:
    """Where a turn ends: the entries before this position are those there were after the turn.

    Turn 0 ends where the first request was made. What the engine said about a reply belongs to its turn; messages
    after it belong to the next one.
    """
    position = _last_position(log, turn)
    if turn:
        while position >= 0 and not isinstance(log[position], LLM_LogItem):
            position -= 1
    stop = position + 1
    while turn and stop < len(log) and isinstance(log[stop], SystemLogItem):
        stop += 1
    return stop


def _last_position(log: ChatLog, turn: int) -> int:
    """The last position before the items of later turns; turns never go down in a chat log."""
    low, high = 0, len(log)
    while low < high:
        middle = (low + high) // 2
        if _turn_at(log, middle) <= turn:
            low = middle + 1
        else:
            high = middle
    return low - 1


def _turn_at(log: ChatLog, position: int) -> int:
    while position >= 0:
        entry = log[position]
        if isinstance(entry, LLM_LogItem):
            return entry.turn
        position -= 1
    return 0


def _turn_item(log: ChatLog, turn: int) -> LLM_LogItem:
    position = stop_after(log, turn) - 1
    while not isinstance(entry := log[position], LLM_LogItem):
        position -= 1
    return entry


# --- what was done ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Timeline:
    """What a stretch of entries did: name, or uid, to the position of the item that did it last; None for deleted."""

    variables: dict[str, int | None] = field(default_factory=dict)
    classes: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, stretches: list[tuple[Places, Places]]) -> Timeline:
        """Stretches put together, the newest first."""
        made = cls()
        for variables, classes in reversed(stretches):
            made.variables.update(variables)
            made.classes.update(classes)
        return made

    def alive(self) -> tuple[dict[str, int], dict[str, int]]:
        """(variables, classes) that exist at the end, to their places."""
        return _alive(self.variables), _alive(self.classes)


def _alive(places: dict[str, int | None]) -> dict[str, int]:
    return {name: place for name, place in places.items() if place is not None}


def fold(log: ChatLog, stop: int, *, after_turn: int = 0) -> Timeline:
    """What the entries before `stop` did, those of turns up to `after_turn` left out unless that is 0."""
    return Timeline.of(_stretches(log, stop, after_turn))


def _stretches(log: ChatLog, stop: int, after_turn: int = 0) -> list[tuple[Places, Places]]:
    found: list[tuple[Places, Places]] = []
    position = stop - 1
    while position >= 0:
        entry = log[position]
        turn = entry.turn if isinstance(entry, LLM_LogItem) else 0
        if 0 < turn <= after_turn:
            break
        if isinstance(entry, ChatLogItem):
            found.append((_places(entry.locals_changes, position), _places(entry.class_changes, position)))
        position -= 1
        if isinstance(entry, LLM_LogItem) and entry.mark is not None and turn > after_turn + 1:
            found.append((entry.mark.variables, entry.mark.classes))
            position = entry.mark.first  # that item is part of the stretch; what is read there is its mark
    return found


def _places(changes: Any, position: int) -> Places:
    return {name: None if group is None else position for name, group in (changes or {}).items()}


def timeline_at(job: Job, stop: int) -> Timeline:
    """Everything that was done before `stop`, what the job was given included."""
    found = _stretches(job.chat_log, stop)
    given = job.py_env.local_state.given
    if given is not None:
        found.append((dict.fromkeys(given.variables, GIVEN), dict.fromkeys(given.classes, GIVEN)))
    return Timeline.of(found)


def group_at(job: Job, name: str, place: int) -> Any:
    """The saved group of a variable, by its place; None when the item there has changed it since."""
    if place == GIVEN:
        given = job.py_env.local_state.given
        return None if given is None else given.variables.get(name)
    return (_item(job, place).locals_changes or {}).get(name)


def class_group_at(job: Job, uid: str, place: int) -> Any:
    """`group_at` for a class."""
    if place == GIVEN:
        given = job.py_env.local_state.given
        return None if given is None else given.classes.get(uid)
    return (_item(job, place).class_changes or {}).get(uid)


def _item(job: Job, place: int) -> ChatLogItem:
    item = job.chat_log[place]
    assert isinstance(item, ChatLogItem)
    return item


# --- what it cost ----------------------------------------------------------------------------------------


def usage_at(job: Job, stop: int) -> LLM_Usage:
    """What the job itself had used when the entries before `stop` were all there were."""
    shared = 0 if job.origin.fork is None else job.origin.fork.turn
    calls, mark = _calls_and_mark(job.chat_log, stop, shared)
    return _sum(LLM_Usage() if mark is None else mark.usage, calls)


def total_usage_at(log: ChatLog, stop: int) -> LLM_Usage:
    """What all turns before `stop` cost, whichever jobs they were made by."""
    calls, mark = _calls_and_mark(log, stop, 0)
    return _sum(LLM_Usage() if mark is None else mark.total or mark.usage, calls)


def _calls_and_mark(log: ChatLog, stop: int, after_turn: int) -> tuple[list[CallUsage], HistoryMark | None]:
    """Calls before `stop`, newest first, back to a mark or to the items of turn `after_turn`; and that mark."""
    calls: list[CallUsage] = []
    for position in range(stop - 1, -1, -1):
        entry = log[position]
        if not isinstance(entry, LLM_LogItem):
            continue
        if 0 < entry.turn <= after_turn:
            break
        if entry.usage is not None:
            calls.append(entry.usage)
        if entry.mark is not None:
            return calls, entry.mark
    return calls, None


def _sum(usage: LLM_Usage, calls: list[CallUsage]) -> LLM_Usage:
    for call in reversed(calls):
        usage = usage.plus(call)
    return usage


# --- writing ---------------------------------------------------------------------------------------------


def make_mark(job: Job) -> HistoryMark | None:
    """The mark that belongs to the item of the next turn, which is not in the chat log yet; None when none does."""
    turn = job.num_turns
    if turn == 0 or turn % MARK_TURNS:
        return None
    span = MARK_TURNS
    while turn % (span * MARK_TURNS) == 0:
        span *= MARK_TURNS
    log = job.chat_log
    done = fold(log, len(log), after_turn=turn - span)
    first = stop_after(log, turn - span) if turn > span else 0
    while turn > span and not isinstance(log[first], LLM_LogItem):
        first += 1
    fork = job.origin.fork
    total = None if fork is None else fork.usage.merge(job.usage)
    return HistoryMark(first, done.variables, done.classes, job.usage, total)


def keep_end(job: Job) -> None:
    """Note how the job has ended; called when it is DONE and says how."""
    if job.endings is None:
        job.endings = IOBTree()
    env = job.py_env
    status = None if env.exit_variable is not None else env.exit_status
    end = JobEnd(env.exited, status, env.exit_variable, job.answer, job.error, job.stop_reason)
    job.endings[job.num_turns] = end


def end_at(job: Job, turn: int) -> JobEnd | None:
    """How the job had ended after a turn; None when it had not."""
    found: JobEnd | None = None if job.endings is None else job.endings.get(turn)
    return found
