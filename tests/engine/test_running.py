"""Jobs run from their warmup to their end on a real store, with scripted models."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from statek_jupyter.engine.claims import Claimant, claim
from statek_jupyter.engine.commits import begin_ask
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem, SystemLogItem, UserLogItem, WarmupLogItem
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.current_job import get_current_job
from statek_jupyter.executors.error_handler import error_handler
from statek_jupyter.executors.inbox import StopRequest
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.model import ModelReply, ToolCall
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store
from tests.waiting import eventually


@pytest.fixture
def worker(store: Store) -> Iterator[Worker]:
    """A worker on the test's store."""
    with Worker(store) as running:
        yield running


def define(replies: list[Any], **options: Any) -> JobDef:
    """A definition whose model answers with these replies."""
    register_model("test", ScriptedModel(replies))
    tools = options.pop("tools", ())
    agent = Agent("tester", "Test.", tools=tools, metadata={"MODEL": "scripted/test"})
    return JobDef(agent, **options)


def outputs(handle: JobHandle) -> str:
    """Everything the job printed and echoed."""
    return "".join(handle.console)


def test_a_job_runs_from_warmup_to_its_final_answer(store: Store) -> None:
    """Warmup, code, its output, another turn on the same variables, the answer in prose."""
    replies = ["```python\ntotal = sum(numbers)\ntotal\n```", "```python\nprint(total * 2)\n```", "The total is 6."]
    handle = run(define(replies, warmup_code="numbers = [1, 2, 3]\nprint('ready')"), store=store, timeout=30)
    assert (handle.status, handle.result, handle.error) == (JobStatus.DONE, "The total is 6.", None)
    assert dict(handle.locals) == {"numbers": [1, 2, 3], "total": 6}
    assert outputs(handle) == "ready\n612\n"
    assert [type(item) for item in handle.chat_log] == [WarmupLogItem, LLM_LogItem, LLM_LogItem, LLM_LogItem]
    assert handle.usage.num_calls == handle.turns == 3


def test_the_model_is_shown_what_its_code_gave(store: Store) -> None:
    """Each request holds the warmup, the replies as they were, and what came of them."""
    seen: list[list[dict[str, Any]]] = []

    def answer(messages: list[dict[str, Any]], **request: Any) -> str:
        seen.append(messages)
        return ["```python\nx = 2 + 2\nx\n```", "```python\n1/0\n```", "Done."][len(seen) - 1]

    register_model("seer", FunctionModel(answer))
    agent = Agent("tester", "Be brief.", metadata={"MODEL": "function/seer"})
    handle = run(JobDef(agent, warmup_code="print('warm')"), store=store, timeout=30)
    assert handle.result == "Done."
    first, second, third = ["\n".join(str(m["content"]) for m in messages) for messages in seen]
    assert "Be brief." in first and "print('warm')" in first and "> warm" in first
    assert "```python\nx = 2 + 2\nx\n```" in second and "> 4" in second
    assert "ZeroDivisionError" in third and "division by zero" in third


def test_an_error_keeps_what_ran_before_it(store: Store) -> None:
    """Statements before the failing one stay; those after it do not run."""
    handle = run(define(["```python\na = 1\nb = []\nb.append(1); 1/0\nc = 3\n```", "Sorry."]), store=store, timeout=30)
    assert dict(handle.locals) == {"a": 1, "b": [1]}
    turn = handle.chat_log[0]
    assert isinstance(turn, LLM_LogItem) and turn.error is not None
    assert (turn.error.type_name, turn.error.line, turn.executed) == ("ZeroDivisionError", 3, True)
    assert handle.read(lambda job: job.next_instr_num) is None


def test_functions_classes_imports_and_deletions_survive_the_turn(store: Store) -> None:
    """What a turn defines is there in the next one, and what it deletes is not."""
    replies = [
        "```python\nimport math\nclass Point:\n    x = 1\ndef double(n):\n    return n * 2\ngone = 1\n```",
        "```python\ndel gone\nprint(double(Point.x), math.floor(2.5), 'gone' in globals())\n```",
        "ok, done",
    ]
    handle = run(define(replies), store=store, timeout=30)
    assert outputs(handle) == "2 2 False\n"
    assert handle.locals["double"](21) == 42


@pytest.mark.parametrize(
    ("code", "status"),
    [("exit()", None), ("exit(3)", 3), ("exit({'a': [1]})", {"a": [1]}), ("import sys; sys.exit('x')", "x")],
)
def test_exit_ends_the_job_with_its_status(store: Store, code: str, status: Any) -> None:
    """Nothing after it runs, and any value will do, None among them."""
    handle = run(define([f"```python\nfor i in range(3):\n    {code}\nlate = 1\n```"]), store=store, timeout=30)
    assert handle.status is JobStatus.DONE and handle.error is None
    assert handle.result == status and handle.read(lambda job: job.py_env.exited)
    assert "late" not in handle.locals


def test_an_exit_status_of_the_jobs_own_class_is_a_variable(store: Store) -> None:
    """It needs the job to be read, so it is kept with the job's variables."""
    code = "```python\nclass Found:\n    n = 5\nexit(Found())\n```"
    handle = run(define([code]), store=store, timeout=30)
    assert handle.result.n == 5 and type(handle.result).__name__ == "Found" and "exit_status" in handle.locals


