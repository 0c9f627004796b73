"""Lists for a terminal or a cell of 80 columns: jobs, variables, usage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypedDict

from statek_jupyter.executors.job import Job
from statek_jupyter.views.plain_text import line
from statek_jupyter.views.schema import UsageView, VariableView
from statek_jupyter.views.standing import Alive, worker_view
from statek_jupyter.views.wording import cost, count, is_queued, size

WIDTH = 80


class JobRow(TypedDict):
    """One job of a list, as JSON."""

    id: str
    name: str | None
    status: str
    """``ready``, ``warming_up``, ``started``, ``suspended``, or how it ended: ``done``, ``failed``, ``stopped``;
    ``queued`` when it goes on as soon as a worker takes it, ``interrupted`` when the process that ran it is gone."""
    agent: str
    model: str | None
    turns: int
    tokens: int
    cost_usd: str | None
    unknown_cost_calls: int
    """Requests whose price nobody knows: with some, `cost_usd` is a lower bound."""
    created_at: str | None
    result: str | None
    error: str | None
    awaiting: str | None


def read_row(job: Job, alive: Alive | None = None) -> JobRow:
    """A job as a row of a list; called while the job can be read. With `alive` it says when nobody runs the job."""
    ended = job.outcome
    worker = None if alive is None else worker_view(job, alive)
    left = None if worker is None or worker["alive"] else "queued" if is_queued(worker) else "interrupted"
    return JobRow(
        id=job.id or "",
        name=job.name,
        status=left or (ended if ended in ("failed", "stopped") else job.status.name.lower()),
        agent=job.job_def.agent.role,
        model=job.model,
        turns=job.num_turns,
        tokens=job.usage.total_tokens,
        cost_usd=None if job.usage.total_known_cost is None else str(job.usage.total_known_cost),
        unknown_cost_calls=job.usage.unknown_cost_calls,
        created_at=job.created_at.isoformat() if job.created_at else None,
        result=None if job.result is None else line(str(job.result)),
        error=line(job.error.error_message) if job.error is not None else None,
        awaiting=job.awaiting,
    )


def job_table(rows: Sequence[JobRow], now: datetime | None = None) -> str:
    """Jobs, one per line; the last column says what is most worth knowing and takes the room that is left."""
    moment = now or datetime.now(UTC)
    head = ("JOB", "STATUS", "AGE", "TURNS", "COST", "NAME")
    cells = [
        (
            row["id"],
            row["status"].replace("_", " "),
            age(row["created_at"], moment),
            str(row["turns"]),
            money(row["cost_usd"], row["unknown_cost_calls"]),
            _about(row),
        )
        for row in rows
    ]
    return table(head, cells, right=(2, 3, 4))


def _about(row: JobRow) -> str:
    told = row["error"] or row["awaiting"] or row["result"]
    name = row["name"] or row["agent"]
    return f"{name}: {told}" if told else name


def variable_table(variables: Sequence[VariableView]) -> str:
    """A job's variables, one per line, with why one of them will not survive a restart."""
    cells = [
        (v["name"], v["type"], size(v["size"]), v["text"] if v["durable"] else f"not kept: {v['note']}")
        for v in variables
    ]
    return table(("NAME", "TYPE", "SIZE", "VALUE"), cells, right=(2,))


def usage_lines(usage: UsageView) -> str:
    """What a job used, a few lines."""
    tokens = f"{usage['input_tokens']:,} in ({usage['cached_tokens']:,} cached), {usage['output_tokens']:,} out"
    if usage["reasoning_tokens"]:
        tokens += f" ({usage['reasoning_tokens']:,} reasoning)"
    unknown = usage["unknown_cost_calls"]
    spent = money(usage["cost_usd"], unknown)
    if unknown and usage["cost_usd"] is not None:
        spent = f"at least {money(usage['cost_usd'])}: the price of {count(unknown, 'request')} is unknown"
    lines = [
        f"requests  {usage['calls']:,} in {usage['model_seconds']:.1f} s",
        f"tokens    {'about ' if usage['estimated'] else ''}{tokens}",
        f"cost      {spent}",
    ]
    rows = usage["by_model"] if len(usage["by_model"]) > 1 else []
    lines += [f"  {line(row['model'], 40)}  {money(row['cost_usd'], row['cost_usd'] is None)}" for row in rows]
    return "\n".join(lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = (), width: int = WIDTH) -> str:
    """Columns as wide as they need, the last one cut to the width that is left.

    Args:
        head: Column titles.
        rows: Texts, as many as there are titles.
        right: Indexes of columns aligned to the right.
        width: Most characters in a line; the last column keeps at least 16 of them.
    """
    lines = [list(head), *([line(cell, 200) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in lines) for index in range(len(head) - 1)]
    room = max(16, width - sum(widths) - 2 * len(widths))
    texts = []
    for row in lines:
        parts = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        texts.append("  ".join([*parts, line(row[-1], room)]).rstrip())
    return "\n".join(texts)


def age(created_at: str | None, now: datetime) -> str:
    """How long ago, in one unit: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    if created_at is None:
        return "–"
    seconds = max(0, int((now - datetime.fromisoformat(created_at)).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def money(cost_usd: str | None, unknown_calls: int = 0) -> str:
    """A cost in a column that says it is one; ``unknown`` when nobody knows."""
    return cost(cost_usd, unknown_calls).removeprefix("cost ")
