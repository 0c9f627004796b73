"""JupyterLab with our extension: jobs without a kernel, beside it and after it; their panel and their tabs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store
from statek_jupyter.views.bundle import JOB_TYPE
from tests.browser.harness import CONTRAST
from tests.browser.lab import Lab
from tests.browser.notebooks import write_notebook
from tests.views.jobs import example

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

COUNTING = """```python
import os, time
for n in range(100_000):
    print("step", n, "in process", os.getpid())
    time.sleep(0.02)
```"""
CELL = f"""import os
import statek_jupyter as sj
store = sj.open_store({{store!r}})
sj.register_model("counter", sj.ScriptedModel([{COUNTING!r}]))
worker = sj.Worker(store).start()
agent = sj.Agent("counter", metadata={{{{"MODEL": "scripted/counter"}}}})
job = store.submit(sj.JobDef(agent), message="Count", name="counting")
print("process", os.getpid(), flush=True)
job
"""


def test_a_saved_notebook_shows_its_jobs_without_a_kernel(lab: Lab, shared: Store, artifacts: Path) -> None:
    """A job of the server's store is live; one from elsewhere is the saved copy; nothing of a notebook runs."""
    job = shared.submit(JobDef(Agent("nobody", metadata={"MODEL": "scripted/nobody"})), message="Hello", name="mine")
    mine = shared.read(lambda root: {**example("waiting"), "id": job.id, "name": "as it was"})
    wild = {**example("hostile"), "id": "zzzzzzzzzzzzz"}
    write_notebook(lab.server, "saved.ipynb", example("finished"), mine, wild)  # type: ignore[arg-type]
    lab.read_notebook("saved.ipynb")
    finished, live, hostile = (lab.page.locator(".jp-Notebook .jp-statek-Job").nth(at) for at in range(3))
    expect(finished).to_contain_text("West sells most")
    expect(finished.get_by_text("saved copy")).to_be_visible()
    expect(finished.get_by_role("button", name="Stop")).to_have_count(0)
    expect(live.locator(".jp-statek-Header-name")).to_have_text("mine")
    expect(live.get_by_text("saved copy")).to_have_count(0)
    expect(hostile).to_contain_text("onerror=")
    assert lab.page.evaluate("window.hacked") is None
    assert lab.page.locator(".jp-statek-Job :is(script, a, [onerror], [onload], meta)").count() == 0
    expect(lab.page.get_by_text("model not found")).to_have_count(0)
    shared.run(lambda root: setattr(root.job(job.id), "name", "renamed") or root.job(job.id).touch())
    expect(live.locator(".jp-statek-Header-name")).to_have_text("renamed")
    finished.screenshot(path=artifacts / "lab-saved.png")
    job.delete()


def test_the_kernel_is_killed_and_the_job_goes_on_where_it_is_shown(lab: Lab, shared: Store, artifacts: Path) -> None:
    """Cell, panel and tab show the job before and after; Stop in the panel ends it; a reload keeps the tab."""
    page = lab.page
    lab.new_notebook()
    cell = lab.run(CELL.format(store=str(lab.server.store)))
    shown = cell.locator(".jp-statek-Job")
    expect(shown).to_contain_text("step 3", timeout=60_000)
    lab.command("statek:show-jobs")
    card = page.locator(".jp-statek-Card", has_text="counting")
    expect(card).to_contain_text("Running")
    kernel = int((cell.locator(".jp-OutputArea-output").first.text_content() or "").split()[1])
    os.kill(kernel, signal.SIGKILL)
    page.get_by_role("dialog", name="Kernel Restarting").get_by_role("button").click(timeout=20_000)
    register_model("counter", ScriptedModel([COUNTING]))
    with Worker(shared):
        expect(shown).to_contain_text(f"in process {os.getpid()}", timeout=30_000)
        expect(shown.locator(".jp-statek-Status").first).to_have_text("Running")
        card.locator(".jp-statek-Card-open").click()
        tab = page.locator(".jp-statek-Tab")
        expect(tab).to_contain_text("step 3")
        page.screenshot(path=artifacts / "lab-light.png")
        lab.theme("dark")
        page.screenshot(path=artifacts / "lab-dark.png")
        assert [text for text in page.evaluate(CONTRAST) if text["ratio"] < 4.5] == []
        page.get_by_role("button", name="Stop counting").click()
        expect(card).to_contain_text("Stopped", timeout=10_000)
        expect(tab.locator(".jp-statek-Status").first).to_have_text("Stopped")
    lab.command("application:activate-previous-tab")
    expect(shown.locator(".jp-statek-Status").first).to_have_text("Stopped")
    lab.reload()
    expect(page.locator(".jp-statek-Tab .jp-statek-Header-name")).to_have_text("counting", timeout=20_000)
    expect(page.locator(".jp-statek-Tab .jp-statek-Status").first).to_have_text("Stopped")


def test_the_panel_finds_jobs_and_follows_the_store(lab: Lab, shared: Store) -> None:
    """New jobs appear by themselves; the search finds by text; the groups by what jobs do; the palette has commands."""
    page = lab.page
    lab.command("statek:show-jobs")
    agent = Agent("nobody", metadata={"MODEL": "scripted/nobody"})
    jobs = [shared.submit(JobDef(agent), message=f"needle {name}", name=name) for name in ("alpha", "beta")]
    cards = page.locator(".jp-statek-Card")
    expect(cards.first).to_contain_text("beta")
    page.get_by_role("searchbox", name="Search jobs").fill("needle alpha")
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("alpha")
    page.get_by_role("button", name="Waiting").click()
    expect(page.get_by_text("No job matches")).to_be_visible()
    page.get_by_role("button", name="All").click()
    page.get_by_role("searchbox", name="Search jobs").fill("")
    expect(cards.nth(1)).to_contain_text("alpha")
    cards.nth(1).click(button="right")
    page.get_by_text("Delete Job…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".jp-statek-Card", has_text="alpha")).to_have_count(0)
    jobs[1].delete()
    lab.command("apputils:activate-command-palette")
    page.keyboard.insert_text("Open Job")
    expect(page.locator(".lm-CommandPalette-item", has_text="Open Job…")).to_be_visible()


def test_a_store_the_server_does_not_show_is_followed_by_the_kernel(lab: Lab, tmp_path: Path) -> None:
    """The cell falls back to the kernel's widget; when the kernel is gone, the saved copy is left."""
    lab.new_notebook()
    cell = lab.run(CELL.format(store=str(tmp_path / "elsewhere")))
    shown = cell.locator(".jp-statek-Job:visible")
    expect(shown).to_contain_text("step 3", timeout=60_000)
    expect(shown).to_have_count(1)
    expect(shown.get_by_text("saved copy")).to_have_count(0)
    shown.get_by_role("button", name="Stop").click()
    expect(shown.locator(".jp-statek-Status").first).to_have_text("Stopped", timeout=10_000)
    lab.command("kernelmenu:shutdown")
    expect(shown).to_have_count(1)
    bundle = lab.page.evaluate(
        "type => window.jupyterapp.shell.currentWidget.content.widgets[0].model.outputs.toJSON()"
        ".map(output => output.data).find(data => data && data[type])",
        JOB_TYPE,
    )
    assert bundle[JOB_TYPE]["name"] == "counting"
