"""Jobs that start other jobs, wait for them, and are told."""

from __future__ import annotations

from typing import Any

import pytest

from statek_jupyter.engine.request import job_system_prompt
from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem, SubTaskLogItem
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.locale import StatekLocale
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store, open_store
from tests.engine.delegating import boss, code, research, researchers
from tests.waiting import eventually


def kinds(handle: JobHandle) -> list[str]:
    return [type(entry).__name__ for entry in handle.chat_log]


def last_error(handle: JobHandle) -> str:
    items = [entry for entry in handle.chat_log if isinstance(entry, LLM_LogItem) and entry.error is not None]
    return str(items[-1].error)


def test_code_delegates_and_waits(store: Store, worker: Worker) -> None:
    """The child is a job of its own, with its own variables; its result is the value of the wait."""
    researchers(code("exit('all about ' + topic)"))
    parent = store.submit(boss(code("h = research('owls', id='r1')", "found = wait_for_job(h)", "exit(found)")))
    assert parent.wait(30).result == "all about owls"
    (child,) = parent.children
    assert child.parent == parent and child.name == "r1" and child.agent == "researcher"
    assert child.locals["topic"] == "owls" and "topic" not in parent.locals
    assert kinds(parent) == ["LLM_LogItem", "SubTaskLogItem"]  # told, but not asked again
    assert parent.turns == 1


def test_children_run_at_the_same_time_and_are_awaited_together(store: Store, worker: Worker) -> None:
    """In coroutines, and with the handler itself as what is awaited."""
    researchers(code("exit(topic.upper())"))
    lines = (
        "import asyncio",
        "owls = research('owls')",
        "async def one(topic): return await research(topic)",
        "exit([await owls, *await asyncio.gather(one('cats'), one('dogs'))])",
    )
    parent = store.submit(boss(code(*lines))).wait(30)
    assert parent.result == ["OWLS", "CATS", "DOGS"]


def test_a_tool_may_start_several(store: Store, worker: Worker) -> None:
    """Handlers inside of what it returns are started too; results in the order of the calls."""
    researchers(code("exit(topic.upper())"))
    lines = ("hs = research_many(['a', 'b', 'c'])", "exit([(h.id, wait_for_job(h)) for h in hs])")
    parent = store.submit(boss(code(*lines))).wait(30)
    assert parent.result == [("a", "A"), ("b", "B"), ("c", "C")]
    assert [child.name for child in parent.children] == ["a", "b", "c"]


def test_an_async_factory_delegates_too(store: Store, worker: Worker) -> None:
    researchers(code("exit(topic)"))
    parent = store.submit(boss(code("h = research_later('x')", "exit(wait_for_job(h))"))).wait(30)
    assert parent.result == "x"


def test_a_handler_is_a_variable_like_any_other(store: Store) -> None:
    """Its state is read afresh, also by another process's copy of the variables."""
    researchers("It is about owls.")
    definition = boss(code("h = research('owls', id=7)", "state = h.state.name"), code("seen = h.result"), "Done.")
    with Worker(store):
        parent = store.submit(definition).wait(30)
        eventually(lambda: parent.result == "Done." and parent.children[0].status is JobStatus.DONE, 30)
    with open_store(store.where) as again:
        handler = again.job(parent.id).locals["h"]
        assert isinstance(handler, SubTaskHandler)
        assert (handler.id, handler.is_completed, handler.result, handler.error) == (7, True, "It is about owls.", None)
        assert str(handler) == "It is about owls." and "COMPLETED" in repr(handler)
        assert handler.job.parent == again.job(parent.id)


def test_notifications_come_between_turns_in_the_order_of_completion(store: Store, worker: Worker) -> None:
    """A parent that ends while children run is brought back by each that ends, and counts that."""
    register_model("researcher", ScriptedModel([code("r = wait_for_message()", "exit(r)")]))
    definition = boss(code("for t in 'ab': research(t, id=t)"), "I wait.", "One is in.", "Both are in.")
    parent = store.submit(definition).wait(30)
    first, second = parent.children
    second.send("from b")
    eventually(lambda: parent.result == "One is in.", 30)
    first.send("from a")
    eventually(lambda: parent.result == "Both are in.", 30)
    told = [entry for entry in parent.chat_log if isinstance(entry, SubTaskLogItem)]
    assert [(entry.handler.id, entry.handler.result_text) for entry in told] == [("b", "from b"), ("a", "from a")]
    assert parent.read(lambda job: job.num_completions) == 2


