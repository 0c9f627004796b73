"""A finished notebook, executed in a real kernel and converted by nbconvert: read where there is nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter, MarkdownExporter
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.harness import CONTRAST
from tests.notebook.kernel import Kernel

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

ELSEWHERE = "https://elsewhere.invalid/leak.png"
REPLIES = [
    f"""I add them up.
```python
total = sum(prices.values())
# Each line below tries to be more than text.
print("apples\\n\\n![]({ELSEWHERE})\\n\\n<img src={ELSEWHERE}>")

# ![]({ELSEWHERE})

total
```""",
    f"The basket costs **7.50 euros**.\n\n![]({ELSEWHERE})",
]
SETUP = f"""
%load_ext statek_jupyter
import statek_jupyter as sj
model = sj.register_model("shop", sj.ScriptedModel({REPLIES!r}))
prices = {{"apples": 3.0, "pears": 4.5}}
"""
CELL = "%%statek_job basket --model scripted/shop --ask 'What does the basket cost?' --with prices --into job"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook as it is saved after its job was started in one cell and has ended by itself later."""
    folder = tmp_path_factory.mktemp("nbconvert")
    with Kernel(folder / "store", {"IPYTHONDIR": str(folder / "ipython")}, load=False) as kernel:
        ready = kernel.run(SETUP)
        assert ready.status == "ok", ready.error
        ran = kernel.run(CELL)
        assert ran.status == "ok", ran.error
        (output,) = ran.outputs
        display = output.pop("transient")["display_id"]
        while output["data"]["application/vnd.statek.job.v1+json"]["status"] != "DONE":
            output["data"] = kernel.update_of(display)
    cell = nbformat.v4.new_code_cell(CELL, execution_count=2, outputs=[nbformat.from_dict(output)])  # type: ignore[no-untyped-call]
    saved = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    nbformat.validate(saved)
    return saved


@pytest.fixture(scope="module")
def leaving() -> list[str]:
    """Addresses that pages asked for; no request leaves."""
    return []


@pytest.fixture
def offline(browser: Browser, leaving: list[str]) -> Iterator[Page]:
    """A page whose every request is stopped at the door and noted."""
    page = browser.new_page(viewport={"width": 1000, "height": 1100})

    def stop(route: Route) -> None:
        leaving.append(route.request.url)
        route.abort()

    page.route("**/*", stop)
    yield page
    page.close()


def html_of(notebook: Any, theme: str = "light") -> str:
    """As ``nbconvert --to html`` writes it."""
    return cast("str", HTMLExporter(theme=theme).from_notebook_node(notebook)[0])  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_made_by_nbconvert_shows_the_job_and_loads_nothing_for_it(
    theme: str, notebook: Any, offline: Page, leaving: list[str], artifacts: Path
) -> None:
    """Chat log, code, answer, variables and usage are there, with contrast; it asks for what an empty notebook does."""
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[])])  # type: ignore[no-untyped-call]
    offline.set_content(html_of(empty, theme), wait_until="load")
    usual, leaving[:] = set(leaving), []
    offline.set_content(html_of(notebook, theme), wait_until="load")
    job = offline.locator(".statek-job")
    for words in ("What does the basket cost?", "I add them up.", "sum(prices.values())", "7.5", ELSEWHERE):
        expect(job.get_by_text(words).first).to_be_visible()
    expect(job.locator("strong", has_text="7.50 euros").first).to_be_visible()
    expect(job.get_by_text("Done")).to_be_visible()
    job.get_by_text("Usage", exact=True).click()
    expect(job.get_by_role("row", name="Tokens in")).to_be_visible()
    job.get_by_text("Locals, ").click()
    expect(job.get_by_role("cell", name="{'apples': 3.0, 'pears': 4.5}")).to_be_visible()
    assert set(leaving) <= usual and not any("widget" in address for address in leaving)
    texts = offline.evaluate(CONTRAST.replace(".jp-statek-Job", ".statek-job"))
    assert len(texts) > 20 and [text for text in texts if text["ratio"] < 4.5] == []
    offline.screenshot(path=artifacts / f"nbconvert-{theme}.png", full_page=True)


def test_markdown_made_by_nbconvert_reads_well_and_stays_text(
    notebook: Any, offline: Page, leaving: list[str], artifacts: Path
) -> None:
    """Each thing has its own line; a reader of Markdown shows it, and nothing the job wrote is Markdown."""
    import mistune

    text, _ = MarkdownExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    assert "What does the basket cost?" in text and "7.50 euros" in text
    assert max(map(len, text.split("\n"))) < 1_500
    leaving.clear()
    offline.set_content(cast("str", mistune.create_markdown(escape=False)(text)), wait_until="load")
    job = offline.locator(".statek-job")
    for words in ("What does the basket cost?", "sum(prices.values())", ELSEWHERE):
        expect(job.get_by_text(words).first).to_be_visible()
    assert leaving == [] and offline.locator("img").count() == 0
    offline.screenshot(path=artifacts / "nbconvert-markdown.png", full_page=True)
