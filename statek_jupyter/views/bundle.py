"""The four forms of a job's output in a notebook: own MIME type, live widget, static HTML, text."""

from __future__ import annotations

import json
from typing import Any

from statek_jupyter.views.html import job_html
from statek_jupyter.views.schema import ItemView, JobView
from statek_jupyter.views.text import job_text

JOB_TYPE = "application/vnd.statek.job.v1+json"
WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"

MAX_SNAPSHOT_BYTES = 300_000
"""Size of the copy that is saved with the notebook; what does not fit is left out, oldest first, and said to be."""
MAX_VARIABLES = 200


def job_bundle(view: JobView, widget_model_id: str | None = None) -> dict[str, Any]:
    """MIME type to content.

    Args:
        view: The job.
        widget_model_id: Model of a live `JobWidget` of it in this kernel, if there is one.
    """
    copy = snapshot(view)
    bundle: dict[str, Any] = {JOB_TYPE: copy, "text/html": job_html(copy), "text/plain": job_text(copy)}
    if widget_model_id is not None:
        bundle[WIDGET_TYPE] = {"version_major": 2, "version_minor": 0, "model_id": widget_model_id}
    return bundle


def snapshot(view: JobView, limit_bytes: int = MAX_SNAPSHOT_BYTES) -> JobView:
    """A copy small enough to be saved: the newest entries that fit, and the newest pictures in them."""
    left = limit_bytes
    kept: list[ItemView] = []
    for item in reversed(view["items"]):
        slim = item if _bytes(item) <= left // 2 else _without_pictures(item)
        left -= _bytes(slim)
        if left < 0 and kept:
            break
        kept.append(slim)
    items = kept[::-1]
    first = items[0]["id"] if items else view["first_item"]
    return {**view, "items": items, "first_item": first, "locals": view["locals"][:MAX_VARIABLES], "live": ""}


def _bytes(item: ItemView) -> int:
    return len(json.dumps(item))


def _without_pictures(item: ItemView) -> ItemView:
    outputs = [{**output, "omitted": "a picture is not in this copy"} for output in item.get("outputs", ())]
    for output in outputs:
        if not output.pop("image", None):
            del output["omitted"]
    slim: dict[str, Any] = {**item, "outputs": outputs} if outputs else {**item}
    return slim  # type: ignore[return-value]