def test_find_sub_task_handler_knows_what_has_ended(store: Store, worker: Worker) -> None:
    """The newest, or one by its id; an id that has not ended is an error."""
    researchers(code("exit(topic.upper())"))
    lines = (
        "nothing = find_sub_task_handler()",
        "for t in 'ab': wait_for_job(research(t, id=t))",
        "newest, a = find_sub_task_handler().id, find_sub_task_handler('a').result",
        "find_sub_task_handler('c')",
    )
    parent = store.submit(boss(code(*lines), "Done.")).wait(30)
    assert (parent.locals["nothing"], parent.locals["newest"], parent.locals["a"]) == (None, "b", "A")
    assert "sub-task id=c has not completed" in last_error(parent)


def test_a_failed_child_is_an_error_where_it_is_waited_for(store: Store, worker: Worker) -> None:
    """The handler says why."""
    researchers(code("exit(1)"))
    lines = ("h = research('owls')", "h.job.stop('enough')", "wait_for_job(h)")
    register_model("researcher", ScriptedModel([code("wait_for_message()")]))
    parent = store.submit(boss(code(*lines), code("exit(h.error.err_message)"))).wait(30)
    assert "stopped: enough" in last_error(parent) and parent.result == "JobStoppedError: stopped: enough"


def test_a_child_may_tell_its_outcome_early(store: Store, worker: Worker) -> None:
    """A parent that waits goes on; the child goes on too, and its end changes nothing."""
    register_model("early", ScriptedModel([code("finish_early('soon')", "wait_for_message()", "exit('late')")]))
    parent = store.submit(boss(code("h = early()", "exit(wait_for_job(h))"))).wait(30)
    assert parent.result == "soon"
    (child,) = parent.children
    assert child.status is not JobStatus.DONE
    child.send("go")
    assert child.wait(30).result == "late" and parent.result == "soon"


def test_a_child_can_complete_only_itself_once(store: Store, worker: Worker) -> None:
    register_model("early", ScriptedModel([code("finish_early('a')", "finish_early('b')"), "Done."]))
    parent = store.submit(boss(code("h = early()", "exit(wait_for_job(h))"))).wait(30)
    child = parent.children[0].wait(30)
    assert "already completed" in last_error(child) and parent.result == "a"


def test_a_subtask_with_an_unknown_model_is_refused_where_it_is_started(store: Store, worker: Worker) -> None:
    """Nobody would ever run it."""
    parent = store.submit(boss(code("ask_nobody()"), "Done.")).wait(30)
    assert "unknown to all" in last_error(parent) and parent.children == []


@pytest.mark.parametrize(
    ("limits", "words"),
    [(JobLimits(max_subtasks=2), "2 jobs below it"), (JobLimits(max_depth=0), "0 levels of jobs below it")],
)
def test_a_runaway_model_is_held(store: Store, worker: Worker, limits: JobLimits, words: str) -> None:
    """The error says which limit it is; what was started goes on."""
    researchers("Done.")
    parent = store.submit(boss(code("for n in range(9): research(str(n))"), "Done.", "Done.", "Done.", limits=limits))
    parent.wait(30)
    assert words in last_error(parent) and len(parent.children) == (limits.max_subtasks or 0) * (limits.max_depth != 0)


def test_a_tool_that_starts_many_at_once_is_held_too(store: Store, worker: Worker) -> None:
    """Those that its call has begun count before any of them is committed."""
    researchers("Done.")
    many = code("research_many([str(n) for n in range(9)])")
    parent = store.submit(boss(many, "Done.", "Done.", "Done.", limits=JobLimits(max_subtasks=2))).wait(30)
    assert "2 jobs below it" in last_error(parent) and len(parent.children) == 2


def test_a_subtask_speaks_the_language_of_the_job_above(store: Store, worker: Worker) -> None:
    """On every level, unless its own definition names one."""
    register_model("splitter", ScriptedModel([code("h = split(depth + 1)", "exit(1)"), code("exit(depth)")]))
    polish = boss(code("exit(wait_for_job(split(3)))"))
    polish.locale = StatekLocale("PL", "PL")
    parent = store.submit(polish).wait(30)
    (child,) = parent.children
    eventually(lambda: len(child.children) == 1)
    for below in (child, child.children[0]):
        assert "Polish" in str(below.read(job_system_prompt))
    own = boss("Dobrze.", name="own")
    own.locale = StatekLocale("EN", "GB")
    handle = store.submit(own, parent=parent)
    assert "Polish" not in handle.read(job_system_prompt) and "English" in handle.read(job_system_prompt)


