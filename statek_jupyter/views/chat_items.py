"""Entries of the chat log in their JSON form."""

from __future__ import annotations

from datetime import datetime

from statek_jupyter.executors.chat_log import (
    Attempt,
    ChatLogEntry,
    ChatLogItem,
    LLM_LogItem,
    SubTaskLogItem,
    SystemLogItem,
    ToolResult,
    UserLogItem,
    WarmupLogItem,
)
from statek_jupyter.executors.code_block import CallSpec, CodeBlock
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.views.calls import read_calls
from statek_jupyter.views.outputs import error_view, read_outputs
from statek_jupyter.views.plain_text import bounded, line
from statek_jupyter.views.schema import AttemptView, CallView, ItemState, ItemView, ToolResultView


def timestamp(moment: datetime | None) -> str | None:
    """ISO 8601 with offset, to the millisecond."""
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def read_item(position: int, entry: ChatLogEntry, *, whole: bool = False) -> ItemView:
    """One entry of the chat log. Reads nothing but that entry's records."""
    if isinstance(entry, str):
        return {"id": position, "kind": "user", "at": None, "state": "ok", "text": bounded(entry)}
    view: ItemView = {"id": position, "kind": "system", "at": timestamp(entry.timestamp), "state": item_state(entry)}
    if not settled(view):
        view["since"] = timestamp(_since(entry)) or ""
    if isinstance(entry, UserLogItem | SystemLogItem):
        view["kind"] = "user" if isinstance(entry, UserLogItem) else "system"
        view["text"] = bounded(entry.message)
    elif isinstance(entry, WarmupLogItem):
        _add_warmup(view, entry)
    elif isinstance(entry, LLM_LogItem):
        _add_turn(view, entry)
    elif isinstance(entry, SubTaskLogItem):
        _add_subtask(view, entry)
    else:
        view["text"] = f"an entry of an unknown kind: {line(type(entry).__name__)}"
    _add_effects(view, entry, whole)
    return view


def item_state(item: ChatLogItem) -> ItemState:
    """What the item is doing, from its own record alone."""
    if item.error is not None:
        return "failed"
    if item.executed:
        return "ok"
    if isinstance(item, LLM_LogItem) and item.llm_resp is None and not item.reply_text:
        return "asking"
    return "running"


def settled(view: ItemView) -> bool:
    """Whether the entry can still change."""
    return view["state"] in ("ok", "failed")


def _since(item: ChatLogItem) -> datetime:
    """When it began to do what it does: the newest request, or the end of the request whose reply runs."""
    last = item.attempts[-1] if isinstance(item, LLM_LogItem) and item.attempts else None
    if last is None:
        return item.timestamp
    return last.started_at if last.ended_at is None else last.ended_at


def _add_warmup(view: ItemView, item: WarmupLogItem) -> None:
    view["kind"] = "warmup"
    view["number"] = item.warmup_block_num
    if item.hidden:
        view["hidden"] = True
    _add_block(view, item.code)


def _add_turn(view: ItemView, item: LLM_LogItem) -> None:
    view["kind"] = "turn"
    view["number"] = item.turn
    response = item.llm_resp
    text = item.answer or (response if isinstance(response, str) else "")
    if not text and item.final:
        text = item.reply_text
    if text:
        view["text"] = bounded(text)
    if isinstance(response, CodeBlock):
        _add_block(view, response)
    if item.reasoning:
        view["reasoning"] = bounded(item.reasoning)
    if item.final:
        view["final"] = True
    if item.usage is not None:
        view["call"] = call_view(item.usage)
    attempts = [_attempt(attempt) for attempt in item.attempts if attempt.outcome in ("failed", "lost")]
    if attempts:
        view["attempts"] = attempts[-10:]


def _add_block(view: ItemView, block: str | CodeBlock | None) -> None:
    code = block if isinstance(block, str) else code_of(block)
    if code:
        view["code"] = bounded(code, 60_000)
    calls = block.get_regular_tool_calls() if isinstance(block, CodeBlock) else None
    if calls:
        view["calls"] = [bounded(call.format(), 4_000) for call in calls]


def code_of(block: CodeBlock | None) -> str:
    """The code of a block, also what its calls ask to run."""
    if block is None:
        return ""
    parts = [block.code or "", *(_code_argument(call) for call in block.get_cli_tool_calls() or ())]
    return "\n".join(dict.fromkeys(part for part in parts if part))


def _code_argument(call: CallSpec) -> str:
    for value in (*(call.kwargs or {}).values(), *(call.args or ())):
        if isinstance(value, str):
            return value
    return ""


def _add_subtask(view: ItemView, item: SubTaskLogItem) -> None:
    view["kind"] = "subtask"
    job = getattr(item.handler, "job", None)
    job_id = getattr(job, "id", None)
    if job_id:
        view["job"] = str(job_id)
    called = getattr(item.handler, "id", None)
    name = getattr(job, "name", None) or (called if isinstance(called, str) else None) or job_id or "a subtask"
    failure = getattr(item.handler, "error", None)
    if failure is None:
        view["text"] = f"{line(str(name))} is done"
    else:
        view["text"] = f"{line(str(name))} gave no result: {line(str(failure.err_message))}"


def _add_effects(view: ItemView, item: ChatLogItem, whole: bool) -> None:
    outputs, more = read_outputs(item.outputs, whole=whole)
    if outputs:
        view["outputs"] = outputs
    if more:
        view["more_outputs"] = more
    calls, more_calls = read_calls(item)
    if calls:
        view["code_calls"] = calls
    if more_calls:
        view["more_code_calls"] = more_calls
    if item.tool_results:
        view["tool_results"] = [_tool_result(result) for result in item.tool_results]
    if item.error is not None:
        view["error"] = error_view(item.error)
    if item.code_seconds:
        view["seconds"] = round(item.code_seconds, 3)


def _tool_result(result: ToolResult) -> ToolResultView:
    error = error_view(result.error) if result.error is not None else None
    return {"name": line(result.name), "text": bounded(result.text, 8_000), "error": error}


def _attempt(attempt: Attempt) -> AttemptView:
    parts = (attempt.error_kind, attempt.error_message)
    error = ": ".join(part.replace("_", " ") if part is attempt.error_kind else part for part in parts if part)
    return {"number": attempt.number, "outcome": attempt.outcome, "error": line(error, 400)}


def call_view(usage: CallUsage) -> CallView:
    """What one model call used."""
    return {
        "model": line(usage.model),
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": None if usage.cost_usd is None else f"{usage.cost_usd:f}",
        "cost_source": usage.cost_source,
        "seconds": round(usage.seconds, 3),
        "estimated": usage.estimated,
    }