def test_a_secret_a_job_prints_is_not_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the output, nor in the echo, nor in the error."""
    monkeypatch.setenv("SOME_API_KEY", "correct-horse-battery")
    code = "import os\nkey = lambda: os.environ['SOME_API_KEY']\nprint(key())\nkey()\nraise ValueError(key())"
    handle = run(define([f"```python\n{code}\n```", "Done."]), store=store, timeout=30)
    told = str([(list(item.outputs), item.error) for item in handle.chat_log if isinstance(item, LLM_LogItem)])
    assert told.count("[key removed]") >= 3 and "correct-horse" not in told


def test_exit_cannot_be_swallowed(store: Store) -> None:
    """A bare except around it keeps the statement going, not the job."""
    code = "```python\ntry:\n    exit('end')\nexcept BaseException:\n    pass\nlate = 1\n```"
    handle = run(define([code]), store=store, timeout=30)
    assert handle.result == "end" and "late" not in handle.locals


def test_answer_ends_the_job_with_prose(store: Store) -> None:
    """`answer(text)` is the code's way to a final reply."""
    handle = run(define(["```python\nanswer(f'{6 * 7}')\n```"]), store=store, timeout=30)
    assert (handle.status, handle.result) == (JobStatus.DONE, "42")


def test_a_failing_warmup_ends_the_job_and_is_told_in_both_places(store: Store) -> None:
    """At the definition and at the job; no model is asked."""
    handle = run(define([], warmup_code="x = 1\nundefined_name"), store=store, timeout=30)
    error = handle.error
    assert error is not None and "undefined_name" in error.error_message
    assert handle.read(lambda job: [e.error_message for e in job.job_def.get_errors()]) == [error.error_message]
    assert handle.turns == 0 and handle.locals["x"] == 1


def test_warmup_blocks_run_in_order_and_are_items_of_their_own(store: Store) -> None:
    """The separator divides blocks; each has its own output."""
    code = "a = 1\nprint('one')\n# --------------------\nb = a + 1\nprint('two')"
    handle = run(define(["Done here."], warmup_code=code), store=store, timeout=30)
    blocks = [item for item in handle.chat_log if isinstance(item, WarmupLogItem)]
    assert [(item.warmup_block_num, item.console) for item in blocks] == [(0, "one\n"), (1, "two\n")]
    assert handle.locals["b"] == 2


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


def test_a_done_job_goes_on_with_a_message(store: Store, worker: Worker) -> None:
    """The conversation continues on the same variables."""
    handle = store.submit(define(["```python\nx = 1\n```", "One.", "```python\nx += 1\n```", "Two."])).wait(30)
    assert handle.result == "One."
    handle.send("and now?")
    eventually(lambda: handle.result == "Two." and handle.status is JobStatus.DONE)
    assert handle.locals["x"] == 2
    assert [item.message for item in handle.chat_log if isinstance(item, UserLogItem)] == ["and now?"]


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
    (held,) = store.run(lambda root: claim(root, claimant, 1))
    handle.send("hello")
    handle.stop("now")
    store.run(lambda root: begin_ask(root, held, "scripted/test"))
    assert [type(entry) for entry in handle.read(lambda job: job.inbox.pending())] == [StopRequest]
    asyncio.run(Driver(store, held).run())
    assert "stopped: now" in str(handle.error) and handle.turns == 0


def test_the_model_is_told_of_the_variables_it_is_given(store: Store) -> None:
    """By name, type and a short text, before anything else."""
    handle = run(store.submit(define(["Done."]), locals={"rows": [1, 2], "path": "a.txt"}), timeout=30)
    told = handle.chat_log[0]
    assert isinstance(told, SystemLogItem) and "rows (list): [1, 2]" in told.message and "path (str)" in told.message


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


def test_an_unknown_model_leaves_the_job_to_a_process_that_has_it(store: Store, worker: Worker) -> None:
    """A scripted model of another process is not an error of the job."""
    handle = store.submit(JobDef(Agent("t", metadata={"MODEL": "scripted/elsewhere"})))
    other = store.submit(define(["Done."])).wait(30)
    assert other.status is JobStatus.DONE and handle.status is JobStatus.READY
    register_model("elsewhere", ScriptedModel(["Here."]))
    assert handle.wait(30).result == "Here."


def test_a_person_answers_a_request_with_a_message(store: Store, worker: Worker) -> None:
    """With the model `human`, what is sent to the job is the reply; code in it runs."""
    handle = store.submit(JobDef(Agent("t", metadata={"MODEL": "human"}), warmup_code="n = 20"))
    handle.send("```python\nn += 1\nn\n```")
    eventually(lambda: handle.turns == 1 and handle.locals["n"] == 21)
    handle.send("It is 21.")
    assert handle.wait(30).result == "It is 21."
    assert handle.usage.total_cost in (None, 0.0) and handle.read(lambda job: job.inbox.pending()) == ()
    assert not [item for item in handle.chat_log if isinstance(item, UserLogItem)]


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


def test_a_script_that_runs_out_is_told_and_can_be_resumed(store: Store, worker: Worker) -> None:
    """The error names the turn; with a longer script the job goes on at the same turn."""
    handle = store.submit(define(["```python\nx = 1\n```"])).wait(30)
    assert "request 2" in str(handle.error) and handle.turns == 1
    register_model("test", ScriptedModel(["unused", "Now it is done."]))
    handle.resume()
    eventually(lambda: handle.result == "Now it is done.")


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