def test_a_subtask_of_the_host_with_an_unknown_model_fails(store: Store, worker: Worker) -> None:
    """A job waits for it, and nobody would ever run it; a job that nobody waits for stays where it is."""
    parent = store.submit(boss("I wait.", "I see.")).wait(30)
    stray = JobDef(Agent("stray", metadata={"MODEL": "scripted/unknown-to-all"}))
    alone = store.submit(stray)
    child = store.submit(stray, parent=parent, name="lost").wait(30)
    assert "unknown-to-all" in str(child.error)
    eventually(lambda: parent.result == "I see.", 30)
    assert alone.status is JobStatus.READY


def test_jobs_that_start_jobs_that_start_jobs_end(store: Store, worker: Worker) -> None:
    """Each level counts, whoever made it; four levels are allowed unless said otherwise."""
    register_model(
        "splitter", ScriptedModel([code("h = split(depth + 1)", "exit(wait_for_job(h))"), code("exit(depth)")])
    )
    parent = store.submit(boss(code("exit(wait_for_job(split(1)))"))).wait(60)
    assert parent.result == 4
    levels, job = 0, parent
    while job.children:
        (job,), levels = job.children, levels + 1
    assert levels == 4 and "4 levels of jobs" in last_error(job)


def test_a_host_delegates(store: Store, worker: Worker) -> None:
    """A factory called outside of jobs gives what `submit` takes."""
    researchers("About owls.")
    parent = store.submit(boss("I wait.", "I see.")).wait(30)
    handler: Any = research("owls", id="mine")
    child = store.submit(handler, parent=parent).wait(30)
    eventually(lambda: parent.result == "I see.", 30)
    assert child.name == "mine" and child.parent == parent and child.locals["topic"] == "owls"
    assert "sub_task_handler" not in child.locals


def test_what_children_spend_counts(store: Store, worker: Worker) -> None:
    """Against the budget of the job above, which ends them and itself when it is used up."""
    researchers(*[code("x = 1")] * 30)
    limits = JobLimits(budget_usd="0.0002")
    parent = store.submit(boss(code("h = research('owls')", "wait_for_job(h)"), "Done.", limits=limits)).wait(30)
    (child,) = parent.children
    assert "budget" in last_error(parent) or "budget" in str(parent.error)
    assert f"job {parent.id} above it" in str(child.error) and child.turns < 30
    total = (parent.usage.total_known_cost or 0) + (child.usage.total_known_cost or 0)
    assert (
        parent.subtree_usage.total_known_cost == total and parent.subtree_usage.num_calls == parent.turns + child.turns
    )


@pytest.mark.parametrize("subtree", [True, False])
def test_a_stop_reaches_the_jobs_below(store: Store, worker: Worker, subtree: bool) -> None:
    """All of them, unless it is for the job alone."""
    register_model(
        "splitter", ScriptedModel([code("if depth < 3: h = split(depth + 1)", "wait_for_message()"), "Done."])
    )
    parent = store.submit(boss(code("h = split(1)", "wait_for_job(h)"), "Done."))
    below = eventually(lambda: jobs if len(jobs := every_job_below(parent)) == 3 else None, 30)
    eventually(lambda: all(job.status is JobStatus.SUSPENDED for job in below), 30)
    parent.stop("enough", subtree=subtree)
    parent.wait(30)
    if subtree:
        for job in below:
            assert "stopped: enough" in str(job.wait(30).error)
        assert parent.status is JobStatus.DONE
    else:
        assert all(job.status is JobStatus.SUSPENDED for job in below)


def every_job_below(job: JobHandle) -> list[JobHandle]:
    return [one for child in job.children for one in (child, *every_job_below(child))]


