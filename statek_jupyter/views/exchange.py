"""The exact request of a turn and the reply as it came."""

from __future__ import annotations

from statek_jupyter.engine.request import job_system_prompt
from statek_jupyter.errors import UnknownEntryError
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.job import Job
from statek_jupyter.llm.model import ModelRequest
from statek_jupyter.llm.request_preview import request_preview
from statek_jupyter.llm.tool_schemas import request_tools
from statek_jupyter.llm.transcript import assemble, item_messages
from statek_jupyter.redaction import redact
from statek_jupyter.views.answers import ExchangeView
from statek_jupyter.views.plain_text import bounded, clean

MAX_CHARACTERS = 400_000


def read_exchange(job: Job, item: int) -> ExchangeView:
    """The exchange of the turn whose entry is at a position of the chat log.

    The request is not stored: it is made again from the entries before it, as it was made when it was sent.

    Raises:
        UnknownEntryError: There is no turn at this position.
    """
    entry = job.chat_log[item] if item < len(job.chat_log) else None
    if not isinstance(entry, LLM_LogItem):
        raise UnknownEntryError(job.id or "", f"turn at entry {item}")
    request = request_preview(_request(job, entry, item))
    reply = redact(_reply(entry))
    notes = []
    if len(request) > MAX_CHARACTERS or len(reply) > MAX_CHARACTERS:
        notes.append("The middle of a long text is left out.")
    if not reply:
        notes.append("No reply has been kept yet.")
    return {"request": _shown(request), "reply": _shown(reply), "note": " ".join(notes)}


def _request(job: Job, entry: LLM_LogItem, item: int) -> ModelRequest:
    hint = job.language_hint
    parts = [item_messages(before, job.chat_style, hint=hint) for before in job.chat_log[:item]]
    return ModelRequest(
        model=entry.model or job.concrete_model(),
        messages=assemble(parts, system_prompt=job_system_prompt(job)),
        turn=entry.turn,
        tools=request_tools(job.job_def.agent.tools, job.chat_style),
        temperature=job.job_def.temperature,
        job_id=job.id,
    )


def _reply(entry: LLM_LogItem) -> str:
    calls = entry.llm_resp.tool_calls or () if isinstance(entry.llm_resp, CodeBlock) else ()
    parts = [entry.reply_text, *(f"[calls {call.format()} as {call.id}]" for call in calls)]
    return "\n\n".join(part for part in parts if part)


def _shown(text: str) -> str:
    return clean(text) if len(text) <= MAX_CHARACTERS else bounded(text, MAX_CHARACTERS)
