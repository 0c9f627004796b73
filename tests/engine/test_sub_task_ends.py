"""Every way in which a subtask can end gives its handler an outcome, and its parent exactly one notification."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import ModelError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import SubTaskLogItem
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store
from tests.waiting import eventually

LOOP = "```python\nprint('in')\nwhile True: pass\n```"


def agent(name: str, replies: list[Any], **options: Any) -> JobDef:
    """A definition with a scripted model of its own."""
    register_model(name, ScriptedModel(replies))
    return JobDef(Agent(name, metadata={"MODEL": f"scripted/{name}"}), **options)


def outcome(parent: JobHandle) -> tuple[bool, Any, str | None, int]:
    """Of the only subtask: whether it is completed, its result, its error, and how often the parent was told."""

    def look(job: Job) -> tuple[bool, Any, str | None, int]:
        (handler,) = job.sub_tasks.values()
        told = [entry for entry in job.chat_log if isinstance(entry, SubTaskLogItem)]
        assert all(entry.handler is handler for entry in told)
        error = None if handler.error is None else handler.error.err_message
        return handler.is_completed, handler.result_text, error, len(told)

    return parent.read(look)


def interrupt(child: JobHandle) -> None:
    eventually(lambda: "in\n" in child.console)
    child.stop("enough")


WAYS: dict[str, tuple[dict[str, Any], Callable[[JobHandle], object] | None, Any, str | None]] = {
    "exit": ({"replies": ["```python\nexit(42)\n```"]}, None, "42", None),
    "exit without a value": ({"replies": ["```python\nexit()\n```"]}, None, "", None),
    "exit with an object of its own class": (
        {"replies": ["```python\nclass Owl: pass\nexit(Owl())\n```"]},
        None,
        "<Owl> (Owl)",
        None,
    ),
    "answer": ({"replies": ["```python\nanswer('forty-two')\n```"]}, None, "forty-two", None),
    "final answer": ({"replies": ["It is forty-two."]}, None, "It is forty-two.", None),
    "model fails": ({"replies": [ModelError("auth", "m", "no such key")]}, None, "", "no such key"),
    "turn limit": (
        {"replies": ["```python\nx = 1\n```"] * 3, "limits": JobLimits(max_turns=1)},
        None,
        "",
        "1 turns",
    ),
    "budget": (
        {"replies": ["```python\nx = 1\n```"] * 3, "limits": JobLimits(budget_usd=Decimal("0.0000001"))},
        None,
        "",
        "budget",
    ),
    "warmup fails": ({"replies": [], "warmup_code": "1 / 0"}, None, "", "division by zero"),
    "exit in warmup": ({"replies": [], "warmup_code": "exit('early')"}, None, "early", None),
    "stopped while code runs": ({"replies": [LOOP]}, interrupt, "", "stopped: enough"),
    "stopped before it began": ({"replies": [LOOP], "in_line": True}, lambda c: c.stop("no"), "", "stopped: no"),
    "deleted": ({"replies": [LOOP], "in_line": True}, lambda child: child.delete(), "", "deleted"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_subtask_that_ends_completes_its_handler(way: str, store: Store, worker: Worker) -> None:
    """With its result or the error, told once to the parent, which goes on with it."""
    options, act, result, error = WAYS[way]
    options = dict(options)
    in_line = options.pop("in_line", False)
    definition = agent("child", options.pop("replies"), **options)
    if in_line:  # behind another one, which does not end
        definition = JobDef(Agent("child", metadata={"MODEL": "scripted/child", "MAX_RUNNING_JOBS": "1"}))
        first = store.submit(definition)
        eventually(lambda: first.status is JobStatus.STARTED)
    parent = store.submit(agent("parent", ["I wait.", "I see."])).wait(30)
    child = store.submit(definition, parent=parent)
    if act is not None:
        act(child)
    eventually(lambda: outcome(parent)[0], 30)
    eventually(lambda: outcome(parent)[3] == 1 and parent.status is JobStatus.DONE, 30)
    completed, text, failure, told = outcome(parent)
    assert (completed, text, told) == (True, result, 1)
    assert (failure is None) == (error is None) and (error or "") in (failure or "")
    assert parent.result == "I see." and parent.read(lambda job: job.num_completions) == 1


def test_a_handler_is_completed_once(store: Store, worker: Worker) -> None:
    """A subtask that is brought back and ends again changes nothing for its parent."""
    parent = store.submit(agent("parent", ["I wait.", "I see."])).wait(30)
    child = store.submit(agent("child", ["one", "two"]), parent=parent).wait(30)
    eventually(lambda: outcome(parent)[3] == 1)
    child.send("once more")
    child.wait(30)
    assert child.result == "two" and outcome(parent) == (True, "one", None, 1)


def test_a_parent_that_was_stopped_is_not_started_again(store: Store, worker: Worker) -> None:
    """The end of a subtask is noted, and nothing else."""
    parent = store.submit(agent("parent", [LOOP]))
    eventually(lambda: "in\n" in parent.console)
    child = store.submit(agent("child", [LOOP]), parent=parent)
    eventually(lambda: "in\n" in child.console)
    parent.stop("enough")
    parent.wait(30)
    child.wait(30)
    eventually(lambda: outcome(parent)[3] == 1)
    assert parent.status is JobStatus.DONE and "enough" in str(parent.error) and "enough" in str(child.error)


def test_a_parent_that_works_is_told_at_its_next_turn(store: Store, worker: Worker) -> None:
    """Behind the output of the code that ran, never inside it."""
    go = ["```python\nimport time\nwhile not done(): time.sleep(0.01)\nprint('after')\n```", "I see."]
    register_model("parent", ScriptedModel(go))
    definition = JobDef(Agent("parent", tools=[done], metadata={"MODEL": "scripted/parent"}))
    parent = store.submit(definition)
    FINISHED.clear()
    store.submit(agent("child", ["ready"]), parent=parent).wait(30)
    FINISHED.append(True)
    parent.wait(30)
    kinds = [type(entry).__name__ for entry in parent.chat_log]
    assert kinds == ["LLM_LogItem", "SubTaskLogItem", "LLM_LogItem"]
    assert parent.read(lambda job: job.num_completions) == 0


FINISHED: list[bool] = []


def done() -> bool:
    """Whether the child has ended."""
    return bool(FINISHED)


def test_a_job_that_would_end_is_told_first(store: Store, worker: Worker) -> None:
    """Its answer was given without knowing: it goes on instead, and gives another one."""
    FINISHED.clear()
    code = "```python\nimport time\nwhile not done(): time.sleep(0.01)\nexit('too early')\n```"
    register_model("parent", ScriptedModel([code, "Now I know."]))
    parent = store.submit(JobDef(Agent("parent", tools=[done], metadata={"MODEL": "scripted/parent"})))
    store.submit(agent("child", ["ready"]), parent=parent).wait(30)
    FINISHED.append(True)
    assert parent.wait(30).result == "Now I know."
    assert parent.read(lambda job: job.num_completions) == 0


def test_deleting_a_subtask_keeps_its_outcome(store: Store, worker: Worker) -> None:
    """The parent still knows what it gave; what it spent stays spent."""
    parent = store.submit(agent("parent", ["I wait.", "I see."])).wait(30)
    child = store.submit(agent("child", ["found it"]), parent=parent).wait(30)
    spent = child.usage.total_known_cost
    eventually(lambda: outcome(parent)[3] == 1 and parent.status is JobStatus.DONE)
    child.delete()
    assert outcome(parent) == (True, "found it", None, 1)
    assert spent and parent.subtree_usage.total_known_cost == spent + (parent.usage.total_known_cost or 0)
    (handler,) = [entry.handler for entry in parent.chat_log if isinstance(entry, SubTaskLogItem)]
    assert isinstance(handler, SubTaskHandler) and handler.job is None and handler.result == "found it"
    assert store.verify().ok
