"""What JupyterLab offers to start and to look after jobs: launcher, cell toolbar, status bar, settings, comparing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store
from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

PREPARE = """%reload_ext statek_jupyter
%statek store {store}
import statek_jupyter as sj
sj.register_model("owls", sj.ScriptedModel(["I ask.\\n```python\\nhow = ask_human('How many owls?')\\n```", "Thanks."]))
%statek model scripted/owls
"""


def test_a_card_of_the_launcher_and_a_button_of_a_cell_start_jobs(lab: Lab, shared: Store) -> None:
    """The card opens a notebook with a cell for a job; the button makes a job of a text; the status bar counts."""
    page = lab.page
    page.locator(".jp-LauncherCard", has_text="Agent Job").click()
    cells = page.locator(".jp-Notebook .jp-CodeCell:visible")
    expect(cells).to_have_count(2, timeout=30_000)
    expect(cells.nth(0).locator(".cm-content")).to_have_text("%load_ext statek_jupyter")
    expect(cells.nth(1).locator(".cm-content")).to_contain_text("%%statek_job")
    lab.wait_for_kernel()
    expect(cells.nth(1).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(PREPARE.format(store=lab.server.store))
    page.keyboard.press("Shift+Enter")
    expect(cells).to_have_count(3)
    cells.last.locator(".cm-content").click()
    page.keyboard.insert_text("Count the owls of the barn.")
    page.locator("[data-jp-item-name=statek-run-as-job]:visible").click()
    shown = page.locator(".jp-Notebook .jp-statek-Job:visible")
    expect(shown).to_contain_text("How many owls?", timeout=60_000)
    status = page.locator(".jp-statek-StatusItem")
    expect(status).to_contain_text("1 waiting")
    status.get_by_role("button").click()
    expect(page.locator(".jp-statek-Card")).to_contain_text("Waiting")
    [job] = shared.jobs()
    expect(shown.locator(".jp-mod-user")).to_contain_text("Count the owls of the barn.")
    job.stop()
    expect(status).not_to_contain_text("waiting")
    job.delete()


def choose(lab: Lab, detail: str, *, status_bar: bool) -> None:
    """Choose in JupyterLab's settings."""
    lab.command("settingeditor:open", {"query": "Jobs"})
    lab.page.locator("select[id$=density]").select_option(detail)
    lab.page.locator("input[id$=statusBar]").set_checked(status_bar)


def test_two_jobs_are_compared_and_settings_are_obeyed(lab: Lab, shared: Store) -> None:
    """Two chosen in the panel stand side by side with what differs; the detail of logs is as the settings say."""
    page = lab.page
    jobs = []
    with Worker(shared):
        for name, owls in (("first", 2), ("second", 3)):
            register_model(name, ScriptedModel([f"```python\nowls = {owls}\n```", f"There are {owls}."]))
            agent = Agent("counter", metadata={"MODEL": f"scripted/{name}"})
            jobs.append(shared.submit(JobDef(agent), message="Count", name=name))
            jobs[-1].wait(30)
    lab.command("statek:show-jobs")
    for name in ("first", "second"):
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    page.get_by_role("button", name="Compare").click()
    tab = page.locator(".jp-statek-Tab:visible")
    expect(tab.locator(".jp-statek-Header-name")).to_have_text(["second", "first"])
    expect(tab.locator(".jp-mod-differs", has_text="Result")).to_contain_text("There are 3.")
    tab.get_by_text("Variables that differ").click()
    expect(tab.locator(".jp-statek-Compare-variables")).to_contain_text("owls")
    expect(tab.locator(".jp-mod-folded")).to_have_count(0)
    status = page.locator(".jp-statek-StatusItem")
    expect(status).to_be_visible()
    choose(lab, "compact", status_bar=False)
    expect(status).to_be_hidden()
    lab.command("statek:open-job", {"id": jobs[0].id})
    expect(tab.locator(".jp-mod-folded").first).to_be_visible()
    choose(lab, "normal", status_bar=True)
    expect(status).to_be_visible()
    for job in jobs:
        job.delete()
