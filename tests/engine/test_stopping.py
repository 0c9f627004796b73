"""Jobs end by limits, stops and time limits, and go back when their worker stops."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from statek_jupyter.engine.claims import Claimant, claim
from statek_jupyter.engine.commits import begin_ask
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.inbox import StopRequest
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import Store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually


def test_a_job_stops_after_its_turns_and_goes_on_with_a_message(store: Store, worker: Worker) -> None:
    """`max_turns` requests are made, not one more; a message allows as many again."""
    definition = define(["```python\nx = 1\n```"] * 9, limits=JobLimits(max_turns=2))
    handle = store.submit(definition).wait(30)
    assert handle.turns == 2 and "2 turns" in str(handle.error)
    handle.send("go on")
    eventually(lambda: handle.turns == 4 and handle.status is JobStatus.DONE)
    assert handle.read(lambda job: job.num_completions) == 1


def test_a_budget_ends_a_job(store: Store) -> None:
    """Spending is checked before each request."""
    definition = define(["```python\nx = 1\n```"] * 9, limits=JobLimits(budget_usd=0.000001))
    handle = run(definition, store=store, timeout=30)
    assert handle.turns == 1 and "budget" in str(handle.error)


def test_a_stop_ends_a_running_loop(store: Store, worker: Worker) -> None:
    """Within moments, with the reason, and the job's variables stay."""
    handle = store.submit(define(["```python\nx = 1\nprint('in')\nwhile True:\n    pass\n```"]))
    eventually(lambda: "x" in handle.locals)
    handle.stop("enough")
    handle.wait(10)
    assert "stopped: enough" in str(handle.error) and handle.locals["x"] == 1


def test_a_stop_that_comes_while_a_request_is_prepared_is_not_lost(store: Store) -> None:
    """Delivering messages leaves it where the worker looks next."""
    handle = store.submit(define(["```python\nx = 1\n```", "Done."]))
    claimant = Claimant(store.presence.id, store.presence.alive, lambda model: True)
    (held,) = store.run(lambda root: claim(root, claimant, 1)).held
    handle.send("hello")
    handle.stop("now")
    store.run(lambda root: begin_ask(root, held, "scripted/test"))
    assert [type(entry) for entry in handle.read(lambda job: job.inbox.pending())] == [StopRequest]
    asyncio.run(Driver(store, held).run())
    assert "stopped: now" in str(handle.error) and handle.turns == 0


def test_a_stop_ends_a_request(store: Store, worker: Worker) -> None:
    """A model that does not answer is not waited for."""
    asked, door = threading.Event(), threading.Event()

    def answer(messages: Any, **request: Any) -> str:
        asked.set()
        door.wait(60)
        return "late"

    register_model("stuck", FunctionModel(answer))
    handle = store.submit(JobDef(Agent("t", metadata={"MODEL": "function/stuck"})))
    assert asked.wait(30)
    handle.stop()
    handle.wait(10)
    door.set()
    assert handle.error is not None and handle.error.error_message == "stopped" and handle.turns == 0


def test_a_statement_over_its_time_limit_fails_and_the_job_goes_on(store: Store) -> None:
    """The model is told, and what the earlier statements did stays."""
    definition = define(
        ["```python\nx = 1\nwhile True: pass\n```", "```python\nx += 1\n```", "Done."],
        limits=JobLimits(timeout_seconds=0.3),
    )
    handle = run(definition, store=store, timeout=30)
    turn = handle.chat_log[0]
    assert isinstance(turn, LLM_LogItem) and turn.error is not None
    assert turn.error.type_name == "StatementTimeoutError" and turn.error.line == 2
    assert handle.result == "Done." and handle.locals["x"] == 2


def test_code_blocked_in_c_is_left_behind(store: Store) -> None:
    """Its thread cannot be ended; the job goes on from its last commit."""
    code = "```python\nx = 1\nprint('before')\nimport time\nx = 2; print('kept'); time.sleep(20)\n```"
    definition = define([code, "```python\nprint(x)\n```", "Done."], limits=JobLimits(timeout_seconds=0.3))
    handle = run(definition, store=store, timeout=30)
    turn = handle.chat_log[0]
    assert isinstance(turn, LLM_LogItem) and turn.error is not None and "is lost" in turn.error.message
    assert handle.result == "Done." and outputs(handle) == "before\nkept\n2\n"


def test_twenty_jobs_run_at_once(store: Store) -> None:
    """All of them are in their own code at the same moment."""
    BARRIERS[:] = [threading.Barrier(20, timeout=30)]
    agent = Agent("crowd", tools=[meet_all], metadata={"MODEL": "scripted/many"})
    register_model("many", ScriptedModel(["```python\nmeet_all()\nprint(name)\n```", "Done."]))
    with Worker(store, concurrency=20):
        handles = [store.submit(JobDef(agent), locals={"name": f"job {n}"}) for n in range(20)]
        for number, handle in enumerate(handles):
            assert outputs(handle.wait(60)) == f"job {number}\n"


BARRIERS: list[threading.Barrier] = []


def meet_all() -> None:
    """Wait for all the others."""
    BARRIERS[0].wait()


def test_a_stopped_worker_gives_its_jobs_back(store: Store) -> None:
    """The interrupted statement is rolled back and run again by the next worker."""
    RUNS.clear()
    definition = define(["```python\nx = 1\nprint('once')\ny = wait_here()\n```", "Done."], tools=[wait_here])
    handle = store.submit(definition)
    with Worker(store):
        eventually(lambda: len(RUNS) == 1)
    assert handle.status is JobStatus.STARTED and handle.read(lambda job: job.lease) is None
    GO_ON.set()
    assert run(handle, timeout=30).result == "Done."
    assert len(RUNS) == 2 and outputs(handle) == "once\n" and handle.locals["y"] == 7


RUNS: list[int] = []


GO_ON = threading.Event()


@tool(retry="safe")
def wait_here() -> int:
    """A tool that loops in Python until it may go on."""
    RUNS.append(1)
    while not GO_ON.is_set():
        sum(range(100))
    return 7


def test_a_worker_without_room_is_refused(store: Store) -> None:
    """A concurrency of nothing is a mistake."""
    with pytest.raises(ValueError, match="concurrency"):
        Worker(store, concurrency=0)
