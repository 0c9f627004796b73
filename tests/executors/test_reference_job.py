"""Every row of the reference's tables about jobs, in memory and read back from a database."""

from __future__ import annotations

import gc
import inspect
import weakref
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from persistent.mapping import PersistentMapping

from statek_jupyter.errors import BadModelError, FutureError
from statek_jupyter.executors.chat_log import ChatLog, LLM_LogItem, SubTaskLogItem, UserLogItem
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.executors.pyenv import PyEnv
from statek_jupyter.executors.subtask import SubTaskHandler
from statek_jupyter.executors.usage import CallUsage, LLM_Usage
from tests.executors.kept import Database, Keep, a_job, a_job_def, an_agent

called: list[tuple[Any, str]] = []


@pytest.fixture(autouse=True)
def forget_calls() -> None:
    called.clear()


def note_call(context: Any, error: Exception | None = None) -> None:
    called.append((context, str(error)))


def fail(context: Any, error: Exception | None = None) -> None:
    called.append((context, "failing"))
    raise OSError(f"cannot release {context}")


def give_seven(future: FutureResult) -> int:
    return 7


def give_nothing_yet(future: FutureResult) -> int:
    raise FutureError(future)


def ready() -> FutureResult:
    future = FutureResult()
    future.set_complement_functions(give_seven)
    return future


def unready() -> FutureResult:
    future = FutureResult()
    future.set_complement_functions(give_nothing_yet)
    return future


def finished(id: Any = None, result: Any = "done", error: Any = None) -> SubTaskHandler:
    handler = SubTaskHandler(a_job(), id)
    handler.complete(None if error else result, error)
    return handler


# --- parameters -----------------------------------------------------------------------------------


def test_row_Job_parameters_in_order() -> None:
    """Positional arguments mean what the reference says."""
    assert list(inspect.signature(Job).parameters) == [
        "job_def", "job_status", "py_env", "chat_log", "awaited_result", "next_instr_num", "warmup_block_num", "error",
        "created_at", "parent_job", "model_family", "model",
    ]  # fmt: skip
    when = datetime(2024, 1, 2, tzinfo=UTC)
    error, parent, future, env = JobDefError(ValueError("x")), a_job(), ready(), PyEnv()
    job = Job(a_job_def(), JobStatus.SUSPENDED, env, ["hi"], future, 3, 2, error, when, parent, "openai", "gpt-5")
    assert (job.status, job.py_env, list(job.chat_log), job.awaited_result) == (
        JobStatus.SUSPENDED,
        env,
        ["hi"],
        future,
    )
    assert (job.next_instr_num, job.warmup_block_num, job.error) == (3, 2, error)
    assert (job.created_at, job.parent_job, job.model_family, job.model) == (when, parent, "openai", "openai/gpt-5")


# --- attributes -----------------------------------------------------------------------------------


def test_row_Job_job_def(keep: Keep[Job]) -> None:
    """The definition is kept; changing it afterwards does not change what the job took from it."""
    job = keep(a_job(job_def=a_job_def(warmup_code="x = 1")))
    job.job_def.update_warmup_code("y = 2")
    assert (job.job_def.warmup_code, job.warmup_blocks) == ("y = 2", ("x = 1",))


def test_row_Job_parent_job(keep: Keep[Job]) -> None:
    """The parent of a subtask is the parent's job; others have none."""
    job = keep(a_job(parent_job=a_job(model="a/parent")))
    assert job.parent_job is not None and job.parent_job.model == "a/parent"
    assert keep(a_job()).parent_job is None


def test_row_Job_py_env(keep: Keep[Job]) -> None:
    """Locals, console and exit status are in the environment."""
    job = keep(a_job(py_env=PyEnv(local_state={"x": 1}, console=["before"], exit_status="bye")))
    assert dict(job.py_env.local_state) == {"x": 1}
    assert (job.py_env.console, job.py_env.exit_status) == (["before"], "bye")
    assert job.result is None
    job.py_env.exited = True
    assert job.result == "bye"


