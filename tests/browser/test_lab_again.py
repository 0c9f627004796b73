"""JupyterLab after something was taken away: the trust in a notebook, the server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store
from tests.browser.lab import Lab
from tests.browser.notebooks import write_notebook
from tests.views.jobs import example
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

COUNTING = """```python
import time
for number in range(100_000):
    print("step", number)
    time.sleep(0.05)
```"""
SCRIPT = {
    "text/html": "<img src=x onerror=\"window.hacked = 'beside'\"><script>window.hacked = 'beside'</script>beside"
}


def last_step(shown: Locator) -> int:
    """How far the job has counted where it is shown."""
    return max(int(number) for number in re.findall(r"step (\d+)", shown.inner_text()))


def test_a_notebook_nobody_trusts_shows_its_jobs_and_runs_nothing(lab: Lab, shared: Store) -> None:
    """A live job, a saved one and a hostile one are shown; no script of the file runs before a person trusts it."""
    page = lab.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    job = shared.submit(JobDef(Agent("nobody", metadata={"MODEL": "scripted/nobody"})), message="Hello", name="mine")
    live, wild = {**example("waiting"), "id": job.id}, {**example("hostile"), "id": "zzzzzzzzzzzzz"}
    write_notebook(lab.server, "foreign.ipynb", live, example("finished"), wild, beside=SCRIPT)  # type: ignore[arg-type]
    lab.read_notebook("foreign.ipynb")
    shown = page.locator(".jp-Notebook .jp-statek-Job")
    expect(shown).to_have_count(3)
    expect(shown.nth(0).locator(".jp-statek-Header-name")).to_have_text("mine")
    expect(shown.nth(0).get_by_role("button", name="Stop")).to_be_visible()
    expect(shown.nth(1)).to_contain_text("West sells most")
    expect(shown.nth(2)).to_contain_text("onerror=")
    expect(page.locator(".jp-RenderedHTMLCommon", has_text="beside")).to_have_count(3)
    trusted = "window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.trusted)"
    assert page.evaluate(trusted) == [False] * 3
    assert page.evaluate("window.hacked") is None
    assert [url for url in asked if not url.startswith((lab.server.url, "blob:", "data:"))] == []
    # The same file, trusted: now the script beside our outputs runs, so that nothing above was luck.
    page.evaluate("window.jupyterapp.shell.currentWidget.content.model.cells.get(0).trusted = true")
    page.wait_for_function("window.hacked === 'beside'")
    job.delete()


def test_the_server_is_killed_and_what_was_open_goes_on(lab: Lab, shared: Store) -> None:
    """Cell and tab say that they are cut off, are live again by themselves, and after a reload without a cell run."""
    page = lab.page
    register_model("counter", ScriptedModel([COUNTING]))
    agent = Agent("counter", metadata={"MODEL": "scripted/counter"})
    with Worker(shared):
        job = shared.submit(JobDef(agent), message="Count", name="counting")
        write_notebook(lab.server, "open.ipynb", {**example("waiting"), "id": job.id})
        lab.read_notebook("open.ipynb")
        cell, tab = page.locator(".jp-Notebook .jp-statek-Job"), page.locator(".jp-statek-Tab")
        expect(cell).to_contain_text("step 3", timeout=20_000)
        lab.command("statek:open-job", {"id": job.id})
        expect(tab).to_contain_text("step 3")
        lab.wait_until_kept(job.id)
        lab.server.kill()
        expect(tab.get_by_text("not connected")).to_be_visible(timeout=20_000)
        lab.server.start()
        expect(tab.get_by_text("not connected")).to_have_count(0, timeout=40_000)
        before = last_step(tab)
        assert eventually(lambda: last_step(tab) > before)
        assert [failure for failure in lab.failures if "statek" in failure] == []
        lab.reload()
        expect(tab.locator(".jp-statek-Header-name")).to_have_text("counting", timeout=20_000)
        expect(tab.locator(".jp-statek-Status").first).to_have_text("Running")
        lab.command("docmanager:open", {"path": "open.ipynb"})
        expect(cell.locator(".jp-statek-Status").first).to_have_text("Running")
        expect(cell.get_by_text("saved copy")).to_have_count(0)
        expect(page.locator(".jp-Notebook .jp-OutputPrompt, .jp-Notebook .jp-InputPrompt").first).to_have_text("[1]:")
        job.stop()
        expect(cell.locator(".jp-statek-Status").first).to_have_text("Stopped", timeout=20_000)
    lab.failures.clear()
    job.delete()
