"""A job as a notebook file (nbformat 4.5): what was said as Markdown cells, code as code cells with their outputs."""

from __future__ import annotations

import json
from typing import Any

from statek_jupyter.views.ending import ending, error_text
from statek_jupyter.views.html import job_html
from statek_jupyter.views.markdown import fenced, inert_prose
from statek_jupyter.views.schema import ErrorView, ItemView, JobView, OutputView
from statek_jupyter.views.wording import job_facts, view_status

Cell = dict[str, Any]


def job_notebook(view: JobView) -> str:
    """The notebook's text. It is not trusted by whoever opens it, and holds no HTML but our own."""
    status = view_status(view)
    facts = inert_prose(" · ".join(job_facts(view)))
    title = f"# {inert_prose(view['name'] or view['id'])}\n\n{status.shape} {status.word} · {facts}"
    cells = [_markdown("job", title)]
    for item in view["items"]:
        cells += _cells(item)
    end = ending(view)
    if end is not None:
        told = f"**Result**\n\n{inert_prose(end)}" if isinstance(end, str) else fenced(error_text(end))
        cells.append(_markdown("result", told))
    without_log: JobView = {**view, "items": [], "first_item": 0, "total_items": 0}
    cells.append(_markdown("facts", job_html(without_log)))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _markdown(name: str, source: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _cells(item: ItemView) -> list[Cell]:
    cells: list[Cell] = []
    if item.get("text"):
        who = {"user": "**You:**", "system": "*Note:*", "subtask": "*Subtask:*"}.get(item["kind"], "")
        # A code block is one only at the beginning of a line: moved from there, what it holds would be markup.
        gap = "" if not who else "\n\n" if "\n" in item["text"] else " "
        cells.append(_markdown(f"item-{item['id']}-text", f"{who}{gap}{inert_prose(item['text'])}"))
    source = "\n".join(part for part in (item.get("code", ""), *item.get("calls", ())) if part)
    outputs = [_output(output) for output in item.get("outputs", ())]
    outputs += [_stream("stdout", f"{result['name']} → {result['text']}\n") for result in item.get("tool_results", ())]
    if "error" in item:
        outputs.append(_error(item["error"]))
    if source or outputs:
        cells.append(_code(item, source, outputs))
    return cells


def _code(item: ItemView, source: str, outputs: list[Cell]) -> Cell:
    number = item.get("number") if item["kind"] == "turn" else None
    return {
        "cell_type": "code",
        "id": f"item-{item['id']}",
        "metadata": {"tags": [item["kind"]]},
        "execution_count": number,
        "source": source,
        "outputs": outputs,
    }


def _output(output: OutputView) -> Cell:
    if output["kind"] in ("stdout", "stderr"):
        return _stream(output["kind"], output["text"])
    data: dict[str, str] = {"text/plain": output["text"] or output.get("omitted", "")}
    kind, _, content = output.get("image", "").partition(";base64,")
    if kind.startswith("data:image/") and kind != "data:image/svg+xml":
        data[kind.removeprefix("data:")] = content
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _stream(name: str, text: str) -> Cell:
    return {"output_type": "stream", "name": name, "text": text}


def _error(error: ErrorView) -> Cell:
    lines = (error["traceback"] or error_text(error)).rstrip("\n").split("\n")
    return {"output_type": "error", "ename": error["type"], "evalue": error["message"], "traceback": lines}
