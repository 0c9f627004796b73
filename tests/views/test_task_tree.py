"""The subtasks of a job as a tree: three levels, roll-ups, a thousand jobs, a long chain."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.executors.usage import CallUsage, LLM_Usage
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from statek_jupyter.store.sub_tasks import adopt, count_usage
from statek_jupyter.views.html import job_html
from statek_jupyter.views.job_view import MAX_SUBTASKS, read_job, subtasks_in
from statek_jupyter.views.markdown import job_markdown
from statek_jupyter.views.schema import JobView
from statek_jupyter.views.subtask_tree import MAX_ROWS, SubtasksPage, read_subtasks
from statek_jupyter.views.task_tree import MAX_DEPTH, task_tree
from statek_jupyter.views.text import job_text

DEFINITION = JobDef(Agent("tree", metadata={"MODEL": "scripted/none"}))


def view_of(store: Store, handle: JobHandle) -> JobView:
    return store.read(lambda root: read_job(root.job(handle.id), children=subtasks_in(root)))


def spend(store: Store, handle: JobHandle, cost: str) -> None:
    """As a turn of the job does."""

    def write(root: Root) -> None:
        job = root.job(handle.id)
        call = LLM_Usage().plus(CallUsage("m", input_tokens=10, cost_usd=Decimal(cost), cost_source="provider"))
        job.usage = job.usage.merge(call)
        count_usage(job, call)

    store.run(write)


@pytest.fixture
def family(store: Store) -> JobHandle:
    """A job with two below it, and two below the first of those."""
    top = store.submit(DEFINITION, name="top")
    left, right = (store.submit(DEFINITION, name=name, parent=top) for name in ("left", "right"))
    for name in ("left one", "left two"):
        spend(store, store.submit(DEFINITION, name=name, parent=left), "0.25")
    spend(store, left, "0.5")
    assert right.parent == top
    return top


def test_the_usage_of_a_job_tells_that_of_its_subtasks_too(store: Store, family: JobHandle) -> None:
    """Its own figures stay its own; those of the whole tree stand beside them, and count against its budget."""
    spend(store, family, "0.125")
    view = view_of(store, family)
    usage = view["usage"]
    assert (usage["cost_usd"], usage["subtree_cost_usd"], usage["subtree_tokens"]) == ("0.125", "1.125", 40)
    assert view["limits"]["spent_usd"] == "1.125"


def test_a_tree_is_read_top_down(store: Store, family: JobHandle) -> None:
    """A job stands before the jobs below it; each with what its whole subtree used."""
    view = view_of(store, family)
    assert [(depth, task["name"], task["below"], task["subtree_cost_usd"]) for depth, task in task_tree(view)] == [
        (0, "left", 2, "1.00"),
        (1, "left one", 0, "0.25"),
        (1, "left two", 0, "0.25"),
        (0, "right", 0, None),
    ]
    assert view["more_subtasks"] == 0


def test_every_static_form_shows_the_tree(store: Store, family: JobHandle) -> None:
    """By indentation, and by nested lists."""
    view = view_of(store, family)
    text, markdown = job_text(view), job_markdown(view)
    assert re.search(r"^  ○ Ready  left .*\$1\.00 with 2 subtasks\n    ○ Ready  left one ", text, re.M)
    assert re.search(r"^- Ready: left, .*\n  - Ready: left one, ", markdown, re.M)
    html = job_html(view)
    names = "".join(re.findall(r"</?(?:ul|li)>|(?<=<strong>)[^<]+", html[html.index("<ul>") :]))
    assert names.startswith("<ul><li>left<ul><li>left one</li><li>left two</li></ul></li><li>right</li></ul>")


def test_a_deleted_job_is_gone_from_the_tree_and_not_from_the_bill(store: Store, family: JobHandle) -> None:
    left = family.children[0]
    left.children[0].delete()
    view = view_of(store, family)
    (first, *_) = [task for _, task in task_tree(view)]
    assert (first["below"], first["subtree_cost_usd"]) == (1, "1.00") and len(view["subtasks"]) == 3
    left.delete()
    assert family.subtree_usage.total_known_cost == Decimal("1.00")
    assert family.read(lambda job: job.below and (job.below.jobs, job.below.present)) == (4, 1)


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_a_thousand_jobs_are_told_in_part_and_paged_in_full(store: Store) -> None:
    """The live view holds the first ones and says how many more there are; pages give all, each once."""
    top = store.submit(DEFINITION)
    wide(store, top, 1_000)
    view = view_of(store, top)
    assert len(view["subtasks"]) == MAX_SUBTASKS and view["more_subtasks"] == 1_000 - MAX_SUBTASKS
    assert "more subtasks" in job_text(view)

    def page(start: int) -> SubtasksPage:
        return store.read(lambda root: read_subtasks(root, root.job(top.id), start))

    pages = [page(start) for start in range(0, 1_000, MAX_ROWS)]
    assert {one["total"] for one in pages} == {1_000}
    assert len({task["id"] for one in pages for task in one["subtasks"]}) == 1_000


def added(root: Root, job: Job) -> Job:
    adopt(root, root.add(job), SubTaskHandler(job))
    return job


def wide(store: Store, top: JobHandle, number: int) -> None:
    """Ten jobs below, and so on below each, `number` in all; in one transaction."""

    def write(root: Root) -> None:
        waiting: list[Any] = [root.job(top.id)]
        definition = waiting[0].job_def
        made = 0
        while made < number:
            parent = waiting.pop(0)
            for _ in range(min(10, number - made)):
                waiting.append(added(root, Job(definition, parent_job=parent)))
                made += 1

    store.run(write)


def test_a_long_chain_is_shown(store: Store) -> None:
    """However deep: static forms nest no further than a limit."""

    first = store.submit(DEFINITION)

    def write(root: Root) -> None:
        job = root.job(first.id)
        for _ in range(200):
            job = added(root, Job(job.job_def, parent_job=job))

    store.run(write)
    view = view_of(store, first)
    depths = [depth for depth, _ in task_tree(view)]
    assert len(depths) == 200 and max(depths) == MAX_DEPTH
    html = job_html(view)
    assert html.count("<ul>") == html.count("</ul>") and html.count("<li>") == html.count("</li>") == 200
