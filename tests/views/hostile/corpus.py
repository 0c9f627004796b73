"""The hostile texts, and a job that says one of them wherever a model, a tool or a file name can say something."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Literal

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import (
    Attempt,
    CodeError,
    LLM_LogItem,
    Output,
    SystemLogItem,
    ToolResult,
    UserLogItem,
    WarmupLogItem,
)
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.job import Job, JobDef, JobDefError, JobStatus
from statek_jupyter.executors.journal import CallEntry, CallJournal, CallNote
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.store.locals import VarSummary
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.schema import JobView
from statek_jupyter.views.variables import variable_view

PAYLOADS = Path(__file__).with_name("payloads.json")
"""Read by the browser's tests, too."""


@dataclass(frozen=True)
class Payload:
    """One hostile text."""

    id: str
    family: str
    text: str


def payloads() -> list[Payload]:
    """All of them."""
    rows = json.loads(PAYLOADS.read_text(encoding="ascii"))["payloads"]
    return [Payload(row["id"], row["family"], row["text"] * row.get("times", 1)) for row in rows]


def hostile_job(text: str) -> Job:
    """A job whose every text is this one."""
    job = Job(JobDef(Agent(f"role {text}", system_prompt=text, metadata={"MODEL": "scripted/none"})))
    job.name = job.answer = text
    job.chat_log.append(UserLogItem(text))
    job.chat_log.append(SystemLogItem(text))
    job.chat_log.append(WarmupLogItem(0, text))
    job.chat_log.append(_turn(text, CodeBlock(text)))
    job.chat_log.append(_turn(text, text))
    job.error = JobDefError(Exception(text))
    job.error.type_name, job.error.traceback = text, [text]
    job.usage = job.usage.plus(_usage(text))
    job.set_status(JobStatus.DONE)
    return job


def hostile_view(text: str) -> JobView:
    """The view of such a job, with such a subtask and such variables, also while it waits for something of the kind."""
    child = hostile_job(text)
    child.number = 7
    job = hostile_job(text)
    view = read_job(job, children=lambda of: [child] if of is job else [])
    names = [variable_view(job, VarSummary(name, text, text, 5, False, text)) for name in (text, "x")]
    view["locals"] = list({row["name"]: row for row in names}.values())
    job.set_status(JobStatus.SUSPENDED)
    job.awaiting_text = text
    view["awaiting"] = read_job(job)["awaiting"]
    job.journal = _journal(text)
    waiting = read_job(job)
    view["waiting"], view["question"] = waiting["waiting"], waiting["question"]
    view["unknown_calls"] = waiting["unknown_calls"]
    return view


def _turn(text: str, reply: str | CodeBlock) -> LLM_LogItem:
    item = LLM_LogItem(reply, turn=1)
    item.reasoning = item.answer = item.reply_text = text
    item.final = item.executed = True
    item.usage = _usage(text)
    item.attempts = (Attempt(1, datetime.now(UTC), outcome="failed", error_kind=text, error_message=text),)
    item.add_outputs(_outputs(text))
    item.tool_results = (ToolResult("c", text, text, CodeError(text, text, text, 1)),)
    item.error = CodeError(text, text, text, 1)
    item.add_calls(tuple(_note(text, state) for state in ("raised", "returned")))
    return item


def _note(text: str, state: Literal["raised", "returned"]) -> CallNote:
    return CallNote(f"{state} {text}", text, text, state, datetime.now(UTC), text, 1, text)


def _journal(text: str) -> CallJournal:
    """A statement that asks twice, waits, and has a call of which nobody knows what came."""
    journal, now = CallJournal(), datetime.now(UTC)
    question = {"kind": "question", "question": text, "options": [text], "expires_at": now}
    for number, data in enumerate((question, {**question, "options": None}, {"kind": text, "due": now}, None)):
        state: Literal["waiting", "unknown"] = "unknown" if data is None else "waiting"
        id = f"{number} {text}"
        journal.calls[id] = CallEntry(id, text, "safe", b"", text, state, now, note=text, data=data)
    return journal


def _outputs(text: str) -> list[Output]:
    references = "".join(f"&#{ord(character)};" for character in text[:1000])
    forms: list[dict[str, Any]] = [
        {"text/html": text},
        {"text/html": f"<table><tr><th>a</th></tr><tr><td>{escape(text)}</td></tr></table>"},
        {"text/html": f"<table><tr><td>{references}</td></tr></table>"},
        {"image/svg+xml": text},
        {"image/png": text},
        {"application/javascript": text},
        {text: text},
    ]
    return [Output("stdout", text), Output("stderr", text), *(Output("display", text, form) for form in forms)]


def _usage(text: str) -> CallUsage:
    return CallUsage(text, 1, 0, 1, cost_source="registered")
