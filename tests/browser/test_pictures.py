"""The pictures of the documentation, taken of the real thing in light and dark: ``make pictures``."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from statek_jupyter.store import Store
from tests.browser.lab import Lab
from tests.browser.notebooks import write_notebook
from tests.browser.scene import SALES, Scene, scene
from tests.views.jobs import example

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

Take = Callable[[str, Locator | None], None]


@pytest.fixture
def jobs(shared: Store) -> Iterator[Scene]:
    """Jobs of every kind."""
    with scene(shared) as started:
        yield started


@pytest.fixture
def take(lab: Lab, artifacts: Path) -> Take:
    """Takes a picture of an element, or of the page, in both themes."""
    folder = artifacts / "docs"
    folder.mkdir(exist_ok=True)

    def both(name: str, element: Locator | None = None) -> None:
        for theme in ("light", "dark"):
            lab.theme(theme)
            lab.page.mouse.move(640, 2)
            taken = (element or lab.page).screenshot()
            picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
            picture.save(folder / f"{name}-{theme}.png", optimize=True)

    return both


def test_pictures_of_panel_and_tabs(lab: Lab, jobs: Scene, take: Take) -> None:
    """The whole page; a question; an earlier turn about to be forked; subtasks; two jobs side by side."""
    page = lab.page
    page.set_viewport_size({"width": 1280, "height": 860})
    lab.command("statek:show-jobs")
    tab = page.locator(".jp-statek-Tab:visible")

    def open_job(name: str, shows: str) -> None:
        page.locator(".jp-statek-Card-open", has_text=name).first.click()
        expect(tab).to_contain_text(shows)

    open_job("quarter report", "West sells most")
    expect(page.locator(".jp-statek-StatusItem")).to_contain_text("$0.00", timeout=30_000)
    take("lab", None)
    tab.get_by_role("button", name="One turn back").click()
    expect(tab).not_to_contain_text("West sells most")
    tab.get_by_role("button", name="Fork from here").click()
    tab.locator(".jp-statek-Turns-fork textarea").fill("Compare with last year, too.")
    take("earlier", tab)
    open_job("order toner", "Which offer")
    page.set_viewport_size({"width": 1280, "height": 640})
    take("question", tab)
    open_job("press review", "14 times")
    tab.get_by_role("tab", name="Subtasks").click()
    expect(tab.get_by_role("treeitem")).to_have_count(3)
    take("subtasks", tab)
    page.set_viewport_size({"width": 1280, "height": 860})


def test_picture_of_a_cell(lab: Lab, jobs: Scene, take: Take) -> None:
    """The output of a cell, live without a kernel."""
    page = lab.page
    page.set_viewport_size({"width": 1180, "height": 960})
    source = f'%%statek_job --model scripted/report --ask "Which region sells most? Draw it."\n{SALES}'
    both = [{**example("finished"), "id": job.id} for job in (jobs.report, jobs.press)]
    write_notebook(lab.server, "report.ipynb", *both, source=source)  # type: ignore[arg-type]
    lab.read_notebook("report.ipynb")
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    expect(page.locator(".jp-Notebook .jp-statek-Header-name").first).to_have_text("quarter report")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    expect(page.locator(".jp-Notebook .cm-content").first.locator("span").first).to_be_visible()
    take("job", page.locator(".jp-Notebook .jp-Cell").first)
