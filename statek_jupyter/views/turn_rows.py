"""The turns of a job in few numbers each: for a slider over them, and for charts."""

from __future__ import annotations

from typing import TypedDict

from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.job import Job
from statek_jupyter.store.history.timeline import stop_after
from statek_jupyter.views.chat_items import item_state, timestamp
from statek_jupyter.views.plain_text import line
from statek_jupyter.views.schema import ItemState

MAX_TURNS = 500


class TurnRow(TypedDict):
    """One turn."""

    turn: int
    item: int
    """Position of its entry in the chat log."""
    at: str | None
    model: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: str | None
    model_seconds: float
    code_seconds: float
    state: ItemState


class TurnsPage(TypedDict):
    """Some of a job's turns."""

    turns: list[TurnRow]
    total: int


def read_turns(job: Job, start: int, stop: int) -> TurnsPage:
    """The rows of turns ``start + 1`` to ``stop``, at most `MAX_TURNS` of them. Reads only those turns' records."""
    stop = min(stop, start + MAX_TURNS)
    rows: list[TurnRow] = []
    log = job.chat_log
    position = stop_after(log, start) if start else 0
    while position < len(log):
        entry = log[position]
        if isinstance(entry, LLM_LogItem):
            if entry.turn > stop:
                break
            rows.append(_row(position, entry))
        position += 1
    return {"turns": rows, "total": job.num_turns}


def _row(position: int, item: LLM_LogItem) -> TurnRow:
    usage = item.usage
    return {
        "turn": item.turn,
        "item": position,
        "at": timestamp(item.timestamp),
        "model": line((usage.model if usage else item.model) or ""),
        "input_tokens": usage.input_tokens if usage else 0,
        "cached_tokens": usage.cached_tokens if usage else 0,
        "output_tokens": usage.output_tokens if usage else 0,
        "reasoning_tokens": usage.reasoning_tokens if usage else 0,
        "cost_usd": None if usage is None or usage.cost_usd is None else f"{usage.cost_usd:f}",
        "model_seconds": round(usage.seconds, 3) if usage else 0.0,
        "code_seconds": round(item.code_seconds, 3),
        "state": item_state(item),
    }