def test_row_Job_chat_log(keep: Keep[Job]) -> None:
    """The log keeps texts and items in order, and gives each item its own id."""
    job = keep(a_job(chat_log=["first", UserLogItem("second"), LLM_LogItem("print(1)", turn=1)]))
    job.chat_log.append(UserLogItem("third"))
    assert job.chat_log[0] == "first"
    assert [entry.id for entry in job.chat_log if not isinstance(entry, str)] == [1, 2, 3]
    assert isinstance(job.chat_log, ChatLog) and job.py_env.chat_log is job.chat_log


def test_row_Job_awaited_result(keep: Keep[Job]) -> None:
    """The future that suspended the job, which says what is awaited."""
    future = unready()
    future.source = "the courier"
    job = keep(a_job(job_status=JobStatus.SUSPENDED, awaited_result=future))
    assert job.awaited_result is not None and not job.awaited_result.check_condition()
    assert job.awaiting == "the courier"
    job.set_status(JobStatus.STARTED)
    assert job.awaiting is None


def test_row_Job_next_instr_num(keep: Keep[Job]) -> None:
    """The statement to go on at; bringing a DONE job back forgets it."""
    job = keep(a_job(job_status=JobStatus.DONE, next_instr_num=4))
    assert job.next_instr_num == 4
    job.reactivate()
    assert job.next_instr_num is None


def test_row_Job_warmup_block_num(keep: Keep[Job]) -> None:
    """None before the first block, then the index of the current one."""
    assert keep(a_job()).warmup_block_num is None
    assert keep(a_job(warmup_block_num=1)).warmup_block_num == 1


def test_row_Job_error(keep: Keep[Job]) -> None:
    """The error given is the error kept; bringing a DONE job back forgets it."""
    job = keep(a_job(error=JobDefError(ValueError("broken")), job_status=JobStatus.DONE))
    assert job.error is not None and job.error.error_message == "broken"
    job.push_user_message("try again")
    assert job.error is None


def test_row_Job_created_at(keep: Keep[Job]) -> None:
    """Now, aware and in UTC, unless given."""
    assert datetime.now(UTC) - keep(a_job()).created_at < timedelta(minutes=1)
    when = datetime(2020, 5, 17, tzinfo=UTC)
    assert keep(a_job(created_at=when)).created_at == when


def test_row_Job_usage(keep: Keep[Job]) -> None:
    """Usage begins at zero and adds calls, each at the cost it had when it was made."""
    job = keep(a_job())
    assert job.usage == LLM_Usage() and job.usage.total_cost is None
    job.usage = job.usage.plus(CallUsage("a", 100, 40, 10, cost_usd=Decimal("0.25"), cost_source="provider"))
    job.usage = job.usage.plus(CallUsage("b", 5, 0, 1))
    assert (job.usage.total_input_tokens, job.usage.total_cached_tokens, job.usage.total_output_tokens) == (105, 40, 11)
    assert (job.usage.total_cost, job.usage.unknown_cost_calls) == (0.25, 1)


def test_row_Job_num_completions(keep: Keep[Job]) -> None:
    """Every way of bringing a DONE job back counts, by message and by notification (statek missed the second)."""
    job = keep(a_job())
    assert job.push_user_message("hello") is False and job.num_completions == 0
    for count, wake in enumerate((lambda: job.push_user_message("more"), lambda: job.push_notification(finished())), 1):
        job.set_status(JobStatus.DONE)
        wake()
        assert (job.num_completions, job.status) == (count, JobStatus.STARTED)


# --- members --------------------------------------------------------------------------------------


def test_row_Job_status(keep: Keep[Job]) -> None:
    """The status set is the status read."""
    job = keep(a_job(job_status=JobStatus.WARMING_UP))
    assert job.status is JobStatus.WARMING_UP
    job.set_status(JobStatus.STARTED)
    assert job.status is job.job_status is JobStatus.STARTED


def test_row_Job_model(keep: Keep[Job]) -> None:
    """The definition's model, unless the job has its own; one concrete model is asked at a time."""
    metadata = {"MODEL": "L:a,M:b,H:c", "DEFAULT_DIFFICULTY": "low"}
    job = keep(a_job(job_def=a_job_def(metadata=metadata)))
    assert (job.model, job.concrete_model(), job.concrete_model("H")) == ("L:a,M:b,H:c", "a", "c")
    job.panic()
    assert job.concrete_model() == "b"
    assert keep(a_job(job_def=a_job_def(metadata=metadata), model="x/y:z")).model == "x/y:z"
    with pytest.raises(BadModelError):
        a_job(model="L:a")


