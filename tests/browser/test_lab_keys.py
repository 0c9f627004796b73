"""JupyterLab with our extension and no mouse: the focus is always somewhere, and always visible."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.executors.subtask import subtask
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store
from tests.browser.keyboard import Keyboard
from tests.browser.lab import Lab
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

REPLIES = [
    "I measure the words, each in a job of its own.\n"
    "```python\nlengths = {word: wait_for_job(measure(word, id=word)) for word in ('owl', 'bird')}\n```",
    "```python\nwhich = ask_human('Which one first?', options=['Owl', 'Bird'])\nprint('chosen', which)\n```",
    "```python\nwhy = ask_human('And why?')\nprint('because', why)\n```",
    "```python\nimport time\nfor number in range(100_000):\n    print('step', number)\n    time.sleep(0.05)\n```",
]


@subtask
def measure(word: str, **_: object) -> Job:
    """Let a job of its own measure a word."""
    job = Job(JobDef(Agent("measurer", metadata={"MODEL": "scripted/measurer"})))
    job.add_locals(word=word)
    return job


@pytest.fixture
def asking(shared: Store) -> Iterator[JobHandle]:
    """A job with two subtasks that waits for a person; its worker goes on when they have answered."""
    register_model("measurer", ScriptedModel(["```python\nexit(len(word))\n```"] * 2))
    register_model("leader", ScriptedModel(REPLIES))
    leader = Agent("leader", tools=[measure], metadata={"MODEL": "scripted/leader"})
    with Worker(shared):
        job = shared.submit(JobDef(leader), message="Measure two words", name="measuring")
        yield job


def test_a_job_is_found_read_answered_and_stopped_by_keys_alone(lab: Lab, asking: JobHandle) -> None:
    """From the palette to the list, the job, its log, its subtasks, an earlier turn and back; two answers; Stop."""
    page, keys = lab.page, Keyboard(lab.page)
    keys.command("Show Jobs")
    keys.check("Show Jobs", "Search jobs")
    keys.type("measuring")
    cards = page.locator(".jp-statek-Card")
    expect(cards).to_have_count(1)
    keys.to("Ended")
    keys.to("measuring")
    keys.press("Enter")
    tab = page.locator(".jp-statek-Tab")
    expect(tab).to_contain_text("Which one first?", timeout=20_000)
    keys.check("opening", "chat log")

    # The log: entry by entry, folded, searched, in another density.
    keys.press("k", "k")
    keys.to("turn 2")
    entry = page.locator(".jp-statek-Item:has(:focus)")
    keys.press("Enter")
    expect(entry).to_have_class(re.compile("jp-mod-folded"))
    keys.check("the key", "turn 2")
    keys.press("Enter")
    expect(entry).not_to_have_class(re.compile("jp-mod-folded"))
    keys.press("/")
    keys.type("lengths")
    expect(tab.locator(".jp-statek-Bar-hits")).to_have_text("1 of 1")
    keys.press("Enter", "Escape")
    keys.check("the key", "chat log")
    for density in ("Compact", "Normal"):
        keys.to(density, "Shift+Tab" if density == "Compact" else "Tab")
        keys.press("Enter")

    # An answer: its box goes away, the focus does not.
    keys.to("Bird")
    keys.press("Enter")
    expect(tab).to_contain_text("And why?", timeout=20_000)
    keys.check("Bird", "chat log")
    keys.to("Your answer")
    keys.type("It is smaller")
    keys.press("Enter")
    expect(tab).to_contain_text("because It is smaller", timeout=20_000)

    # The panes: a variable is looked into; the tree of subtasks opens one.
    keys.check("the answer")
    keys.to("Locals")
    keys.to("Look into lengths")
    keys.press("Enter")
    expect(tab.locator(".jp-statek-Locals-inside")).to_contain_text("bird")
    keys.to("Locals", "Shift+Tab")
    keys.press("ArrowRight")
    assert keys.focus.name.startswith("Subtasks")
    expect(tab.get_by_role("treeitem")).to_have_count(2)
    keys.press("Tab", "End")
    assert eventually(lambda: "bird" in keys.focus.name)
    keys.press("Enter")
    expect(page.locator(".jp-statek-Tab:visible .jp-statek-Header-name")).to_have_text("bird")
    keys.check("a subtask", "chat log")
    page.keyboard.press("Control+Shift+[")
    expect(tab.first).to_be_visible()
    keys.check("the tab before", "chat log")

    # An earlier turn and back to now.
    keys.to("Turn")
    keys.press("ArrowLeft", "ArrowLeft")
    expect(tab.first).not_to_contain_text("because")
    keys.to("Now")
    keys.press("Enter")
    expect(tab.first).to_contain_text("because")
    keys.check("Now", "Turn")

    # Stop goes away with what it stopped.
    keys.to("Stop", "Shift+Tab")
    keys.press("Enter")
    expect(tab.first.locator(".jp-statek-Status").first).to_have_text("Stopped", timeout=20_000)
    keys.check("Stop", "chat log")
    assert asking.wait(10)
