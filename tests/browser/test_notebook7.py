"""The extension in Jupyter Notebook 7, which is made of JupyterLab's parts and loads its extensions."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.store import Store
from tests.browser.lab import TOKEN, LabServer
from tests.browser.notebooks import write_notebook
from tests.views.jobs import example

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_a_job_is_shown_in_a_notebook_and_beside_it(browser: Browser, lab_server: LabServer, shared: Store) -> None:
    """The output shows the job as the server knows it, a saved one as it was; the panel opens it beside."""
    job = shared.submit(JobDef(Agent("nobody", metadata={"MODEL": "scripted/nobody"})), message="Hello", name="mine")
    write_notebook(lab_server, "seven.ipynb", {**example("waiting"), "id": job.id}, example("finished"))
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(error.stack or str(error)))
    page.goto(f"{lab_server.url}/notebooks/seven.ipynb?token={TOKEN}")
    shown = page.locator(".jp-Notebook .jp-statek-Job")
    expect(shown).to_have_count(2, timeout=60_000)
    expect(shown.nth(0).locator(".jp-statek-Header-name")).to_have_text("mine")
    expect(shown.nth(0).get_by_role("button", name="Stop")).to_be_visible()
    expect(shown.nth(1)).to_contain_text("West sells most")
    page.get_by_role("menuitem", name="View").click()
    page.get_by_text("Left Sidebar").hover()
    page.get_by_text("Show Jobs").click()
    page.locator(".jp-statek-Card-open").click()
    expect(page.locator(".jp-statek-Tab .jp-statek-Header-name")).to_have_text("mine")
    assert [failure for failure in failures if "statek" in failure] == []
    page.close()
    job.delete()
