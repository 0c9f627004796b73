"""The job's view in a real JupyterLab with a real kernel: live, controllable, and readable when all of that is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from statek_jupyter.store import open_store
from statek_jupyter.views.bundle import JOB_TYPE, WIDGET_TYPE
from tests.browser.lab import Lab
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

SETUP = """import statek_jupyter as sj
store = sj.open_store({store!r})
replies = [
    "I look.\\n```python\\nimport pandas as pd\\ndf = pd.DataFrame({{'region': ['North', 'South']}})\\ndf\\n```",
    "```python\\nimport time\\nfor n in range(100_000):\\n    print('step', n)\\n    time.sleep(0.05)\\n```",
    "You said it.",
]
sj.register_model("demo", sj.ScriptedModel(replies))
agent = sj.Agent("analyst", metadata={{"MODEL": "scripted/demo"}})
worker = sj.Worker(store)
worker.start()
job = store.submit(sj.JobDef(agent), message="Which region?", name="regions")
job
"""


@pytest.fixture(autouse=True)
def notebook(lab: Lab) -> None:
    """A new notebook in the page."""
    lab.new_notebook()


def test_a_job_is_shown_live_and_obeys_while_a_cell_runs(lab: Lab, tmp_path: Path) -> None:
    """The view follows the job; Stop and messages are done at once although the kernel runs a cell."""
    page, where = lab.page, str(tmp_path / "store")
    lab.run(SETUP.format(store=where))
    job = page.locator(".jp-Notebook .jp-statek-Job").first
    expect(job).to_contain_text("step 3", timeout=60_000)
    expect(job.locator(".jp-statek-Status").first).to_have_text("Running")
    expect(job.locator(".jp-statek-DataTable")).to_contain_text("North")
    expect(job.locator(".jp-statek-Locals")).to_contain_text("DataFrame")

    busy = lab.run("import time; time.sleep(12); print('cell', 'done')")
    job.get_by_role("button", name="Stop").click()
    expect(job.locator(".jp-statek-Status").first).to_have_text("Stopped", timeout=10_000)
    expect(busy.locator(".jp-OutputArea")).not_to_contain_text("cell done")

    job.get_by_role("textbox", name="Message to the job").fill("Go on, please")
    job.get_by_role("textbox", name="Message to the job").press("Enter")
    expect(job.locator(".jp-statek-Status").first).to_have_text("Done", timeout=10_000)
    expect(job).to_contain_text("Go on, please")
    expect(job).to_contain_text("You said it.")
    expect(busy.locator(".jp-OutputArea")).to_contain_text("cell done", timeout=20_000)

    lab.run("job.view(panes=['usage'])")
    expect(page.locator(".jp-statek-Usage")).to_contain_text("Calls3", timeout=10_000)
    with open_store(where, read_only=True) as store:
        assert eventually(lambda: store.jobs()[0].status.name == "DONE")


def test_a_dashboard_lists_jobs_and_shows_the_selected_one(lab: Lab, tmp_path: Path) -> None:
    """New jobs appear in the list by themselves; choosing one shows it beside the list."""
    page = lab.page
    lab.run(SETUP.format(store=str(tmp_path / "store")).replace("\njob\n", "\nsj.Dashboard(store)\n"))
    rows = page.locator(".jp-statek-Jobs tbody tr")
    expect(rows).to_have_count(1, timeout=60_000)
    shown = page.locator(".jp-statek-Header-name")
    expect(shown).to_have_text("regions", timeout=10_000)
    lab.run("second = store.submit(sj.JobDef(agent), message='Another?', name='second')")
    expect(rows).to_have_count(2, timeout=10_000)
    page.get_by_role("button", name="second").click()
    expect(shown).to_have_text("second", timeout=10_000)
    expect(page.locator(".jp-statek-Jobs .jp-mod-selected")).to_contain_text("second")


def test_a_saved_notebook_reads_without_a_kernel(lab: Lab, browser: Browser, tmp_path: Path) -> None:
    """What is saved of a finished job needs no kernel, and its HTML alone shows the chat with its table."""
    page = lab.page
    lab.run(SETUP.format(store=str(tmp_path / "store")))
    job = page.locator(".jp-Notebook .jp-statek-Job").first
    expect(job).to_contain_text("step 1", timeout=60_000)
    job.get_by_role("button", name="Stop").click()
    expect(job.locator(".jp-statek-Status").first).to_have_text("Stopped", timeout=10_000)
    lab.run("del job\nfrom IPython.display import display\ndisplay(store.jobs()[0])")
    expect(page.locator(".jp-Notebook .jp-statek-Job")).to_have_count(2, timeout=10_000)
    lab.save()
    notebook = max(lab.server.notebooks.glob("Untitled*.ipynb"), key=lambda path: path.stat().st_mtime)
    outputs = [
        output for cell in json.loads(notebook.read_text("utf-8"))["cells"] for output in cell.get("outputs", ())
    ]
    running, bundle = (output["data"] for output in outputs if JOB_TYPE in output.get("data", {}))
    assert set(bundle) == {JOB_TYPE, "text/html", "text/plain"}
    assert set(running) == {*bundle, WIDGET_TYPE}
    reader = browser.new_page(java_script_enabled=False)
    reader.set_content("".join(bundle["text/html"]))
    expect(reader.get_by_role("cell", name="North")).to_be_visible()
    reader.close()
