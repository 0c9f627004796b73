"""Tools of an agent in its job's code, in its replies, and their handlers when it dies."""

from __future__ import annotations

import asyncio
from typing import Any

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.current_job import get_current_job
from statek_jupyter.executors.error_handler import error_handler
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.model import ModelReply, ToolCall
from statek_jupyter.store import Store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually


@tool
def lookup(key: str) -> str:
    """Find a value."""
    return {"a": "apple"}[key]


@tool
async def slow_lookup(key: str) -> str:
    """Find a value, asynchronously."""
    await asyncio.sleep(0)
    return key.upper()


def test_code_calls_the_agents_tools_with_and_without_await(store: Store) -> None:
    """Tools are there without an import; an async one needs no await; none of them is a variable."""
    code = "```python\nx = lookup('a')\ny = slow_lookup('b')\nz = await slow_lookup('c')\nprint(x, y, z)\n```"
    handle = run(define([code, "Done here."], tools=[lookup, slow_lookup]), store=store, timeout=30)
    assert outputs(handle) == "apple B C\n" and set(handle.locals) == {"x", "y", "z"}


def test_tool_calls_of_a_reply_are_answered_one_by_one(store: Store) -> None:
    """Each gets its own result or error; code calls share the workspace."""
    calls = (
        ToolCall("c1", "lookup", {"key": "a"}),
        ToolCall("c2", "lookup", {"key": "z"}),
        ToolCall("c3", "python", {"code": "n = 5\nn"}),
        ToolCall("c4", "no-such tool", {}),
    )
    definition = define([ModelReply(tool_calls=calls), "Done."], tools=[lookup], _chat_style=ChatStyle.DIRECT)
    handle = run(definition, store=store, timeout=30)
    turn = handle.chat_log[0]
    assert isinstance(turn, LLM_LogItem)
    results = [(r.call_id, r.text, r.error.type_name if r.error else None) for r in turn.tool_results]
    assert results == [("c1", "apple", None), ("c2", "", "KeyError"), ("c3", "", None), ("c4", "", "NameError")]
    assert (
        [(output.text, output.part) for output in turn.outputs] == [("5", 2)]
        and handle.result == "Done."
        and handle.locals["n"] == 5
    )


def test_a_tools_error_handler_gets_its_result_when_the_job_dies(store: Store, worker: Worker) -> None:
    """What a tool claimed is released, also when the process that claimed it is not the one that ends the job."""
    calls.clear()
    definition = define(["```python\nclaimed = reserve('seat 1')\n```", "```python\nx = 1\n```"], tools=[reserve])
    handle = store.submit(definition).wait(30)
    assert "request 3" in str(handle.error)
    eventually(lambda: calls == [("seat 1", "ModelError")])


@error_handler
def _release(context: Any, error: BaseException | None = None) -> None:
    """Give back what was claimed."""
    calls.append((context, type(error).__name__))


@tool(error_handler=_release)
def reserve(what: str) -> str:
    """Claim something outside."""
    return what


def test_a_tool_reaches_the_variables_of_its_job(store: Store) -> None:
    """Through the current job: live values, also those of the running block."""
    code = "```python\nprice = 3.5\nlabel = 'x'\nprint(floats_seen())\n```"
    handle = run(define([code, "Done here."], tools=[floats_seen]), store=store, timeout=30)
    assert outputs(handle) == "[3.5]\n" and handle.locals["seen"] == 1


def floats_seen() -> list[float]:
    """The numbers among the job's variables."""
    job = get_current_job()
    job.add_locals(seen=1)
    return list(job.find_locals(float))


def test_handlers_are_called_once_when_a_job_dies(store: Store) -> None:
    """With their context and the error; one that fails does not stop the next, and is remembered."""
    calls.clear()
    job = Job(define([], warmup_code="1/0"))
    job.add_error_handler(record_call, "first")
    job.add_error_handler(fail_call, "second")
    job.add_error_handler(record_call, "third")
    handle = run(job, store=store, timeout=30)
    eventually(lambda: len(calls) == 2)
    assert calls == [("first", "ZeroDivisionError"), ("third", "ZeroDivisionError")]
    eventually(lambda: len(handle.read(lambda job: job.handler_errors)) == 1)


calls: list[tuple[Any, str]] = []


def record_call(context: Any, error: BaseException | None = None) -> None:
    """An error handler that takes note."""
    calls.append((context, type(error).__name__))


def fail_call(context: Any, error: BaseException | None = None) -> None:
    """An error handler that fails."""
    raise RuntimeError("handler")
