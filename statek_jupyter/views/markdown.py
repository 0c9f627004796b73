"""A job as a Markdown transcript to read, keep and compare.

What the model wrote stays prose and code: no HTML of its own, no links that work, no pictures from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from statek_jupyter.views.calls import call_text, wait_text
from statek_jupyter.views.ending import ending, error_text, told_items
from statek_jupyter.views.plain_text import line, with_gap
from statek_jupyter.views.schema import ErrorView, ItemView, JobView, OutputView
from statek_jupyter.views.task_tree import task_facts, task_tree
from statek_jupyter.views.wording import (
    cost,
    cost_source,
    count,
    job_facts,
    size,
    standing_lines,
    status_word,
    tokens,
    view_status,
)

_ACTIVE = re.compile(r"[<>&]|!(?=\[)|\](?=\s*[(\[:])")


def job_markdown(view: JobView) -> str:
    """The whole transcript, ending with a newline."""
    status = view_status(view)
    facts = _inert(" · ".join(job_facts(view)))
    parts = [f"# {_inert(view['name'] or view['id'])}", f"{status.shape} **{status.word}** · {facts}"]
    parts += [_inert(line) for line in standing_lines(view)]
    parts += [f"*{_inert(line(wait_text(wait), 400))}*" for wait in view["waiting"]]
    if view["first_item"]:
        parts.append(f"*{count(view['first_item'], 'earlier entry', 'earlier entries')} not shown*")
    for item in told_items(view):
        parts += _item(item)
    parts += [*_ending(view), *_locals(view), *_subtasks(view), *_usage(view)]
    return "\n\n".join(parts) + "\n"


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any inside."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _inert(text: str) -> str:
    """Text in which neither HTML nor links and pictures work."""
    # "&#93;" and not a backslash: some readers take a backslash after an address as a part of the address.
    named = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "!": "\\!", "]": "&#93;"}
    return _ACTIVE.sub(lambda match: named[match[0]], text)


def _item(item: ItemView) -> Iterator[str]:
    titles = {"user": "You", "system": "Note", "subtask": "Subtask", "turn": "Turn", "warmup": "Warmup"}
    number = "" if "number" not in item else f" {item['number'] + (item['kind'] == 'warmup')}"
    yield f"## {titles[item['kind']]}{number}"
    for attempt in item.get("attempts", ()):
        yield f"*Try {attempt['number']} {attempt['outcome']}: {_inert(attempt['error'])}*"
    if item.get("text"):
        yield inert_prose(item["text"])
    for source in (item.get("code", ""), *item.get("calls", ())):
        if source:
            yield fenced(source, "python")
    if "code_calls" in item:
        yield "\n".join(f"- {_inert(call_text(call))}" for call in item["code_calls"])
    for output in item.get("outputs", ()):
        yield from _output(output)
    for result in item.get("tool_results", ()):
        yield f"**{_inert(line(result['name'], 80))}** →"
        if result["text"]:
            yield fenced(result["text"])
        if result["error"] is not None:
            yield _error(result["error"])
    if "error" in item:
        yield _error(item["error"])


def inert_prose(text: str) -> str:
    """Prose with its own fences kept as code and everything outside them inert."""
    parts = re.split(r"(?m)^( {0,3}```[^\n]*\n(?:[^\n]*\n)*? {0,3}```[ \t]*$)", text)
    return "".join(part if at % 2 else _demoted(_inert(part)) for at, part in enumerate(parts))


def _demoted(text: str) -> str:
    # A heading of the model's must not look like one of the transcript's.
    return re.sub(r"(?m)^(#{1,6})(?=\s)", r"\\\1", text)


def _output(output: OutputView) -> Iterator[str]:
    text = with_gap(output["text"], output["cut"]) if "cut" in output else output["text"]
    if output.get("image", "").startswith("data:image/"):
        yield f"![{_inert(line(text, 80)).replace('[', '')}]({output['image']})"
    elif text:
        yield fenced(text)
    if "omitted" in output:
        yield f"*{_inert(output['omitted'])}*"


def _error(error: ErrorView) -> str:
    return f"**Error**\n\n{fenced(error['traceback'] or error_text(error))}"


def _ending(view: JobView) -> Iterator[str]:
    end = ending(view)
    if end is not None:
        yield "## Result" if isinstance(end, str) else "## Ended with an error"
        yield inert_prose(end) if isinstance(end, str) else _error(end)


def _cell(text: str) -> str:
    return _inert(line(text)).replace("|", "\\|")


def _locals(view: JobView) -> Iterator[str]:
    if view["locals"]:
        rows = [
            f"| {_cell(row['name'])} | {_cell(row['type'])} | {_cell(row['text'])} | {size(row['size'])} |"
            f" {'' if row['durable'] else 'not durable'} |"
            for row in view["locals"]
        ]
        yield "## Locals"
        yield "\n".join(["| Name | Type | Value | Size | |", "|---|---|---|--:|---|", *rows])


def _subtasks(view: JobView) -> Iterator[str]:
    if view["subtasks"]:
        yield "## Subtasks"
        yield "\n".join(
            f"{'  ' * depth}- {status_word(task['status'], task['outcome']).word}:"
            f" {_inert(task['name'] or task['id'])}, {', '.join(task_facts(task))}"
            for depth, task in task_tree(view)
        )


def _usage(view: JobView) -> Iterator[str]:
    usage = view["usage"]
    if usage["calls"]:
        yield "## Usage"
        yield (
            f"{cost(usage['cost_usd'], usage['unknown_cost_calls'])} ({_inert(cost_source(usage['cost_source']))}),"
            f" {tokens(usage['input_tokens'])} tokens in ({tokens(usage['cached_tokens'])} cached),"
            f" {tokens(usage['output_tokens'])} out, {count(usage['calls'], 'call')}"
        )
