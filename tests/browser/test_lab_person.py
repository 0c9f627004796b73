"""What a person does with jobs in JupyterLab: answer a question, go back and fork."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store
from tests.browser.lab import Lab
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(240)]

ASKING = """import statek_jupyter as sj
store = sj.open_store({store!r})
code = 'which = ask_human("Which region first?", options=["North", "South"])\\nprint("chosen", which)'
sj.register_model("asker", sj.ScriptedModel(["I ask.\\n```python\\n" + code + "\\n```", "Thank you."]))
worker = sj.Worker(store).start()
agent = sj.Agent("asker", metadata={{"MODEL": "scripted/asker"}})
job = store.submit(sj.JobDef(agent), message="Decide", name="asking")
job
"""
STEPS = ["First.\n```python\nfirst = 1\n```", "Then.\n```python\nsecond = 2\n```", "Both are set."]


def test_a_question_is_answered_where_it_is_shown(lab: Lab, shared: Store, artifacts: Path) -> None:
    """The job waits in the cell's view, goes on with what was chosen there, and ends."""
    lab.new_notebook()
    shown = lab.run(ASKING.format(store=str(lab.server.store))).locator(".jp-statek-Job:visible")
    answer = shown.get_by_role("button", name="South", exact=True)
    expect(answer).to_be_visible(timeout=60_000)
    shown.screenshot(path=artifacts / "lab-question.png")
    answer.click()
    expect(shown.locator(".jp-statek-Status").first).to_have_text("Done", timeout=20_000)
    expect(shown).to_contain_text("chosen South")
    [job] = [job for job in shared.jobs() if job.name == "asking"]
    assert job.status.name == "DONE"


def test_an_earlier_turn_is_looked_at_and_forked(lab: Lab, shared: Store, artifacts: Path) -> None:
    """The slider moves chat and locals together; the fork knows what was there then and goes on from it."""
    register_model("steps", ScriptedModel(STEPS))
    agent = Agent("steps", metadata={"MODEL": "scripted/steps"})
    with Worker(shared):
        job = shared.submit(JobDef(agent), message="Set both", name="steps")
        job.wait(30)
        lab.command("statek:open-job", {"id": job.id})
        tab = lab.page.locator(".jp-statek-Tab:visible")
        values = tab.locator(".jp-statek-Locals")
        expect(values).to_contain_text("second", timeout=20_000)
        expect(tab).to_contain_text("Both are set.")
        slider = tab.get_by_role("slider")
        slider.focus()
        for _ in range(2):
            slider.press("ArrowLeft")
        expect(values).not_to_contain_text("second", timeout=20_000)
        expect(values).to_contain_text("first")
        expect(tab).not_to_contain_text("Both are set.")
        lab.page.screenshot(path=artifacts / "lab-earlier.png")
        before = {each.id for each in shared.jobs()}
        tab.get_by_role("button", name="Fork from here").click()
        tab.locator(".jp-statek-Turns-fork textarea").fill("Another way")
        tab.get_by_role("button", name="Fork", exact=True).click()
        assert eventually(lambda: {each.id for each in shared.jobs()} - before)
        [fork] = [each for each in shared.jobs() if each.id not in before]
        fork.wait(30)
        assert fork.status.name == "DONE"
        lab.command("statek:open-job", {"id": fork.id})
        expect(tab).to_contain_text("Another way", timeout=20_000)
        expect(values).to_contain_text("first")
