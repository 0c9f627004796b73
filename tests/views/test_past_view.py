"""A turn of a job in the form views read: its chat log and variables together, with marks."""

from __future__ import annotations

import json
import sys
from typing import get_type_hints

from statek_jupyter.engine.run import run
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.views.html import job_html
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.past_view import read_job_at
from statek_jupyter.views.schema import LocalsView, PastJobView, VariableView
from statek_jupyter.views.text import job_text
from statek_jupyter.views.variables import locals_at


def finished(store: Store) -> JobHandle:
    replies = ["```python\na = 2\nb = [1]\n```", "```python\ndel a\nb.append(2)\n```", "```python\nexit(b)\n```"]
    register_model("marks", ScriptedModel(replies))
    agent = Agent("marks", metadata={"MODEL": "scripted/marks"})
    return run(store.submit(JobDef(agent, warmup_code="a = 1\nk = 'k'"), message="go"), timeout=30)


def test_a_turn_has_the_documented_form(store: Store) -> None:
    """The fields of a job and two more; every viewer of a job shows it."""
    job = finished(store)
    for turn in range(job.turns + 1):
        view = job.read(lambda job, turn=turn: read_job_at(job, turn))
        fields = get_type_hints(PastJobView).keys()
        assert fields - {"worker"} <= view.keys() <= fields
        assert all(row.keys() <= get_type_hints(VariableView).keys() for row in view["locals"])
        assert (view["turn"], view["turns"], view["last_turn"]) == (turn, turn, 3)
        assert json.loads(json.dumps(view)) == view
        assert job_html(view) and job_text(view)


def test_chat_log_and_variables_are_of_one_turn(store: Store) -> None:
    """Variables are marked by what the turn did to them; a deleted one is listed once more."""
    job = finished(store)
    views = [job.read(lambda job, turn=turn: read_job_at(job, turn)) for turn in range(4)]
    assert [view["total_items"] for view in views] == [2, 3, 4, 5]
    assert [view["items"][-1]["id"] for view in views] == [1, 2, 3, 4]
    rows = [[(row["name"], row["text"], row.get("change")) for row in view["locals"]] for view in views]
    assert rows == [
        [("a", "1", None), ("k", "'k'", None)],
        [("a", "2", "changed"), ("b", "[1]", "new"), ("k", "'k'", None)],
        [("a", "2", "deleted"), ("b", "[1, 2]", "changed"), ("k", "'k'", None)],
        [("b", "[1, 2]", None), ("k", "'k'", None)],
    ]
    assert [(view["status"], view["result"]) for view in views] == [("STARTED", None)] * 3 + [("DONE", "[1, 2]")]
    assert [view["usage"]["calls"] for view in views] == [0, 1, 2, 3]


def test_the_last_turn_is_the_job_as_it_is(store: Store) -> None:
    """But for the marks, and the time, which is that of its last entry."""
    job = finished(store)
    now, last = job.read(read_job), job.read(lambda job: read_job_at(job, -1))
    for row in last["locals"]:
        row.pop("change", None)
    differing = {key for key in now if now[key] != last[key]}  # type: ignore[literal-required]
    assert differing <= {"updated_at"}


def test_variables_are_listed_in_pages_and_searched(store: Store) -> None:
    """By name and by type, at any turn or as they are now; the figures tell what there is beside the page."""
    job = finished(store)
    page = job.read(lambda job: locals_at(job, 2, first=1, count=1))
    assert page.keys() == get_type_hints(LocalsView).keys()
    assert (page["turn"], page["last_turn"], page["first"], page["total"]) == (2, 3, 1, 3)
    assert [(row["name"], row.get("change"), row.get("entries")) for row in page["variables"]] == [("b", "changed", 2)]
    assert [row["name"] for row in job.read(lambda job: locals_at(job, -1, text="LIST"))["variables"]] == ["b"]
    now = job.read(lambda job: locals_at(job, text="k"))
    assert (now["turn"], now["total"]) == (3, 1) and "change" not in now["variables"][0]
    assert job.read(lambda job: locals_at(job, 1, first=9))["variables"] == []


def test_listing_variables_loads_none_of_them(store: Store) -> None:
    """Also at an earlier turn: what a value's class does when it is made again is not run."""
    replies = [
        "```python\nimport sys\nclass Trap:\n    def __setstate__(self, state): sys.trapped = True\n"
        "t = Trap(); t.n = 1\n```",
        "```python\nt.n = 2\nexit()\n```",
    ]
    register_model("trap", ScriptedModel(replies))
    job = run(store.submit(JobDef(Agent("trap", metadata={"MODEL": "scripted/trap"})), message="go"), timeout=30)
    assert job.error is None
    for turn in (1, 2, None):
        rows = job.read(lambda job, turn=turn: locals_at(job, turn))["variables"]
        assert {row["name"]: row["text"] for row in rows}["t"] == f"<Trap n={turn or 2}>"
    assert not hasattr(sys, "trapped")
    assert job.at(1).locals["t"] is not None
    assert vars(sys).pop("trapped")
