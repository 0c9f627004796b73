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
AROUND = 40
"""Characters shown on each side of a hit."""
SECONDS = 2.0
"""After this time the search of a very long log ends, and says so."""


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
    """What a search found."""

    hits: list[HitView]
    total: int
    """Hits in the whole log, or so many as were counted."""
    more: bool
    """Whether there may be more than `total`."""


def search_log(job: Job, text: str, start: int = 0) -> HitsPage:
    """Where the log has these words, in any case: `MAX_HITS` hits from entry `start` on, and how many there are."""
    wanted = re.compile(re.escape(clean(text)), re.IGNORECASE)
    hits: list[HitView] = []
    total, more = 0, False
    until = time.monotonic() + SECONDS
    for position, entry in enumerate(job.chat_log):
        for where, content in _texts(entry):
            match = wanted.search(content)
            if match is None:
                continue
            total += 1
            if position >= start and len(hits) < MAX_HITS:
                hits.append(_hit(position, where, content, match.start(), match.end()))
        if time.monotonic() > until:
            more = position + 1 < len(job.chat_log)
            break
    return {"hits": hits, "total": total, "more": more}


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
