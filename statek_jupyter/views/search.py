"""Search over the whole chat log of a job, also what no view has loaded."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TypedDict

from statek_jupyter.executors.chat_log import (
    ChatLogEntry,
    ChatLogItem,
    LLM_LogItem,
    SystemLogItem,
    UserLogItem,
    WarmupLogItem,
)
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.job import Job
from statek_jupyter.views.chat_items import code_of
from statek_jupyter.views.outputs import joined
from statek_jupyter.views.plain_text import clean

MAX_HITS = 200
"""From so many on, a stretch is long enough."""
AROUND = 40
"""Characters shown on each side of a hit."""
SECONDS = 0.15
"""Time for one stretch. Entries that nobody has read for long come from the disk, some thousand in this time; whoever
asks shows what was found and goes on."""
STRIDE = 20
"""Entries between two looks at the clock."""


class HitView(TypedDict):
    """One text of the log in which the words are; its first place."""

    item: int
    """Position in the chat log."""
    where: str
    """``text``, ``code``, ``reasoning``, ``call``, ``output``, ``tool`` or ``error``."""
    before: str
    match: str
    after: str


class HitsPage(TypedDict):
    """What a search found in a stretch of the log."""

    hits: list[HitView]
    next: int | None
    """The entry to go on from; None when the end was reached."""
    entries: int
    """How many entries the log has, to tell how far the search is."""


def search_log(job: Job, text: str, start: int = 0, seconds: float = SECONDS) -> HitsPage:
    """Where the log has these words, in any case, from entry `start` on: so far as that takes `seconds`."""
    wanted = re.compile(re.escape(clean(text)), re.IGNORECASE)
    hits: list[HitView] = []
    until = time.monotonic() + seconds
    entries = len(job.chat_log)
    position = max(0, start)
    while position < entries:
        for entry in job.chat_log[position : position + STRIDE]:
            for where, content in _texts(entry):
                match = wanted.search(content)
                if match is not None:
                    hits.append(_hit(position, where, content, match.start(), match.end()))
            position += 1
        if len(hits) >= MAX_HITS or time.monotonic() > until:
            break
    return {"hits": hits, "next": position if position < entries else None, "entries": entries}


def _hit(position: int, where: str, content: str, start: int, stop: int) -> HitView:
    return {
        "item": position,
        "where": where,
        "before": clean(content[max(0, start - AROUND) : start]),
        "match": clean(content[start:stop]),
        "after": clean(content[stop : stop + AROUND]),
    }


def _texts(entry: ChatLogEntry) -> Iterator[tuple[str, str]]:
    """The texts of an entry as a view shows them, with what they are."""
    for where, content in _raw_texts(entry):
        if content:
            yield where, clean(content) if "\x1b" in content or "\r" in content else content


def _raw_texts(entry: ChatLogEntry) -> Iterator[tuple[str, str]]:
    if isinstance(entry, str):
        yield "text", entry
        return
    if isinstance(entry, UserLogItem | SystemLogItem):
        yield "text", entry.message
    elif isinstance(entry, WarmupLogItem):
        yield "code", entry.code if isinstance(entry.code, str) else code_of(entry.code)
    elif isinstance(entry, LLM_LogItem):
        yield from _turn_texts(entry)
    yield from _effects(entry)


def _turn_texts(item: LLM_LogItem) -> Iterator[tuple[str, str]]:
    reply = item.llm_resp
    yield "text", item.answer or (reply if isinstance(reply, str) else "") or (item.reply_text if item.final else "")
    yield "reasoning", item.reasoning
    if isinstance(reply, CodeBlock):
        yield "code", code_of(reply)
        for call in reply.get_regular_tool_calls() or ():
            yield "call", call.format()


def _effects(item: ChatLogItem) -> Iterator[tuple[str, str]]:
    for output in joined(item.outputs):
        yield "output", output.text
    for result in item.tool_results:
        yield "tool", f"{result.name} → {result.text}" if result.error is None else f"{result.name} → {result.error}"
    if item.error is not None:
        yield "error", str(item.error)
