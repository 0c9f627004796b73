"""Hostile texts in every field of a job stay text in every static form."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from html import unescape
from typing import Any, cast

import nbformat
import pytest

from statek_jupyter.views.bundle import job_bundle
from statek_jupyter.views.html import job_html, job_page
from statek_jupyter.views.job_rows import read_live_row
from statek_jupyter.views.markdown import job_markdown
from statek_jupyter.views.notebook_file import job_notebook
from statek_jupyter.views.schema import JobView
from statek_jupyter.views.tables import job_table, read_row, usage_lines, variable_table
from statek_jupyter.views.text import job_text
from tests.views.hostile.corpus import Payload, hostile_job, hostile_view, payloads
from tests.views.hostile.harm import html_harms, markdown_harms, text_harms

ALL = payloads()
SHORT = [payload for payload in ALL if payload.family != "huge"]
HUGE = [payload for payload in ALL if payload.family == "huge"]
PLAIN = ("text/plain", "image/png", "image/jpeg", "image/gif", "image/webp")
SECONDS = 4.0
"""Processor time in which a huge text is read and shown in all forms; what grows with its square takes longer."""


@pytest.fixture(scope="module")
def views() -> dict[str, JobView]:
    """The view of each short payload's job."""
    return {payload.id: hostile_view(payload.text) for payload in SHORT}


def harmful(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Those that do harm, by the payload's name."""
    return {name: harms for name, harms in found.items() if harms}


def test_the_corpus_can_do_harm() -> None:
    """A renderer that passes the texts on as they are is caught by the same checks, in every family."""
    caught: Counter[str] = Counter()
    for payload in SHORT:
        raw = payload.text
        pages = (f"<p>{raw}</p>", f'<p class="{raw}"></p>', f"<p class='{raw}'></p>", f"<style>{raw}</style>")
        caught[payload.family] += bool(any(map(html_harms, pages)) or markdown_harms(raw) or text_harms(raw))
    amounts = Counter(payload.family for payload in SHORT)
    for family in ("script", "attribute", "breakout", "link", "exfiltration", "terminal", "hidden"):
        assert caught[family] >= 0.7 * amounts[family], (family, caught[family], amounts[family])
    assert caught["button"] >= 10 and caught["clobber"] >= 10 and caught["markdown"] >= 10
    assert len(ALL) >= 150


@pytest.mark.parametrize("form", [job_html, job_page])
def test_no_form_of_html_holds_more_than_our_elements(form: Any, views: dict[str, JobView]) -> None:
    """No text becomes an element, an attribute, a style or an address, in an output or a page."""
    assert harmful({name: html_harms(form(view)) for name, view in views.items()}) == {}


def test_markdown_stays_prose(views: dict[str, JobView]) -> None:
    """A viewer that lets HTML through finds none; links read as what they lead to; pictures are ours."""
    assert harmful({name: markdown_harms(job_markdown(view)) for name, view in views.items()}) == {}


def test_nothing_commands_a_terminal_or_hides(views: dict[str, JobView]) -> None:
    """Nothing that reaches a terminal or a person's eyes moves the cursor, turns the direction or is not seen."""
    assert harmful({name: text_harms(_everything_seen(view)) for name, view in views.items()}) == {}


def _everything_seen(view: JobView) -> str:
    tables = variable_table(view["locals"]) + usage_lines(view["usage"])
    return "\n".join((job_text(view), unescape(job_html(view)), job_markdown(view), tables, repr_json(view)))


def repr_json(content: Any) -> str:
    """JSON as its reader gets it."""
    return json.dumps(content, ensure_ascii=False)


def test_lists_of_jobs_are_as_plain(views: dict[str, JobView]) -> None:
    """The terminal's table, and the rows of the live list."""
    jobs = {payload.id: hostile_job(payload.text) for payload in SHORT}
    said = {name: job_table([read_row(job)]) + repr_json(read_live_row(job)) for name, job in jobs.items()}
    assert harmful({name: text_harms(text) for name, text in said.items()}) == {}


def test_an_exported_notebook_runs_and_draws_nothing(views: dict[str, JobView]) -> None:
    """Its outputs are text and pictures; its Markdown is inert."""
    assert harmful({name: _notebook_harms(job_notebook(view)) for name, view in views.items()}) == {}


def _notebook_harms(text: str) -> list[str]:
    notebook = cast(Any, nbformat).reads(text, as_version=4)
    cast(Any, nbformat).validate(notebook)
    harms = text_harms("".join(text.split("\n")))
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.id != "facts":
            harms += markdown_harms(cell.source)
        for output in cell.get("outputs", ()):
            harms += [kind for kind in output.get("data", {}) if kind not in PLAIN]
    return harms


@pytest.mark.parametrize("payload", HUGE, ids=lambda payload: payload.id)
def test_a_huge_text_costs_no_more_than_its_length(payload: Payload) -> None:
    """No form takes time that grows with the square of a text, none is as long as the text, and all are as plain."""
    began = time.process_time()
    view = hostile_view(payload.text)
    html, markdown, text, bundle = job_html(view), job_markdown(view), job_text(view), json.dumps(job_bundle(view))
    assert time.process_time() - began < SECONDS
    assert len(html) + len(markdown) + len(text) + len(bundle) < 20_000_000
    assert html_harms(html) == [] and text_harms(text + unescape(html) + markdown) == []
