"""Statuses, amounts and times in words; `labextension/src/wording.ts` says the same in the browser."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from statek_jupyter.views.schema import JobView, SubtaskView, WorkerView


@dataclass(frozen=True, slots=True)
class StatusWord:
    """A status for people: neither colour nor shape says anything alone."""

    word: str
    shape: str
    tone: str
    """``idle``, ``busy``, ``wait``, ``ok``, ``bad`` or ``stopped``."""


_STATUS = {
    "READY": StatusWord("Ready", "○", "idle"),
    "WARMING_UP": StatusWord("Warming up", "▶", "busy"),
    "STARTED": StatusWord("Running", "▶", "busy"),
    "SUSPENDED": StatusWord("Waiting", "‖", "wait"),
}
_DONE = {
    "ok": StatusWord("Done", "✓", "ok"),
    "failed": StatusWord("Failed", "✕", "bad"),
    "stopped": StatusWord("Stopped", "■", "stopped"),
}


def status_word(status: str, outcome: str | None) -> StatusWord:
    """The status of a job, and how it ended if it did."""
    if status == "DONE":
        return _DONE.get(outcome or "ok", StatusWord("Done", "✓", "ok"))
    return _STATUS.get(status, StatusWord(status, "○", "idle"))


INTERRUPTED = StatusWord("Interrupted", "‖", "wait")
"""It was being run, and nobody does so any more."""
QUEUED = StatusWord("Queued", "○", "idle")
"""It goes on as soon as a worker takes it: a fork, or a job that was handed back."""
YOURS = StatusWord("Your turn", "‖", "wait")
"""Its model is a person, who has to write the reply."""
REPLY = "reply-"
"""Begins the id of a question that is the request to such a model."""
UNTAKEN = "No worker has taken it yet."
NOBODY = "Nobody runs it: it goes on as soon as a worker does"


def view_status(view: JobView) -> StatusWord:
    """The status of a viewed job; one that nobody runs is not said to be running."""
    worker, question = view.get("worker"), view.get("question")
    if is_left(view):
        return QUEUED if worker is not None and is_queued(worker) else INTERRUPTED
    return YOURS if question and question["id"].startswith(REPLY) else status_word(view["status"], view["outcome"])


def is_left(view: JobView) -> bool:
    """Whether nobody runs it though it is not at rest."""
    worker = view.get("worker")
    return worker is not None and not worker["alive"]


def is_queued(worker: WorkerView) -> bool:
    """Whether no process has it, so it was not interrupted."""
    return not worker["alive"] and not worker["where"]


def standing_lines(view: JobView) -> list[str]:
    """What a person has to know: which turn this is, what the job waits for, that nobody runs it, that they are asked.

    Questions of its code are not among them: those are in ``waiting``, with their options.
    """
    question, turn, last_turn = view.get("question"), view.get("turn"), view.get("last_turn")
    lines = [] if last_turn is None else [f"As it was after turn {turn} of {last_turn}"]
    lines += [f"Waits for {view['awaiting']}"] if view["awaiting"] else []
    lines += [UNTAKEN] if view["status"] == "READY" else [_left(view)] if is_left(view) else []
    lines += _unheld(view)
    return lines + ([question["text"]] if question is not None and not view["waiting"] else [])


def _left(view: JobView) -> str:
    model = view["model"] or ""
    is_registered = model.startswith(("scripted/", "function/"))
    return f"{NOBODY} in a process that has registered {model}." if is_registered else f"{NOBODY}."


def _unheld(view: JobView) -> list[str]:
    limits, unknown = view.get("limits"), view["usage"]["unknown_cost_calls"]
    if limits is None or limits["cost_usd"] is None or not unknown:
        return []
    return [f"Its budget of ${limits['cost_usd']} does not count {count(unknown, 'request')} of unknown price"]


def count(amount: int, one: str, many: str | None = None) -> str:
    """An amount of things: ``1 turn``, ``2 turns``."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def cost(amount: str | None, unknown_calls: int = 0) -> str:
    """A cost in dollars; an unknown cost is never shown as $0."""
    if amount is None:
        return "cost unknown" if unknown_calls else "$0"
    return ("≥ " if unknown_calls else "") + _dollars(float(amount))


def _dollars(value: float) -> str:
    if value == 0:
        return "$0"
    if value < 0.000001:
        return "< $0.000001"
    digits = 2 if value >= 1 else 3 if value >= 0.1 else min(6, 1 - math.floor(math.log10(value)))
    return f"${value:.{digits}f}"


def seconds(value: float) -> str:
    """A stretch of time."""
    if value < 0.0005:
        return "0 s"
    if value < 1:
        return f"{max(1, math.floor(value * 1000 + 0.5))} ms"
    if value < 10:
        return f"{value:.1f} s"
    whole = math.floor(value + 0.5)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def tokens(value: int) -> str:
    """A number of tokens."""
    if value < 10_000:
        return f"{value:,}"
    return f"{value / 1000:.{1 if value < 100_000 else 0}f}k" if value < 1_000_000 else f"{value / 1e6:.2f}M"


def size(size_bytes: int | None) -> str:
    """A size in decimal units; a dash when nothing is stored."""
    if size_bytes is None:
        return "–"
    if size_bytes < 1000:
        return f"{size_bytes} B"
    value, units = size_bytes / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.{1 if value < 10 else 0}f} {units[0]}"


def cost_source(source: str) -> str:
    """Who says what the job cost."""
    words = {
        "provider": "provider's figure",
        "prices": "tokens × list price",
        "mixed": "partly list price",
        "unknown": "no price known",
    }
    return words.get(source, source)


def elapsed_seconds(view: JobView | SubtaskView) -> float | None:
    """From the job's start to its end; for a job that has not ended, to its last change. None before the start."""
    end = view["finished_at"] or view.get("updated_at")
    if view["started_at"] is None or not isinstance(end, str):
        return None
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(view["started_at"])).total_seconds())


def job_facts(view: JobView) -> list[str]:
    """What stands beside the name: model, turns, cost, time."""
    usage, time = view["usage"], elapsed_seconds(view)
    facts = [view["model"] or view["agent"], count(view["turns"], "turn")]
    if usage["calls"]:
        facts.append(cost(usage["cost_usd"], usage["unknown_cost_calls"]))
    return facts if time is None else [*facts, seconds(time)]
