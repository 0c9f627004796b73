"""The static forms of a job: HTML, text, Markdown, notebook file, output bundle, exported files."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import nbformat
import pytest

from statek_jupyter.errors import BadOptionError
from statek_jupyter.views.bundle import JOB_TYPE, WIDGET_TYPE, job_bundle, snapshot
from statek_jupyter.views.html import job_html, job_page
from statek_jupyter.views.html_table import read_table
from statek_jupyter.views.markdown import fenced, job_markdown
from statek_jupyter.views.notebook_file import job_notebook
from statek_jupyter.views.prose import prose_html
from statek_jupyter.views.python_tokens import python_tokens
from statek_jupyter.views.schema import JobView
from statek_jupyter.views.text import job_text
from tests.views.jobs import EXAMPLES, NAMES, example, new_job, turn

if TYPE_CHECKING:
    from statek_jupyter.store import Store

OURS = frozenset(
    "html head meta title style body div p strong small em code pre span ul ol li details summary section blockquote"
    " table thead tbody tr th td img br".split()
)


class Elements(HTMLParser):
    """Collects what a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing of ours"


def test_a_job_that_nobody_runs_says_who_can() -> None:
    """A worker whose process has not registered the model leaves the job alone, so waiting for one would not help."""
    view = example("running")
    view["worker"] = {"alive": False, "where": "", "seen_at": view["updated_at"]}
    for model, told in {
        "openai/gpt-5-mini": "as soon as a worker does.",
        "scripted/demo": "does in a process that has registered scripted/demo.",
    }.items():
        view["model"] = model
        assert told in job_text(view)


def test_a_budget_that_does_not_count_all_says_so() -> None:
    """Only known prices count; a person who set a budget has to know that some were not."""
    view = example("running")
    view["limits"] = {"cost_usd": "0.50", "spent_usd": "0.1", "turns": 50, "turns_used": 3}
    view["usage"]["unknown_cost_calls"] = 0
    assert "budget" not in job_text(view)
    view["usage"]["unknown_cost_calls"] = 2
    told = "budget of $0.50 does not count 2 requests of unknown price"
    assert all(told in form(view) for form in (job_text, job_html, job_markdown))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [job_html, job_page])
def test_html_holds_nothing_but_our_elements(form: Any, name: str) -> None:
    """No text of a job, hostile or not, becomes an element, an attribute or an address."""
    found = Elements(form(example(name)))
    assert set(found.tags) <= OURS and found.open == []
    assert {key for key, _ in found.attributes} <= {
        "class",
        "open",
        "src",
        "alt",
        "charset",
        "http-equiv",
        "content",
        "name",
        "lang",
    }
    assert all(str(value).startswith("data:image/") for key, value in found.attributes if key == "src")


@pytest.mark.parametrize("name", NAMES)
def test_html_loads_nothing_from_a_network(name: str) -> None:
    """The static form has no script and no address that a browser would fetch."""
    html = job_page(example(name))
    assert "<script" not in html and "@import" not in html
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "default-src 'none'" in html


