"""Jobs run from their warmup to their end on a real store, with scripted models."""

from __future__ import annotations

from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem, SystemLogItem, UserLogItem, WarmupLogItem
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.locale import StatekLocale
from statek_jupyter.llm import registry
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import Store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually


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


def test_a_done_job_goes_on_with_a_message(store: Store, worker: Worker) -> None:
    """The conversation continues on the same variables."""
    handle = store.submit(define(["```python\nx = 1\n```", "One.", "```python\nx += 1\n```", "Two."])).wait(30)
    assert handle.result == "One."
    handle.send("and now?")
    assert handle.wait(30).result == "Two."
    assert handle.locals["x"] == 2
    assert [item.message for item in handle.chat_log if isinstance(item, UserLogItem)] == ["and now?"]


def test_the_model_is_told_of_the_variables_it_is_given(store: Store) -> None:
    """By name, type and a short text, before anything else."""
    handle = run(store.submit(define(["Done."]), locals={"rows": [1, 2], "path": "a.txt"}), timeout=30)
    told = handle.chat_log[0]
    assert isinstance(told, SystemLogItem) and "rows (list): [1, 2]" in told.message and "path (str)" in told.message


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


def test_a_script_that_runs_out_is_told_and_can_be_resumed(store: Store, worker: Worker) -> None:
    """The error names the turn; with a longer script the job goes on at the same turn."""
    handle = store.submit(define(["```python\nx = 1\n```"])).wait(30)
    assert "request 2" in str(handle.error) and handle.turns == 1
    register_model("test", ScriptedModel(["unused", "Now it is done."]))
    handle.resume()
    eventually(lambda: handle.result == "Now it is done.")


def test_a_locale_is_told_in_the_prompt_and_beside_each_message(store: Store) -> None:
    """The rule once, the hint with every message of the person."""
    seen: list[list[dict[str, Any]]] = []

    def answer(messages: list[dict[str, Any]], **request: Any) -> str:
        seen.append(messages)
        return "Fertig."

    register_model("seer", FunctionModel(answer))
    definition = JobDef(Agent("t", metadata={"MODEL": "function/seer"}), locale=StatekLocale("DE"))
    run(store.submit(definition, message="Hallo"), timeout=30)
    system, message = (str(message["content"]) for message in seen[0])
    assert "German" in system and message == "Hallo\n\n(antworte auf Deutsch)"


def test_a_person_may_answer_without_the_inbox(store: Store, worker: Worker) -> None:
    """A view in the same process can give the reply directly."""
    handle = store.submit(JobDef(Agent("t", metadata={"MODEL": "human"})))
    eventually(lambda: registry.human().answer(handle.id, "Yes."))
    assert handle.wait(30).result == "Yes." and handle.error is None
