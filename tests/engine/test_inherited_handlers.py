"""Error handlers are inherited by subtasks, and each is called once in the whole tree."""

from __future__ import annotations

from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.error_handler import error_handler
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.subtask import subtask
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store
from tests.engine.delegating import code
from tests.waiting import eventually

RELEASED: list[tuple[str, str]] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RELEASED.clear()


@error_handler
def release(claimed: str, error: BaseException | None = None) -> None:
    RELEASED.append((claimed, str(error)))


@tool(retry="safe", error_handler=release)
def claim(name: str) -> str:
    """Take something that has to be given back."""
    return name


@subtask
def help_me(**kwargs: Any) -> Job:
    """Start a helper."""
    return Job(JobDef(Agent("helper", tools=[claim], metadata={"MODEL": "scripted/helper"})))


def boss(*replies: str) -> JobDef:
    register_model("claimer", ScriptedModel(list(replies)))
    return JobDef(Agent("claimer", tools=[claim, help_me], metadata={"MODEL": "scripted/claimer"}))


def test_the_first_job_that_dies_gives_back_what_was_claimed(store: Store, worker: Worker) -> None:
    """Two subtasks and their parent die one after the other: each handler is called once."""
    register_model("helper", ScriptedModel([code("claim('mine')", "wait_for_message()")]))
    parent = store.submit(boss(code("claim('room')", "hs = [help_me(), help_me()]", "wait_for_message()")))
    first, second = eventually(lambda: parent.children if len(parent.children) == 2 else None, 30)
    eventually(lambda: {one.status for one in (first, second, parent)} == {JobStatus.SUSPENDED}, 30)
    first.stop("one")
    first.wait(30)
    eventually(lambda: len(RELEASED) == 2)
    assert sorted(RELEASED) == [("mine", "stopped: one"), ("room", "stopped: one")]
    parent.stop("all")
    parent.wait(30)
    second.wait(30)
    eventually(lambda: len(RELEASED) == 3)
    assert [claimed for claimed, _ in RELEASED].count("room") == 1
    assert second.read(lambda job: job.error_handlers) == parent.read(lambda job: job.error_handlers) == ()


def test_a_factory_may_copy_handlers_by_itself(store: Store, worker: Worker) -> None:
    """`add_error_handlers_from` changes nothing where they are inherited anyway."""
    job, other = (Job(boss("x")) for _ in range(2))
    other.add_error_handler(release, "a")
    job.add_error_handlers_from(other)
    job.add_error_handlers_from(other)
    assert len(job.error_handlers) == 1
    job.parent_job = other
    job.notify_handlers(RuntimeError("no"))
    other.notify_handlers(RuntimeError("no"))
    assert RELEASED == [("a", "no")] and not job.error_handlers and not other.error_handlers