def test_difficulty_goes_up_to_high_and_no_further() -> None:
    """`panic` raises the difficulty a level; above high there is none."""
    job = a_job(job_def=a_job_def(metadata={"MODEL": "a", "DEFAULT_DIFFICULTY": "M"}))
    job.panic()
    with pytest.raises(RuntimeError, match="high already"):
        job.panic()


def test_row_Job_model_family(keep: Keep[Job]) -> None:
    """The family of the definition's model, or of the job's own."""
    assert keep(a_job()).model_family == "openai"
    assert keep(a_job(model_family="anthropic", model="claude")).model_family == "anthropic"
    assert keep(a_job(model="llama3:8b")).model_family is None


def test_row_Job_system_prompt(keep: Keep[Job]) -> None:
    """Sections of the difficulty, values from the params; unknown names and braces stay (statek raised KeyError)."""
    text = 'You are {name}. Reply like {"a": {unknown}}.\n\n## H: Hard\nthink\n\n## Always\n{tools}'
    job = keep(a_job(job_def=a_job_def(agent=an_agent(system_prompt=text), job_params={"name": "Ada"})))
    assert job.system_prompt() == 'You are Ada. Reply like {"a": {unknown}}.\n\n## Always\n'
    assert "## Hard\nthink" in job.system_prompt("high")
    assert keep(a_job()).system_prompt() == ""


def test_row_Job_find_locals(keep: Keep[Job]) -> None:
    """By name, by type, or all; the persistent context too unless told not to; futures are resolved."""
    job = keep(a_job())
    job.add_locals(n=1, s="x", soon=ready(), later=unready())
    job.py_env.update_context(n=100, c=2)
    assert list(job.find_locals(var_name="n")) == [1]
    assert list(job.find_locals(var_name="c")) == [2]
    assert list(job.find_locals(var_name="c", ext_scan=False)) == []
    assert list(job.find_locals(var_name="soon")) == [7]
    assert list(job.find_locals(var_name="n", var_type=str)) == []
    assert sorted(job.find_locals(int)) == [1, 2, 7]
    assert sorted(job.find_locals(int, ext_scan=False)) == [1, 7]
    assert len(list(job.find_locals())) == 5
    with pytest.raises(FutureError):
        list(job.find_locals(var_name="later"))


def test_row_Job_add_locals(keep: Keep[Job]) -> None:
    """Values are set and overwrite, others stay."""
    job = keep(a_job(py_env=PyEnv(local_state={"a": 1, "b": 2})))
    job.add_locals(b=3, c=4)
    assert dict(job.py_env.local_state) == {"a": 1, "b": 3, "c": 4}


def test_row_Job_find_sub_task_handler(keep: Keep[Job]) -> None:
    """The newest, pending before logged; or the newest of an id; None when there is none at all."""
    job = keep(a_job())
    assert job.find_sub_task_handler() is None
    first, second, third = finished("one"), finished("two"), finished("one")
    job.push_notification(first)
    job.flush_notifications()
    assert job.find_sub_task_handler() is first
    job.push_notification(second)
    assert job.find_sub_task_handler() is second
    assert job.find_sub_task_handler("one") is first
    job.push_notification(third)
    assert job.find_sub_task_handler("one") is third


def test_row_Job_push_notification(keep: Keep[Job]) -> None:
    """A working parent hears at the next boundary; a DONE one is brought back with the notification in its log."""
    job = keep(a_job(job_status=JobStatus.STARTED))
    job.push_notification(finished("a"))
    assert (len(job.chat_log), len(job.pending_notifications)) == (0, 1)
    job.set_status(JobStatus.DONE)
    job.push_notification(finished("b", error="no luck"))
    assert (job.status, job.pending_notifications) == (JobStatus.STARTED, ())
    logged = [entry.handler for entry in job.chat_log if isinstance(entry, SubTaskLogItem)]
    assert [one.id for one in logged] == ["a", "b"]
    assert [one.get_log_message() for one in logged] == [
        "[Notification] sub-task id=a completed successfully.",
        "[Error] sub-task id=b failed with no luck",
    ]


