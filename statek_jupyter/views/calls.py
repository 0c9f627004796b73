"""Calls of tools in their JSON form: what a job waits for, and what its code has called."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.journal import CallEntry, CallNote
from statek_jupyter.views.plain_text import bounded, line
from statek_jupyter.views.schema import CodeCallView, WaitView

MAX_CALLS = 100
MAX_WAITS = 50


def read_waits(job: Job) -> list[WaitView]:
    """What the job's running statement waits for, oldest first; what was answered already is left out."""
    if job.journal is None:
        return []
    answers = job.journal.answers
    return [_wait(entry) for entry in job.journal.open_calls() if entry.id not in answers][:MAX_WAITS]


def _wait(entry: CallEntry) -> WaitView:
    data = entry.data or {}
    view: WaitView = {
        "call": line(entry.id),
        "kind": "unknown" if entry.state == "unknown" else line(str(data.get("kind", "value")), 40),
        "name": line(entry.name, 80),
        "arguments": line(entry.arguments, 240),
        "since": entry.begun_at.isoformat(timespec="milliseconds"),
        "until": _time(data.get("due") or data.get("expires_at")),
        "note": line(entry.note, 400),
    }
    if data.get("kind") == "question":
        view["question"] = bounded(str(data.get("question", "")), 8_000)
        options = data.get("options")
        view["options"] = None if options is None else [line(str(option), 200) for option in options]
        view["expires_at"] = _time(data.get("expires_at"))
    return view


def _time(value: Any) -> str | None:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else None


def read_calls(item: ChatLogItem) -> tuple[list[CodeCallView], int]:
    """(the newest calls of an item's code, oldest of them first; how many older ones are left out)."""
    notes = list(item.calls)
    return [_call(note) for note in notes[-MAX_CALLS:]], max(0, len(notes) - MAX_CALLS)


def _call(note: CallNote) -> CodeCallView:
    return {
        "call": line(note.id),
        "name": line(note.name, 80),
        "arguments": line(note.arguments, 240),
        "state": note.state,
        "outcome": line(note.outcome, 240),
        "seconds": round(note.seconds, 3),
        "note": line(note.note, 400),
    }


def call_text(call: CodeCallView) -> str:
    """One line for a call that was made."""
    outcome = {"returned": call["outcome"], "raised": f"failed: {call['outcome']}", "cancelled": "cancelled"}
    told = outcome.get(call["state"], "outcome unknown")
    note = f" ({call['note']})" if call["note"] else ""
    return f"{call['name']}({call['arguments']}) → {told}{note}"


def wait_text(wait: WaitView) -> str:
    """One or two sentences for something that is waited for."""
    if "question" in wait:
        options = wait.get("options")
        choice = f" [{' / '.join(options)}]" if options else ""
        until = f" (until {wait['expires_at']})" if wait.get("expires_at") else ""
        return f"asks: {wait['question']}{choice}{until}"
    if wait["kind"] == "unknown":
        return f"does not know what came of {wait['name']}({wait['arguments']}): {wait['note']}"
    until = f" until {wait['until']}" if wait["until"] else ""
    return f"waits in {wait['name']}({wait['arguments']}){until}"


def how_to_answer(job_id: str, wait: WaitView) -> str:
    """The command that answers it; empty when nobody has to."""
    if "question" in wait:
        return f"statek-jupyter answer {job_id} ANSWER --call {wait['call']}"
    if wait["kind"] == "unknown":
        return f"statek-jupyter resolve {job_id} --call {wait['call']} --retry, --outcome VALUE or --error TEXT"
    return ""