def test_running_one_job_runs_the_jobs_below_it(store: Store) -> None:
    """`run` of a parent from a script, with no other worker: it ends when the tree has, at any depth."""
    register_model("splitter", ScriptedModel([code("exit(depth if depth == 3 else wait_for_job(split(depth + 1)))")]))
    stranger = store.submit(boss("Not mine.", name="stranger"))
    parent = run(boss(code("exit(wait_for_job(split(1)))")), store=store, timeout=60)
    assert (parent.status, parent.result) == (JobStatus.DONE, 3) and stranger.status is JobStatus.READY


def test_running_one_job_ends_when_a_job_below_waits_for_a_person(store: Store) -> None:
    """Nobody would answer."""
    register_model("splitter", ScriptedModel([code("exit(ask_human('How deep?'))")]))
    parent = run(boss(code("exit(wait_for_job(split(1)))")), store=store, timeout=60)
    assert parent.status is parent.children[0].status is JobStatus.SUSPENDED
    parent.children[0].answer("very")
    assert run(parent, timeout=60).result == "very"


def test_a_model_that_can_delegate_is_told_how(store: Store) -> None:
    """Only one that has a subtask among its tools."""
    prompts: list[str] = []

    def answer(messages: Any, **request: Any) -> str:
        prompts.append(messages[0]["content"])
        return "Done."

    register_model("listener", FunctionModel(answer))
    for tools in ((research,), ()):
        run(JobDef(Agent("listener", tools=tools, metadata={"MODEL": "function/listener"})), store=store, timeout=30)
    with_tools, without = prompts
    assert "def research(topic: str, *, id: str | None = None, **kwargs: Any) -> SubTaskHandler" in with_tools
    assert "start another job" in with_tools and "start another job" not in without


def test_subtasks_are_futures(store: Store) -> None:
    """`get_any_future` and `get_all_future` wait for handlers, over a restart of the worker, too."""
    register_model("researcher", ScriptedModel([code("exit(wait_for_message() + topic)")]))
    lines = (
        "from statek_jupyter.executors.future import get_all_future, get_any_future",
        "a, b = research('a'), research('b')",
        "first = get_any_future(a, b)",
        "exit([first, get_all_future(a, b, 'plain')])",
    )
    with Worker(store):
        parent = store.submit(boss(code(*lines)))
        one, two = eventually(lambda: parent.children if len(parent.children) == 2 else None, 30)
        eventually(lambda: {job.status for job in (parent, one, two)} == {JobStatus.SUSPENDED}, 30)
    assert "any of 2" in str(parent.awaiting)
    two.send("second ")
    with Worker(store):
        eventually(lambda: parent.status is JobStatus.SUSPENDED and "all of 3" in str(parent.awaiting), 30)
        one.send("first ")
        assert parent.wait(30).result == ["second b", ("first a", "second b", "plain")]
    assert parent.turns == 1


def test_a_failed_subtask_fails_the_future(store: Store, worker: Worker) -> None:
    """As it fails the wait."""
    register_model("researcher", ScriptedModel([code("wait_for_message()")]))
    lines = ("from statek_jupyter.executors.future import get_all_future", "h = research('a')", "get_all_future(h)")
    parent = store.submit(boss(code(*lines), "I see."))
    (child,) = eventually(lambda: parent.children or None, 30)
    child.stop("enough")
    assert parent.wait(30).result == "I see." and "stopped: enough" in last_error(parent)


def test_the_code_of_a_subtask_finds_its_own_handler(store: Store, worker: Worker) -> None:
    """As `sub_task_handler`; what it is completed with is kept with the statement, and counts once."""
    register_model("early", ScriptedModel([code("sub_task_handler.complete({'n': 1})", "wait_for_message()"), "Done."]))
    parent = store.submit(boss(code("h = early(id='e')", "exit(wait_for_job(h))"))).wait(30)
    assert parent.result == {"n": 1}
    handler = parent.locals["h"]
    assert handler.is_completed and handler.result == {"n": 1} and handler.result is not handler.result
    with pytest.raises(RuntimeError, match="sub-task id=e is already completed"):
        handler.complete(2)


def test_a_name_is_an_id(store: Store, worker: Worker) -> None:
    """A subtask submitted from outside is found by its name."""
    researchers("It is.")
    parent = store.submit(boss("I wait.", code("exit(find_sub_task_handler('mine').result)"))).wait(30)
    store.submit(research("owls").job, parent=parent, name="mine").wait(30)
    assert eventually(lambda: parent.result == "It is.", 30)