def test_html_tells_the_whole_job_without_its_style() -> None:
    """Status, chat, tables and errors are words in order, so a sanitiser that drops styles costs nothing."""
    html = re.sub(r"<style>.*?</style>", "", job_html(example("finished")), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", html)
    for word in (
        "Done",
        "quarter-report",
        "$0.0014",
        "Which region",
        "1,589.6",
        "AttributeError",
        "not durable",
        "501.1",
    ):
        assert word in text
    assert html.count("<table>") == 3, "the frame, the locals and the usage"
    assert "<details><summary>Locals, 7" in html


def test_a_hostile_html_output_is_its_text() -> None:
    """HTML a job made is shown by its text form unless it is nothing but a table."""
    assert read_table(example("hostile")["items"][3]["outputs"][2]["html"]) is None
    table = read_table(example("finished")["items"][3]["outputs"][0]["html"])
    assert table is not None
    assert [[cell.text for cell in row] for row in table.rows[:2]] == [
        ["", "region", "sales", "share"],
        ["0", "North", "412.5", "25.9 %"],
    ]
    assert (table.head, table.note) == (1, "4 rows × 3 columns")


def test_prose_knows_a_little_markdown_and_escapes_the_rest() -> None:
    """Emphasis, lists and code are elements of ours; HTML and links stay text."""
    html = prose_html("# T\na **b** `c` *d*\ne\n\n- one\n- two\n\n1. x\n```py\n<i>\n```\n<b>x</b> [y](http://z)")
    assert html == (
        "<p><strong>T</strong></p><p>a <strong>b</strong> <code>c</code> <em>d</em><br>e</p>"
        "<ul><li>one</li><li>two</li></ul><ol><li>x</li></ol><pre><code>&lt;i&gt;</code></pre>"
        "<p>&lt;b&gt;x&lt;/b&gt; [y](http://z)</p>"
    )


@pytest.mark.parametrize(
    "source", ["", 'def f():\n    """d"""\n    return 1.5', "x = 'a", '"' * 50_000, "1" * 50_000 + "x", "'''"]
)
def test_coloured_source_is_the_source(source: str) -> None:
    """Colouring loses no character and takes no time to speak of."""
    assert "".join(text for _, text in python_tokens(source)) == source


def test_text_shows_the_job_for_a_terminal() -> None:
    """The text form is complete, narrow where it can be, and has no control characters."""
    text = job_text(example("finished"))
    assert text.startswith("✓ Done  quarter-report  openai/gpt-5-mini · 4 turns · $0.0014 · 21 s")
    assert "      │ by_region" in text and "      ✕ AttributeError" in text and "(not durable)" in text
    for name in NAMES:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", job_text(example(name)))


def test_markdown_is_inert() -> None:
    """In the transcript nothing of the job's is a tag, a link or a heading, and fences are longer than any inside."""
    transcript = job_markdown(example("hostile"))
    outside = re.sub(r"(?ms)^(`{3,})[^\n]*\n.*?^\1$", "", transcript)
    assert "<" not in outside and "](" not in outside.replace("![", "").replace("](data:image/", "")
    assert fenced("a\n````\nb") == "`````\na\n````\nb\n`````"
    assert job_markdown(example("finished")).count("\n## Turn ") == 4


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_notebook_is_valid(name: str) -> None:
    """The notebook file is valid nbformat, with code, outputs and errors in code cells."""
    notebook = cast(Any, nbformat).reads(job_notebook(example(name)), as_version=4)
    cast(Any, nbformat).validate(notebook)
    if name == "finished":
        kinds = [output.output_type for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert kinds == ["stream", "display_data", "error", "stream", "display_data"]


def test_a_bundle_has_four_forms() -> None:
    """An output carries our own type, the live widget, HTML and text; without a kernel, no widget."""
    view = example("finished")
    bundle = job_bundle(view, "model-1")
    assert set(bundle) == {JOB_TYPE, WIDGET_TYPE, "text/html", "text/plain"}
    assert bundle[JOB_TYPE] == view
    assert bundle[WIDGET_TYPE]["model_id"] == "model-1"
    assert WIDGET_TYPE not in job_bundle(view)


def test_a_saved_copy_stays_small_and_says_what_is_missing() -> None:
    """A notebook does not grow with the job: old entries and large pictures are left out of the copy."""
    view = example("finished")
    picture = "data:image/png;base64," + "A" * 200_000
    output = {"kind": "display", "text": "figure", "image": picture}
    items = [
        {"id": n, "kind": "turn", "at": None, "state": "ok", "text": "x" * 9_000, "outputs": [output]}
        for n in range(50)
    ]
    copy = snapshot(cast(JobView, {**view, "items": items, "total_items": 50}))
    assert len(json.dumps(copy["items"])) < 320_000
    assert copy["first_item"] == copy["items"][0]["id"] > 0
    assert copy["items"][-1]["id"] == 49
    assert "a picture is not in this copy" in json.dumps(copy)
    assert f"{copy['first_item']} earlier entries not shown" in job_html(copy)


def test_the_words_are_the_same_as_in_the_browser() -> None:
    """Costs, times and sizes read the same in every view."""
    from statek_jupyter.views import wording

    for name, cases in json.loads((EXAMPLES / "wording.json").read_text(encoding="utf-8")).items():
        for arguments, expected in cases:
            assert getattr(wording, name)(*arguments) == expected


@pytest.mark.parametrize("suffix", [".html", ".md", ".json", ".ipynb"])
def test_a_job_is_exported_by_suffix(store: Store, tmp_path: Path, suffix: str) -> None:
    """Each suffix gives its form of the whole job, and no half-written file is ever there."""
    job = new_job(name="exported")
    for number in range(1, 80):
        job.chat_log.append(turn(number, f"step({number})"))
    handle = store.submit(job)
    handle.export(tmp_path / f"out{suffix}")
    text = (tmp_path / f"out{suffix}").read_text(encoding="utf-8")
    assert "exported" in text and (
        "step(1)" in text or "step</span>(" in text or 'step(<span class="number">1<' in text
    )
    assert [path.name for path in tmp_path.glob("*out*")] == [f"out{suffix}"]
    if suffix == ".json":
        assert len(json.loads(text)["items"]) == 79


def test_an_unknown_suffix_writes_nothing(store: Store, tmp_path: Path) -> None:
    """A suffix that names no form is refused with the ones that do."""
    handle = store.submit(new_job())
    with pytest.raises(BadOptionError, match=r"\.html, \.md, \.json, \.ipynb"):
        handle.export(tmp_path / "job.pdf")
    assert not (tmp_path / "job.pdf").exists()


def test_only_what_a_process_left_is_interrupted() -> None:
    """A fork, or a job that was handed back, is queued: nothing went wrong with it."""
    view = example("running")
    for where, word in {"": "Queued", "process 4": "Interrupted"}.items():
        view["worker"] = {"alive": False, "where": where, "seen_at": view["updated_at"]}
        assert all(word in form(view) for form in (job_text, job_html, job_markdown))


def test_a_failed_try_that_the_error_repeats_is_told_once() -> None:
    """Who reads that the key is wrong need not read it twice."""
    view = example("failed")
    for form in (job_text, job_html, job_markdown):
        assert form(view).count("Incorrect API key provided") == 1
    assert view["error"] is not None
    view["error"]["message"] = "The job was stopped"
    assert "Incorrect API key provided" in job_text(view)
