"""How our parts look in JupyterLab: contrast, and the rules of accessibility, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from statek_jupyter.store import Store
from tests.browser.harness import CONTRAST
from tests.browser.lab import Lab
from tests.browser.notebooks import write_notebook
from tests.browser.rules import broken_rules, load_rules
from tests.browser.scene import Scene, scene
from tests.views.jobs import example

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

PANEL, TAB, STATUS, CELL = ".jp-statek-Sidebar", ".jp-statek-Tab", ".jp-statek-StatusItem", ".jp-statek-Output-area"
DASHBOARD = ".jp-Notebook .widget-box, .jp-Notebook .jp-statek-Jobs"


@pytest.fixture
def jobs(lab: Lab, shared: Store) -> Iterator[Scene]:
    """Jobs of every kind, and the rules in the page."""
    load_rules(lab.page)
    with scene(shared) as started:
        yield started


def check(lab: Lab, *places: str) -> None:
    """Both themes: every text has a contrast of 4.5, and no rule is broken in these places."""
    for theme in ("light", "dark"):
        lab.theme(theme)
        faint = [text for text in lab.page.evaluate(CONTRAST) if text["ratio"] < 4.5]
        assert faint == [], theme
        for place in places:
            assert broken_rules(lab.page, place) == [], (theme, place)


def test_panel_and_tabs_keep_the_rules(lab: Lab, jobs: Scene, artifacts: Path) -> None:
    """The list of jobs; a job's log, variables, subtasks and usage; a question; two jobs side by side."""
    page = lab.page
    lab.command("statek:show-jobs")
    expect(page.locator(".jp-statek-Card")).to_have_count(8)
    tab = page.locator(".jp-statek-Tab:visible")
    lab.command("statek:open-job", {"id": jobs.report.id})
    expect(tab).to_contain_text("West sells most")
    check(lab, PANEL, TAB, STATUS)
    page.screenshot(path=artifacts / "lab-dark.png")
    lab.theme("light")
    page.screenshot(path=artifacts / "lab-light.png")
    lab.command("statek:open-job", {"id": jobs.press.id})
    expect(tab).to_contain_text("14 times")
    for pane, shown in (("Subtasks", "City Herald"), ("Usage", "Tokens")):
        tab.get_by_role("tab", name=pane).click()
        expect(tab.get_by_role("tabpanel")).to_contain_text(shown)
        check(lab, TAB)
    lab.command("statek:open-job", {"id": jobs.order.id})
    expect(tab.get_by_role("button", name="Inkwell")).to_be_visible()
    check(lab, TAB)
    lab.command("statek:open-job", {"id": f"{jobs.report.id}+{jobs.archive.id}"})
    expect(tab.locator(".jp-statek-Header-name")).to_have_count(2)
    check(lab, TAB)


def test_outputs_and_dashboard_keep_the_rules(lab: Lab, jobs: Scene) -> None:
    """Saved copies and live jobs in cells, and the dashboard of a kernel."""
    page = lab.page
    views = [example(name) for name in ("finished", "failed", "waiting")]
    write_notebook(lab.server, "looks.ipynb", *views, {**example("running"), "id": jobs.survey.id})
    lab.read_notebook("looks.ipynb")
    expect(page.locator(".jp-Notebook .jp-statek-Header-name").last).to_have_text("clean the survey")
    check(lab, CELL)
    lab.new_notebook()
    lab.run(f"import statek_jupyter as sj\nsj.Dashboard(sj.open_store({str(lab.server.store)!r}))")
    board = page.locator(".jp-Notebook .jp-statek-Jobs")
    expect(board.locator("tbody tr")).to_have_count(8, timeout=60_000)
    check(lab, ".jp-OutputArea-output:has(.jp-statek-Jobs)")


def test_the_rules_find_what_breaks_them(lab: Lab) -> None:
    """A button without a name and a faint text are found, so that nothing found means something."""
    load_rules(lab.page)
    lab.page.evaluate(
        """() => {
          const bad = document.createElement('div');
          bad.id = 'bad';
          bad.innerHTML = '<button></button><p style="color: #999; background: #fff">faint</p>';
          document.querySelector('#jp-main-content-panel').append(bad);
          bad.style.cssText = 'position: absolute; z-index: 9; background: #fff';
        }"""
    )
    found = " ".join(broken_rules(lab.page, "#bad"))
    lab.page.evaluate("document.querySelector('#bad').remove()")
    assert "button-name" in found and "color-contrast" in found
