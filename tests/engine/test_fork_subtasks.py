"""Forks of jobs that delegate: their subtasks come along, and nothing of the original's tree is needed."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import StoreDamagedError
from statek_jupyter.executors.chat_log import LLM_LogItem, SubTaskLogItem
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.sub_tasks import descendants
from statek_jupyter.views.variables import locals_at
from tests.engine.delegating import boss, code, researchers
from tests.store.families import family
from tests.store.jobs import KINDS
from tests.waiting import eventually

SPLITTER = code(
    "import fractions",
    "inner = split(depth - 1, id='inner') if depth else None",
    "part = fractions.Fraction(1, 3) if inner is None else wait_for_job(inner) + 1",
    "exit(part)",
)
FAMILY = (
    code("h = research('owls', id='a')", "later = h.as_future()", "rows = [wait_for_job(h)]", "alias = rows"),
    code("whole = split(1, id='tree')", "pair = [wait_for_job(whole), h]", "rows.append(2)"),
    "Done.",
)


def says(name: str, *lines: str) -> str:
    """A model that runs these lines and, unless they end the job, gives up; its name."""
    replies = iter([code(*lines)])
    register_model(name, FunctionModel(lambda messages, **request: next(replies, "I give up.")))
    return f"function/{name}"


@pytest.fixture
def origin(store: Store) -> JobHandle:
    """A job that has ended, and with it a subtask, another one, and one below that."""
    researchers(code("exit(topic.upper())"))
    register_model("splitter", ScriptedModel([SPLITTER]))
    with Worker(store):
        return store.submit(boss(*FAMILY), name="base").wait(30)


def tree(handle: JobHandle) -> list[Any]:
    """Names and results of the jobs below, as a nested list."""
    return [(child.name, child.status.name, child.result, tree(child)) for child in handle.children]


def told(handle: JobHandle) -> list[tuple[Any, str]]:
    """What the chat log says of subtasks."""
    notes = handle.read(lambda job: [entry.handler for entry in job.chat_log if isinstance(entry, SubTaskLogItem)])
    return handle.read(lambda job: [(one.id, one.error.err_message if one.error else one.result_text) for one in notes])


def serials(store: Store, *handles: JobHandle) -> list[Any]:
    """When each record of these jobs that is no part of another job was written."""

    def look(job: Job) -> list[Any]:
        env = job.py_env
        parts = [job, job.tally, job.origin, env, env.local_state, job.inbox, job.chat_log, *job.chat_log]
        parts += [one for one in (job.below, job.sub_task, job.sub_tasks) if one is not None]
        parts += list(job.sub_tasks.values()) if job.sub_tasks is not None else []
        for part in parts:
            part._p_activate()  # type: ignore[union-attr]
        return [part._p_serial for part in parts]  # type: ignore[union-attr]

    return [handle.read(look) for handle in handles]


TREE = [("a", "DONE", "OWLS", []), ("tree", "DONE", "4/3", [("inner", "DONE", "1/3", [])])]


def as_text(rows: list[Any]) -> list[Any]:
    return [(name, status, str(result), as_text(below)) for name, status, result, below in rows]


@pytest.mark.parametrize("store", KINDS, indirect=True)
def test_a_fork_is_whole_without_its_original(store: Store, origin: JobHandle) -> None:
    """The tree of the original is not written to; when it is gone, the fork has results, handlers and subtasks."""
    family = [origin, *origin.children, *origin.children[1].children]
    before = serials(store, *family)
    use = ("same = h.job.name, h.result, later, wait_for_job(h), find_sub_task_handler('a').result, pair[1] is h",)
    again = says("again", *use, "b = research('cats', id='a')", "exit((same, wait_for_job(b), str(pair[0]), whole.id))")
    fork = origin.fork(2, model=again)
    assert serials(store, *family) == before
    records = [handle.read(lambda job: job._p_oid) for handle in family]
    origin.delete()
    for _ in range(2):  # records are dropped by the second pack where blobs are kept for a while
        store.pack(0)
    for oid in records if store.kind != "zeo" else ():  # nothing shared holds them; a ZEO client reads its own cache
        with pytest.raises(StoreDamagedError):
            store.read(lambda root, oid=oid: root._p_jar._storage.load(oid))
    assert as_text(tree(fork)) == TREE and [child.parent for child in fork.children] == [fork, fork]
    assert str(fork.locals["whole"].result) == "4/3" and fork.locals["h"].job == fork.children[0]
    then = [fork.at(turn).locals for turn in (1, 2)]
    assert then[0]["h"].result == "OWLS" and "whole" not in then[0]
    shown = [f"<subtask {child.id}>" for child in fork.children]
    for turn in (None, 2):
        rows = {row["name"]: row["text"] for row in fork.read(lambda job, turn=turn: locals_at(job, turn))["variables"]}
        assert [rows["h"], rows["whole"]] == shown and shown[0] in rows["pair"]
    assert [view["rows"] for view in then] == [["OWLS"], ["OWLS", 2]] and then[0]["alias"] is then[0]["rows"]
    assert fork.children[1].locals["inner"].job == fork.children[1].children[0]
    with Worker(store):
        result = fork.wait(30).result
    assert result == (("a", "OWLS", "OWLS", "OWLS", "OWLS", True), "CATS", "4/3", "tree")
    assert [child.name for child in fork.children] == ["a", "tree", "a"]
    assert store.verify().ok


def test_a_subtask_comes_along_as_it_was_at_the_turn(store: Store) -> None:
    """Not before it was started; with an error that says what to do while it ran; with its outcome afterwards."""
    researchers(code("exit(wait_for_message())"))
    lines = (
        code("x = 1"),
        code("h = research('owls', id='a')"),
        code("x = 3"),
        code("found = wait_for_job(h)"),
        "Done.",
    )
    with Worker(store):
        origin = store.submit(boss(*lines))
        child = eventually(lambda: next(iter(origin.children), None), 30)
        eventually(lambda: origin.status is JobStatus.SUSPENDED, 30)
        running = origin.fork(3, model="human")
        child.send("hoo")
        origin.wait(30)
    assert origin.result == "Done." and child.result == "hoo"
    forks = [origin.fork(turn, model="human") for turn in range(1, 5)]
    assert [len(fork.children) for fork in forks] == [0, 0, 0, 1] and not running.children
    assert "h" not in forks[0].locals and told(forks[0]) == []
    error = "sub-task id=a was still running where this job was forked, after turn {}: start it again"
    for fork, turn in ((running, 3), (forks[1], 2), (forks[2], 3)):
        handler = fork.locals["h"]
        assert (handler.is_completed, handler.result, handler.error.err_message) == (True, None, error.format(turn))
        assert told(fork) == [("a", error.format(turn))] and handler.job == child
    assert forks[3].locals["h"].result == "hoo" and forks[3].locals["h"].job == forks[3].children[0] != child
    assert told(forks[3]) == [("a", "hoo")]


def test_code_that_waits_for_a_subtask_that_was_running_is_told_to_start_it_again(store: Store) -> None:
    """And can: a subtask of the same name."""
    researchers(code("exit(wait_for_message())"))
    with Worker(store):
        origin = store.submit(boss(code("h = research('owls', id='a')"), code("wait_for_job(h)")))
        eventually(lambda: origin.status is JobStatus.SUSPENDED, 30)
        register_model("researcher", FunctionModel(lambda messages, **request: code("exit('quick')")))
        lines = ("try: wait_for_job(h)", "except Exception as error: why = str(error)", "h = research('x', id='a')")
        fork = origin.fork(1, model=says("again", *lines, "exit((why, wait_for_job(h)))")).wait(30)
        why, result = fork.result
        assert "sub-task id=a was still running" in why and result == "quick"
        assert origin.status is JobStatus.SUSPENDED and origin.children[0].status is not JobStatus.DONE


def test_an_outcome_that_came_between_two_turns_belongs_to_the_earlier_one(store: Store) -> None:
    """A job that had ended was brought back by it; so its fork knows of it too, and is not brought back."""
    researchers(code("exit(wait_for_message())"))
    with Worker(store):
        replies = (code("h = research('owls', id='a')"), "I wait.", code("x = h.result"), "It is in.")
        origin = store.submit(boss(*replies)).wait(30)
        assert origin.result == "I wait."
        origin.children[0].send("hoo")
        eventually(lambda: origin.result == "It is in.", 30)
    fork = origin.fork(2)
    assert (fork.status, fork.result, told(fork)) == (JobStatus.DONE, "I wait.", [("a", "hoo")])
    assert fork.at(2).result == origin.at(2).result == "I wait."
    assert [made.locals["h"].seen for made in (origin, fork, origin.fork(3))] == [True, False, True]


def test_a_fork_of_a_fork_has_the_subtasks_of_both(store: Store, origin: JobHandle) -> None:
    """Each fork has copies of its own, and what is shared means them."""
    researchers(code("exit(topic.upper())"))
    again = says("again", "b = research('cats', id='b')", "both = [h, b]", "exit(wait_for_job(b))")
    with Worker(store):
        fork = origin.fork(2, model=again).wait(30)
        last = fork.fork(model=says("last", "exit([(one.id, one.result, one.job.id) for one in both])"), message="?")
        origin.delete()
        fork.delete()
        store.pack(0)
        assert last.wait(30).result == [("a", "OWLS", last.children[0].id), ("b", "CATS", last.children[2].id)]
    assert [child.name for child in last.children] == ["a", "tree", "b"]
    below = last.children[1].fork(model="human", message="Go on alone.")
    assert below.locals["inner"].job == below.children[0] and below.parent is None
    assert store.verify().ok


def test_what_a_fork_shares_is_not_written_again(store: Store, origin: JobHandle) -> None:
    """A variable that holds a handler is unchanged, though it means another job; one of the original can be held."""
    child = origin.children[0]
    look = says("look", "both = [h.result, h.job.id]", f"mine = h.job.store.job({child.id!r})", "exit(1)")
    fork = run(origin.fork(2, model=look), timeout=60)

    def changed(job: Job) -> set[str]:
        items = [entry for entry in job.chat_log if isinstance(entry, LLM_LogItem) and entry.turn > 2]
        return {name for item in items for name in item.locals_changes or {}}

    assert fork.read(changed) == {"both", "mine"}
    assert fork.locals["mine"] == child and fork.locals["h"].job == fork.children[0]


def test_a_copy_is_what_the_subtask_was_when_it_gave_its_outcome(store: Store) -> None:
    """Not what it did later; one that had told it early, in a turn that still ran, is as it was before that turn."""
    register_model("researcher", FunctionModel(lambda messages, turn=1, **request: code(f"exit({turn})")))
    lines = (code("n = 1"), code("finish_early('soon')", "n = 2", "wait_for_message()"), "Later.")
    register_model("early", ScriptedModel(list(lines)))
    with Worker(store):
        origin = store.submit(
            boss(code("e, h = early(id='e'), research('x', id='h')", "wait_for_job(e), wait_for_job(h)"), "Done.")
        ).wait(30)
        early, child = origin.children
        eventually(lambda: child.status is JobStatus.DONE and early.status is JobStatus.SUSPENDED, 30)
        child.send("Go on.")
        eventually(lambda: child.result == 2, 30)
        fork = origin.fork(1)
        early.send("Go on.")
        early.wait(30)
        last = origin.fork(1)
    for made, turn, n in ((fork, 1, 1), (last, 2, 2)):
        first, second = made.children
        assert (second.result, second.turns, second.at(1).result) == (1, 1, 1) and made.locals["h"].result == 1
        assert (made.locals["e"].result, first.status, first.turns, first.locals["n"]) == (
            "soon",
            JobStatus.DONE,
            turn,
            n,
        )


def test_a_deleted_subtask_has_no_copy(store: Store, origin: JobHandle) -> None:
    """What it gave is known in the fork as in the original."""
    origin.children[0].delete()
    fork = origin.fork(2, model=says("again", "exit((h.result, find_sub_task_handler('a').result))"))
    assert [child.name for child in fork.children] == ["tree"] and fork.locals["h"].result == "OWLS"
    assert run(fork, timeout=60).result == ("OWLS", "OWLS")


def test_large_results_and_variables_of_subtasks_are_stored_once(store: Store) -> None:
    """Half a megabyte of each, in the child and in what it gave."""
    researchers(code("import random; data = random.randbytes(500_000)", "exit({'data': bytearray(data)})"))
    with Worker(store):
        origin = store.submit(boss(code("size = len(wait_for_job(research('x', id='a'))['data'])"), "Done.")).wait(30)
    before = store.info().size_bytes or 0
    fork = origin.fork()
    assert len(fork.children[0].locals["data"]) == len(fork.children[0].result["data"]) == 500_000
    assert (store.info().size_bytes or 0) - before < 200_000


def test_copies_cost_nothing_and_do_not_count_as_made(store: Store) -> None:
    """Usage and limits begin at zero; what the copied subtasks had cost is told where the fork was made."""
    researchers(code("exit(1)"))
    definition = boss(code("for t in 'ab': wait_for_job(research(t, id=t))"), "Done.", limits=JobLimits(max_subtasks=2))
    with Worker(store):
        origin = store.submit(definition).wait(30)
        lines = ("for t in 'cd': wait_for_job(research(t, id=t))", "research('e')")
        fork = origin.fork(1, model=says("again", *lines))
        assert origin.subtree_usage.num_calls == 4 and fork.subtree_usage.num_calls == 0
        point = fork.read(lambda job: job.origin.fork)
        assert point is not None and point.below is not None
        assert (point.usage.num_calls, point.below.num_calls) == (1, 2)
        assert [child.usage.num_calls for child in fork.children] == [0, 0]
        assert [child.forked_from for child in fork.children] == [(child, 1) for child in origin.children]
        fork.wait(30)
    errors = [item.error for item in fork.chat_log if isinstance(item, LLM_LogItem) and item.error is not None]
    assert len(fork.children) == 4 and "SubTaskLimitError" in str(errors[0])
    fork.children[0].delete()
    assert fork.read(lambda job: job.below and (job.below.copied, job.below.jobs, job.below.present)) == (2, 2, 3)


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_a_tree_may_be_wide_and_deeper_than_the_stack(store: Store) -> None:
    """Two hundred subtasks, and more below one another than Python has frames: copied level by level, in order."""
    deep = sys.getrecursionlimit() + 10
    origin = family(store, wide=200, deep=deep)
    fork = origin.fork()
    assert [child.name for child in fork.children] == [child.name for child in origin.children]
    assert fork.read(lambda job: job.below and job.below.present) == 200 + deep
    level = store.read(lambda root: [(one.name, one.answer) for one in descendants(root, root.job(fork.id))])
    assert len(level) == 200 + deep and level[-1] == (f"level {deep - 1}",) * 2


@pytest.mark.kill
def test_a_fork_and_its_subtasks_are_there_as_a_whole_or_not_at_all(store: Store, origin: JobHandle) -> None:
    """A process that forks all the time is killed; each fork it had told of is there, and every one is whole."""
    told_of: list[str] = []
    for _ in range(3):
        command = [sys.executable, "-m", "tests.engine.forking", store.where, origin.id]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        threading.Event().wait(random.uniform(0.05, 0.4))  # the instant of the kill is meant to be any
        process.kill()
        told_of += process.communicate(timeout=20)[0].split()
    forks = {handle.id: handle for handle in store.jobs(limit=None) if handle.parent is None and handle != origin}
    assert set(told_of) <= forks.keys() and told_of
    for fork in forks.values():
        assert as_text(tree(fork)) == TREE and fork.status is JobStatus.STARTED
        assert fork.at(2).locals["rows"] == ["OWLS", 2] and told(fork)[0] == ("a", "OWLS")
    assert len(store.jobs(limit=None)) == 4 * (1 + len(forks))
    assert store.verify().ok
