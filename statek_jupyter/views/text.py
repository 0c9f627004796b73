"""A job as plain text, for terminals and for whatever shows nothing richer."""

from __future__ import annotations

from collections.abc import Iterator

from statek_jupyter.views.calls import call_text, how_to_answer, wait_text
from statek_jupyter.views.ending import ending, error_text, told_items
from statek_jupyter.views.plain_text import with_gap
from statek_jupyter.views.schema import ErrorView, ItemView, JobView, OutputView
from statek_jupyter.views.task_tree import task_facts, task_tree
from statek_jupyter.views.wording import count, job_facts, size, standing_lines, status_word, view_status

MAX_LINES = 24
"""Lines shown of one block of code or output."""
MAX_VARIABLES = 30


def job_text(view: JobView) -> str:
    """The job from its header to its variables, without a newline at the end."""
    status = view_status(view)
    lines = [f"{status.shape} {status.word}  {view['name'] or view['id']}  {' · '.join(job_facts(view))}"]
    if view["name"]:
        lines.append(f"  job {view['id']}")
    lines += [f"  {line[0].lower()}{line[1:]}" for line in standing_lines(view)]
    for wait in view["waiting"]:
        lines += _block(wait_text(wait), "  ", "    ")
        how = how_to_answer(view["id"], wait)
        lines += [f"    {how}"] if how else []
    if view["first_item"]:
        lines += ["", f"  … {count(view['first_item'], 'earlier entry', 'earlier entries')} not shown"]
    for item in told_items(view):
        lines += ["", *_item(item)]
    return "\n".join([*lines, *_ending(view), *_subtasks(view), *_variables(view)])


def _item(item: ItemView) -> Iterator[str]:
    head, indent = _head(item), " " * 6
    text = item.get("text", "")
    yield from _block(text, head, indent) if text else (head.rstrip(),)
    for attempt in item.get("attempts", ()):
        yield f"{indent}try {attempt['number']} {attempt['outcome']}: {attempt['error']}"
    for source in (item.get("code", ""), *item.get("calls", ())):
        if source:
            yield from _block(source, indent + "│ ", indent + "│ ")
    for call in item.get("code_calls", ()):
        yield f"{indent}{call_text(call)}"
    for output in item.get("outputs", ()):
        yield from _output(output, indent)
    for result in item.get("tool_results", ()):
        yield from _block(result["text"] or "done", f"{indent}{result['name']} → ", indent + "  ")
        if result["error"] is not None:
            yield from _error(result["error"], indent)
    if "error" in item:
        yield from _error(item["error"], indent)


def _head(item: ItemView) -> str:
    if item["kind"] == "turn":
        return f"{item.get('number', 0):>4}  "
    if item["kind"] == "warmup":
        return f"setup {item.get('number', 0) + 1}"
    return {"user": "you   ", "system": "note  ", "subtask": "task  "}[item["kind"]]


def _output(output: OutputView, indent: str) -> Iterator[str]:
    text = with_gap(output["text"], output["cut"]) if "cut" in output else output["text"]
    if text:
        yield from _block(text, indent, indent)
    if "omitted" in output:
        yield f"{indent}({output['omitted']})"


def _error(error: ErrorView, indent: str) -> Iterator[str]:
    yield from _block(error_text(error), f"{indent}✕ ", indent + "  ")


def _block(text: str, first: str, rest: str) -> Iterator[str]:
    """The lines of a text behind an indent; a long text keeps its beginning and its end."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) > MAX_LINES:
        missing = "… the middle is not shown …"
        lines = [*lines[: MAX_LINES // 2], missing, *lines[len(lines) - MAX_LINES // 2 + 1 :]]
    for at, line in enumerate(lines):
        yield f"{rest if at else first}{line}"


def _ending(view: JobView) -> Iterator[str]:
    end = ending(view)
    if end is not None:
        yield ""
        yield from _block(end, "result: ", "  ") if isinstance(end, str) else _error(end, "")


def _subtasks(view: JobView) -> Iterator[str]:
    if not view["subtasks"]:
        return
    yield ""
    yield f"subtasks ({len(view['subtasks']) + view['more_subtasks']:,})"
    for depth, task in task_tree(view):
        status = status_word(task["status"], task["outcome"])
        error = f"  {task['error']}" if task["error"] else ""
        name = task["name"] or task["id"]
        yield f"  {'  ' * depth}{status.shape} {status.word}  {name}  {' · '.join(task_facts(task))}{error}"
    if view["more_subtasks"]:
        yield f"  … and {count(view['more_subtasks'], 'more subtask')}"


def _variables(view: JobView) -> Iterator[str]:
    rows = view["locals"][:MAX_VARIABLES]
    if not rows:
        return
    yield ""
    yield f"locals ({len(view['locals']):,})"
    name_width = min(24, max(len(row["name"]) for row in rows))
    type_width = min(20, max(len(row["type"]) for row in rows))
    for row in rows:
        note = "" if row["durable"] else "  (not durable)"
        note += f"  ({row['change']})" if "change" in row else ""
        about = f"{row['name']:<{name_width}}  {row['type']:<{type_width}}  {size(row['size']):>7}  {row['text']}{note}"
        yield f"  {about.rstrip()}"
    if len(view["locals"]) > MAX_VARIABLES:
        yield f"  … {len(view['locals']) - MAX_VARIABLES:,} more"
