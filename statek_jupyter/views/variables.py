"""A job's variables as they are now or were after a turn, from stored summaries: no value is loaded to list them."""

from __future__ import annotations

from statek_jupyter.executors.job import Job
from statek_jupyter.store.history.timeline import Timeline, group_at, read_turn, stop_after, timeline_at
from statek_jupyter.store.locals import VarSummary, summaries
from statek_jupyter.store.locals.stand_ins import shown_as_meant
from statek_jupyter.views.plain_text import line
from statek_jupyter.views.schema import LocalsView, VariableChange, VariableView

MAX_VARIABLES = 2_000


def locals_at(
    job: Job, turn: int | None = None, *, text: str = "", first: int = 0, count: int = MAX_VARIABLES
) -> LocalsView:
    """The variables after a turn, sorted by name, with marks of what the turn did to them.

    Call it inside ``store.read`` or ``handle.read``, as in ``handle.read(lambda job: locals_at(job, 3))``. It reads a
    few dozen records of the chat log, and those of the variables on the page, whatever their values are. For the
    content of one of them see `statek_jupyter.views.values`.

    Args:
        job: A job of the current transaction.
        turn: 0 for the warmup; negative turns count from the end; None for the variables as they are now, unmarked.
        text: Only variables whose name or type has this in it, in any case.
        first: Position of the first variable listed.
        count: How many are listed at most.

    Raises:
        UnknownTurnError: The job has no such turn.
    """
    number = job.num_turns if turn is None else read_turn(job, turn)
    source = _Present(job) if turn is None else _Past(job, number)
    names = [name for name in source.names if not text or _matches(source.row(name), text.casefold())]
    first = max(0, first)
    page = names[first : first + max(0, min(count, MAX_VARIABLES))]
    return {
        "turn": number,
        "last_turn": job.num_turns,
        "first": first,
        "total": len(names),
        "variables": [row for row in map(source.row, page) if row is not None],
    }


def variable_view(job: Job, summary: VarSummary) -> VariableView:
    """One variable of the job as it is shown."""
    row: VariableView = {
        "name": line(summary.name),
        "type": line(summary.type_name, 80),
        "text": line(shown_as_meant(summary.text, job.py_env.local_state.stand_ins), 120),
        "size": summary.size_bytes,
        "durable": summary.durable,
        "note": line(summary.note),
    }
    if summary.parts:
        row["entries"] = summary.parts
    if summary.shape:
        row["grid"] = True
    return row


def _matches(row: VariableView | None, text: str) -> bool:
    return row is not None and (text in row["name"].casefold() or text in row["type"].casefold())


class _Present:
    """The variables as they are in the store now."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._rows = {summary.name: summary for summary in summaries(job.py_env.local_state)}
        self.names = sorted(self._rows)

    def row(self, name: str) -> VariableView | None:
        return variable_view(self._job, self._rows[name])


class _Past:
    """The variables as they were after a turn, and those it deleted."""

    def __init__(self, job: Job, turn: int) -> None:
        then = timeline_at(job, stop_after(job.chat_log, turn))
        before = timeline_at(job, stop_after(job.chat_log, turn - 1)) if turn else Timeline()
        self._job = job
        self._now = timeline_at(job, len(job.chat_log)).variables
        self._marks = variable_changes(before, then) if turn else {}
        self._places = then.alive()[0]
        deleted = {name: place for name, place in before.alive()[0].items() if self._marks.get(name) == "deleted"}
        self._all = {**deleted, **self._places}
        self.names = sorted(self._all)

    def row(self, name: str) -> VariableView | None:
        """None for one that the turn, which still runs, is changing."""
        place = self._all[name]
        present = name in self._places and self._now.get(name) == place
        group = self._job.py_env.local_state.groups.get(name) if present else group_at(self._job, name, place)
        summary = next((one for one in getattr(group, "summaries", ()) if one.name == name), None)
        if summary is None:
            return None
        row = variable_view(self._job, summary)
        if name in self._marks:
            row["change"] = self._marks[name]
        return row


def variable_changes(before: Timeline, then: Timeline) -> dict[str, VariableChange]:
    """What became of each variable that was set or deleted in between."""
    old, new = before.alive()[0], then.alive()[0]
    changes: dict[str, VariableChange] = {name: "deleted" for name in old if name not in new}
    for name, place in new.items():
        if name not in old:
            changes[name] = "new"
        elif old[name] != place:
            changes[name] = "changed"
    return changes
