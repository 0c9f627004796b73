"""Entries of the chat log as static HTML; every text is escaped, every element is ours."""

from __future__ import annotations

from html import escape

from statek_jupyter.views.calls import call_text
from statek_jupyter.views.html_table import Cell, Table, read_table
from statek_jupyter.views.plain_text import with_gap
from statek_jupyter.views.prose import prose_html
from statek_jupyter.views.python_tokens import python_tokens
from statek_jupyter.views.schema import ErrorView, ItemView, OutputView
from statek_jupyter.views.wording import cost, count, seconds, tokens

_MAX_COLOURED = 30_000
_LONG_CODE_LINES = 40


def item_html(item: ItemView) -> str:
    """One entry."""
    return f"<section>{_said(item)}{_code(item)}{_effects(item)}{_facts(item)}</section>"


def _said(item: ItemView) -> str:
    kind, text = item["kind"], item.get("text", "")
    if kind == "user":
        return f"<p><strong>You</strong></p><blockquote>{prose_html(text)}</blockquote>"
    if kind in ("system", "subtask"):
        return f'<div class="muted">{prose_html(text)}</div>'
    attempts = "".join(
        _attempt(attempt["number"], attempt["outcome"], attempt["error"]) for attempt in item.get("attempts", ())
    )
    who = f"<p><small>Turn {item.get('number', 0)}</small></p>" if kind == "turn" else ""
    thought = item.get("reasoning")
    reasoning = f"<details><summary>Reasoning</summary>{prose_html(thought)}</details>" if thought else ""
    return f"{who}{attempts}{reasoning}{prose_html(text) if text else ''}"


def _attempt(number: int, outcome: str, error: str) -> str:
    what = "was cut off" if outcome == "lost" else "failed"
    return f"<p><small>Try {number} {what}: {escape(error or 'no answer was kept')}</small></p>"


def _code(item: ItemView) -> str:
    code = item.get("code", "")
    calls = "".join(code_html(call) for call in item.get("calls", ()))
    if not code:
        return calls
    lines = count(code.count("\n") + 1, "line")
    if item["kind"] == "warmup":
        hidden = ", hidden from the model" if item.get("hidden") else ""
        title = f"Warmup {item.get('number', 0) + 1} <small>{lines}{hidden}</small>"
        return f"<details><summary>{title}</summary>{code_html(code)}</details>{calls}"
    if code.count("\n") > _LONG_CODE_LINES:
        return f"<details><summary>Code <small>{lines}</small></summary>{code_html(code)}</details>{calls}"
    return code_html(code) + calls


def code_html(source: str) -> str:
    """Python source, coloured where the style is kept."""
    if len(source) > _MAX_COLOURED:
        return f'<pre class="code"><code>{escape(source)}</code></pre>'
    pieces = (
        escape(text) if kind == "plain" else f'<span class="{kind}">{escape(text)}</span>'
        for kind, text in python_tokens(source)
    )
    return f'<pre class="code"><code>{"".join(pieces)}</code></pre>'


def _effects(item: ItemView) -> str:
    older = item.get("more_outputs", 0)
    parts = [f"<p><small>{count(older, 'older output')} not shown</small></p>"] if older else []
    parts += [_calls(item)] if "code_calls" in item else []
    parts += [output_html(output) for output in item.get("outputs", ())]
    for result in item.get("tool_results", ()):
        parts.append(f'<pre class="out">{escape(result["name"])} → {escape(result["text"])}</pre>')
        if result["error"] is not None:
            parts.append(error_html(result["error"]))
    if "error" in item:
        parts.append(error_html(item["error"]))
    return "".join(parts)


def _calls(item: ItemView) -> str:
    rows = "".join(f"<li>{escape(call_text(call))}</li>" for call in item["code_calls"])
    older = item.get("more_code_calls", 0)
    title = count(len(item["code_calls"]) + older, "tool call")
    left_out = f"<p><small>{count(older, 'older call')} not shown</small></p>" if older else ""
    return f"<details><summary>{title}</summary>{left_out}<ul>{rows}</ul></details>"


def output_html(output: OutputView) -> str:
    """One output: a picture, a table built anew, or its text."""
    table = read_table(output["html"]) if "html" in output else None
    omitted = f"<p><small>{escape(output['omitted'])}</small></p>" if "omitted" in output else ""
    if output.get("image", "").startswith("data:image/"):
        alternative = escape(output["text"] or "picture made by the job")
        return f'<p class="frame"><img src="{escape(output["image"])}" alt="{alternative}"></p>{omitted}'
    if table is not None:
        return f'<div class="frame">{_table(table)}</div>{omitted}'
    text = with_gap(output["text"], output["cut"]) if "cut" in output else output["text"]
    return (f'<pre class="out {output["kind"]}">{escape(text)}</pre>' if text else "") + omitted


def _table(table: Table) -> str:
    rows = [f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows]
    head, body = "".join(rows[: table.head]), "".join(rows[table.head :])
    more = f" {table.more:,} more rows" if table.more else ""
    note = f"<p><small>{escape(table.note)}{more}</small></p>" if table.note or more else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{note}"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    return f"<{tag}>{escape(cell.text)}</{tag}>"


def error_html(error: ErrorView) -> str:
    """An error, its traceback folded."""
    kind = f'<strong class="bad">{escape(error["type"])}</strong>' if error["type"] else ""
    colon = ": " if error["type"] and error["message"] else ""
    place = f" <small>line {error['line']}</small>" if error["line"] is not None else ""
    trace = (
        f"<details><summary>Traceback</summary><pre>{escape(error['traceback'])}</pre></details>"
        if error["traceback"]
        else ""
    )
    return f'<div class="error"><p>{kind}{colon}{escape(error["message"])}{place}</p>{trace}</div>'


def _facts(item: ItemView) -> str:
    call = item.get("call")
    if call is None:
        return ""
    facts = [
        f"{tokens(call['input_tokens'])} in",
        f"{tokens(call['output_tokens'])} out",
        cost(call["cost_usd"], 1 if call["cost_usd"] is None else 0),
        f"model {seconds(call['seconds'])}",
    ]
    return f"<p><small>{' · '.join(facts)}</small></p>"