def test_row_Job_push_notification_raises_RuntimeError(keep: Keep[Job]) -> None:
    """A subtask that has not completed cannot notify."""
    job = keep(a_job())
    with pytest.raises(RuntimeError, match="not completed"):
        job.push_notification(SubTaskHandler(a_job(), "early"))
    assert job.pending_notifications == ()


def test_row_Job_find_sub_task_handler_raises_RuntimeError(keep: Keep[Job]) -> None:
    """Asking for an id that has not completed says so, with the id."""
    job = keep(a_job())
    job.push_notification(finished("other"))
    with pytest.raises(RuntimeError, match=r"sub-task id=wanted has not completed"):
        job.find_sub_task_handler("wanted")


def test_row_Job_add_ext_ref(database: Database) -> None:
    """A reference survives a restart and does not keep the object; values without identity are left out."""
    kept = database.reread(PersistentMapping(x=1))
    job = a_job()
    job.add_ext_ref(kept)
    job.add_ext_ref(kept)
    job.add_ext_ref("text")
    again = database.reread(job)
    assert again.contains_ext_ref(kept) and not again.contains_ext_ref("text")
    short_lived = PersistentMapping()
    again.add_ext_ref(short_lived)
    still_there = weakref.ref(short_lived)
    del short_lived
    gc.collect()
    assert still_there() is None


def test_row_Job_contains_ext_ref() -> None:
    """By identity, in memory too: an equal object is another one."""
    one, other = PersistentMapping(x=1), PersistentMapping(x=1)
    job = a_job()
    assert not job.contains_ext_ref(one)
    job.add_ext_ref(one)
    assert job.contains_ext_ref(one) and not job.contains_ext_ref(other)


def test_row_Job_add_error_handler(keep: Keep[Job]) -> None:
    """A handler is called with its context and the error, also after a restart, also one made in a notebook cell."""
    job = a_job()
    job.add_error_handler(note_call, "claim 1")
    job.add_error_handler(lambda context, error=None: context.append(str(error)), ["a list"])
    job = keep(job)
    context = job.error_handlers[1].context.load()
    job.notify_handlers(ValueError("died"))
    assert called == [("claim 1", "died")]
    assert context == ["a list", "died"]


def test_row_Job_add_error_handlers_from(keep: Keep[Job]) -> None:
    """The parent's handlers of now are copied; later ones are not seen, and the parent keeps its own."""
    parent = a_job()
    parent.add_error_handler(note_call, "inherited")
    job = a_job()
    job.add_error_handler(note_call, "own")
    job.add_error_handlers_from(parent)
    parent.add_error_handler(note_call, "later")
    job = keep(job)
    job.notify_handlers()
    assert [context for context, _ in called] == ["own", "inherited"]
    assert len(parent.error_handlers) == 2


def test_row_Job_notify_handlers(keep: Keep[Job]) -> None:
    """Each handler is called once, in order; one that fails is recorded on the job and stops no other."""
    job = a_job()
    for handler, context in ((note_call, 1), (fail, 2), (note_call, 3)):
        job.add_error_handler(handler, context)
    job = keep(job)
    job.notify_handlers(ValueError("died"))
    job.notify_handlers(ValueError("again"))
    assert called == [(1, "died"), (2, "failing"), (3, "died")]
    (failure,) = job.handler_errors
    assert str(failure) == "OSError: cannot release 2" and failure.traceback


def test_row_Job_tokens_per_sec(keep: Keep[Job]) -> None:
    """Provider tokens over model time, calls without a known time left out; 0.0 when there is none."""
    job = keep(a_job())
    assert job.tokens_per_sec() == 0.0
    for call in (
        CallUsage("a", 10, 0, 60, seconds=2.0),
        CallUsage("a", 10, 0, 40, seconds=3.0),
        CallUsage("a", 9, 0, 9),
    ):
        job.usage = job.usage.plus(call)
    assert job.tokens_per_sec() == 20.0


def test_row_Job_approx_token_usage(keep: Keep[Job]) -> None:
    """A quarter of the bytes sent and received, rounded down."""
    job = keep(a_job())
    assert job.approx_token_usage == 0
    job.usage = job.usage.plus(CallUsage("a", bytes_sent=100, bytes_received=7))
    assert job.approx_token_usage == 26
