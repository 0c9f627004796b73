"""A job as HTML that stands by itself: no script, nothing loaded, folds by ``<details>``, all text escaped.

This is what a reopened notebook, a repository's web page and an exported file show. A notebook's sanitiser may take the
style away, so order, words and elements alone already tell everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from statek_jupyter.views.calls import wait_text
from statek_jupyter.views.ending import ending, told_items
from statek_jupyter.views.html_items import error_html, item_html
from statek_jupyter.views.prose import prose_html
from statek_jupyter.views.schema import JobView, SubtaskView, UsageView, WaitView
from statek_jupyter.views.task_tree import task_facts, task_tree
from statek_jupyter.views.wording import (
    cost,
    cost_source,
    count,
    elapsed_seconds,
    job_facts,
    seconds,
    size,
    standing_lines,
    status_word,
    tokens,
    view_status,
)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Content security policy of an exported page."""
_BEFORE_BLANK = re.compile(r"\n(?=[ \t]*\n)")


def job_html(view: JobView) -> str:
    """The job as one element, for a notebook's output.

    It has no blank line: where nbconvert puts it into a Markdown file, one would end the HTML, and what the job wrote
    behind it would be read as Markdown, with links and pictures that work.
    """
    return _BEFORE_BLANK.sub("&#10;", f'<div class="statek-job">\n<style>{_style()}</style>\n{_body(view)}</div>')


def job_page(view: JobView) -> str:
    """The job as a whole document, for a file."""
    title = escape(view["name"] or view["id"])
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        "<style>:root { color-scheme: light dark } body { margin: 24px auto; max-width: 940px }\n"
        f"{_style()}</style>\n"
        f'</head>\n<body>\n<div class="statek-job">{_body(view)}</div>\n</body>\n</html>\n'
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("job.css").read_text(encoding="utf-8")


def _body(view: JobView) -> str:
    return "\n".join(filter(None, (_head(view), _chat(view), _locals(view), _subtasks(view), _usage(view))))


def _head(view: JobView) -> str:
    status = view_status(view)
    facts = " · ".join(escape(fact) for fact in job_facts(view))
    name = escape(view["name"] or view["id"])
    waits = "".join(f'<p class="wait">{escape(line)}</p>' for line in standing_lines(view))
    return (
        f'<p><strong class="{status.tone}">{status.shape} {escape(status.word)}</strong> '
        f"<strong>{name}</strong> <small>{facts}</small></p>{waits}{''.join(map(_wait, view['waiting']))}"
    )


def _wait(wait: WaitView) -> str:
    how = "" if wait["kind"] not in ("question", "unknown") else f" <small>call {escape(wait['call'])}</small>"
    return f'<p class="wait">{escape(wait_text(wait))}{how}</p>'


def _chat(view: JobView) -> str:
    items = told_items(view)
    earlier = view["first_item"]
    left_out = (
        f"<p><small>{count(earlier, 'earlier entry', 'earlier entries')} not shown</small></p>" if earlier else ""
    )
    entries = "".join(f"\n{item_html(item)}" for item in items)
    title = count(view["total_items"], "entry", "entries")
    return f"<details open><summary>Chat log, {title}</summary>{left_out}{entries}{_ending(view)}</details>"


def _ending(view: JobView) -> str:
    end = ending(view)
    if end is None:
        return ""
    if not isinstance(end, str):
        return error_html(end)
    return f'<div class="result"><p><small>Result</small></p>{prose_html(end)}</div>'


def _note(what: str) -> str:
    return f"<p><small>{what} not shown</small></p>"


def _fold(title: str, amount: int, content: str) -> str:
    return f"<details><summary>{title}, {amount:,}</summary>{content}</details>" if amount else ""


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells are HTML already."""
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _locals(view: JobView) -> str:
    rows = [
        (
            f"<code>{escape(row['name'])}</code>",
            f"{escape(row['type'])}{'' if row['durable'] else ' <em>not durable</em>'}",
            escape(row["text"] or row["note"]),
            size(row["size"]),
        )
        for row in view["locals"]
    ]
    return _fold("Locals", len(rows), _table(("Name", "Type", "Value", "Size"), rows))


def _subtasks(view: JobView) -> str:
    more = _note(count(view["more_subtasks"], "more subtask")) if view["more_subtasks"] else ""
    return _fold("Subtasks", len(view["subtasks"]) + view["more_subtasks"], _tree(view) + more)


def _tree(view: JobView) -> str:
    parts: list[str] = []
    level = -1
    for depth, task in task_tree(view):
        parts += ["<ul>"] if depth > level else ["</li>", *["</ul></li>"] * (level - depth)]
        parts += ["<li>", _subtask(task)]
        level = depth
    parts += ["</li></ul>"] * (level + 1)
    return "".join(parts)


def _subtask(task: SubtaskView) -> str:
    status = status_word(task["status"], task["outcome"])
    time = elapsed_seconds(task)
    facts = task_facts(task)
    facts += [] if time is None else [seconds(time)]
    error = f' <span class="bad">{escape(task["error"])}</span>' if task["error"] else ""
    return (
        f'<span class="{status.tone}">{status.shape} {escape(status.word)}</span> '
        f"<strong>{escape(task['name'] or task['id'])}</strong> <small>{' · '.join(facts)}</small>{error}"
    )


def _usage(view: JobView) -> str:
    usage = view["usage"]
    if not usage["calls"]:
        return ""
    return f"<details><summary>Usage</summary>{_usage_table(usage)}</details>"


def _usage_table(usage: UsageView) -> str:
    about = "≈ " if usage["estimated"] else ""
    source = cost_source("unknown" if usage["cost_usd"] is None else usage["cost_source"])
    rows = [
        ("Cost", f"{escape(cost(usage['cost_usd'], usage['unknown_cost_calls']))} <small>{escape(source)}</small>"),
        ("Tokens in", f"{about}{tokens(usage['input_tokens'])} <small>{tokens(usage['cached_tokens'])} cached</small>"),
        ("Tokens out", f"{about}{tokens(usage['output_tokens'])}"),
        ("Model time", f"{seconds(usage['model_seconds'])} <small>{count(usage['calls'], 'call')}</small>"),
    ]
    if len(usage["by_model"]) > 1:
        rows += [
            (escape(row["model"]), _model_usage(row["cost_usd"], row["input_tokens"])) for row in usage["by_model"]
        ]
    return _table(("", ""), rows)


def _model_usage(amount: str | None, input_tokens: int) -> str:
    return f"{escape(cost(amount, 1 if amount is None else 0))} <small>{tokens(input_tokens)} in</small>"
