"""A worker survives everything but its own stop; jobs are shared out fairly, and none runs without its lease."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.engine import commits
from statek_jupyter.engine import worker as worker_module
from statek_jupyter.engine.claims import Claimant, claim, work_to_do
from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import BadOptionError, LeaseLostError, ModelError, StoreDamagedError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.inbox import Message, ResumeRequest
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.waits import ConditionWait, EventWait, MessageWait, TimeWait
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store, open_store
from statek_jupyter.store.root import Root
from statek_jupyter.store.session import Session
from tests.engine.scripted import define
from tests.store.jobs import SEVERAL_PROCESSES
from tests.store.process import first_line, start, tell
from tests.waiting import eventually


def anybody(store: Store) -> Claimant:
    return Claimant(store.presence.id, store.presence.alive, lambda model: True)


def taken(store: Store, room: int, turn: Any = ("", 0)) -> tuple[list[str], Any]:
    """Claim, as a worker does; the jobs' names."""
    claimed = store.run(lambda root: claim(root, anybody(store), room, turn))
    return [store.job(held.job_id).name or "" for held in claimed.held], claimed.turn


def suspend(store: Store, handle: JobHandle, *waits: Any) -> None:
    store.run(lambda root: root.suspend(root.job(handle.id), waits))


# --- fairness ----------------------------------------------------------------------------------------


def test_a_parent_with_many_children_does_not_starve_others(store: Store) -> None:
    """Agents and parents take turns; within one, the oldest job goes first."""
    parent = store.submit(define(["Done."]), name="parent")
    taken(store, 1)
    for number in range(6):
        store.submit(define(["Done."]), name=f"child {number}", parent=parent)
    for number in range(3):
        store.submit(define(["Done."]), name=f"alone {number}")
    first, turn = taken(store, 3)
    second, _ = taken(store, 3, turn)
    assert first == ["alone 0", "child 0", "alone 1"]
    assert second == ["child 1", "alone 2", "child 2"]


def test_a_higher_priority_goes_first(store: Store) -> None:
    """Whatever the age; equal ones by age."""
    for name, priority in (("low", -1), ("first", 0), ("second", 0), ("high", 7)):
        store.submit(define(["Done."]), name=name, priority=priority)
    assert taken(store, 9)[0] == ["high", "first", "second", "low"]


def test_an_agent_runs_no_more_jobs_at_once_than_it_may(store: Store) -> None:
    """``MAX_RUNNING_JOBS`` counts over all workers of the store; a job that rests makes room."""
    register_model("test", FunctionModel(lambda messages: "Done."))
    busy = Agent("busy", metadata={"MODEL": "function/test", "MAX_RUNNING_JOBS": "2"})
    handles = [store.submit(JobDef(busy), name=f"busy {number}") for number in range(4)]
    store.submit(define(["Done."]), name="other")
    assert taken(store, 9)[0] == ["busy 0", "other", "busy 1"]
    assert taken(store, 9)[0] == []
    suspend(store, handles[0], EventWait("x"))
    assert taken(store, 9)[0] == ["busy 2"]
    store.complete("x")
    assert taken(store, 9)[0] == []
    store.run(lambda root: root.remove(root.job(handles[1].id)))
    assert len(taken(store, 9)[0]) == 1
    assert store.verify().ok, store.verify()


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", ""])
def test_a_limit_that_is_no_number_is_a_mistake(text: str) -> None:
    """It is told at once, not taken for no limit."""
    with pytest.raises(BadOptionError, match="MAX_RUNNING_JOBS: needs a whole number above 0"):
        Agent("busy", metadata={"MODEL": "scripted/test", "MAX_RUNNING_JOBS": text})


@pytest.mark.parametrize("store", SEVERAL_PROCESSES, indirect=True)
@pytest.mark.parametrize("workers", [0, 1])
def test_jobs_of_a_process_without_a_worker_are_run_by_others(store: Store, workers: int) -> None:
    """One that has a worker runs its own, until it ends."""
    register_model("test", ScriptedModel(["Done."]))
    with Worker(store):
        other = start("submit", store.where)
        assert first_line(other) == "open"
        tell(other, str(workers))
        job_id = first_line(other)
        (handle,) = eventually(lambda: [one for one in store.jobs() if one.id == job_id], 60)
        if workers:
            served = store.submit(define(["Done."])).wait(20)  # the worker has looked meanwhile
            assert served.result == "Done." and handle.status is JobStatus.READY
            tell(other, "end")
        assert handle.wait(60).result == "Done."
        other.communicate("end\n", timeout=20)


# --- leases ------------------------------------------------------------------------------------------


def bodies(handle: JobHandle) -> dict[str, Any]:
    """Every transaction of a worker, as it is called."""
    asked = commits.Asked(1, 1, 1, "m")
    error = ModelError("unknown", "m", "x")
    return {
        "begin_ask": ("m",),
        "begin_attempt": (asked,),
        "begin_next_ask": (),
        "fail_attempt": (asked, "unknown", "x"),
        "fail_ask": (error,),
        "end_job": (error,),
        "keep_reply": (asked, None, None),
        "keep_progress": (1, None),
        "keep_calls": ((),),
        "note_handler_failure": (error,),
        "release": (),
    }


def test_a_worker_that_lost_its_lease_can_commit_nothing(store: Store) -> None:
    """Each of its transactions is refused, by token, also when the job came back to the very same process."""
    handle = store.submit(define(["Done."]))
    (held,) = store.run(lambda root: claim(root, anybody(store), 1)).held
    store.run(lambda root: commits.release(root, held))
    store.run(lambda root: claim(root, anybody(store), 1))
    before = handle.read(lambda job: (job.seq, job.lease_token, len(job.chat_log), job.handler_errors))
    written = [name for name in commits.__all__ if name[0].islower() and name not in ("begin_warmup", "deliver")]
    arguments = bodies(handle)
    assert set(written) <= set(arguments), "a new transaction of the worker: try it here"
    for name in written:
        body = getattr(commits, name)
        with pytest.raises(LeaseLostError):
            store.run(lambda root, body=body, name=name: body(root, held, *arguments[name]))
    assert handle.read(lambda job: (job.seq, job.lease_token, len(job.chat_log), job.handler_errors)) == before


def test_a_lease_lost_while_a_commit_is_made_refuses_it(store: Store) -> None:
    """Also when the commit does not write the job itself: the next attempt sees whose it is."""
    handle = store.submit(define(["Done."]))
    (held,) = store.run(lambda root: claim(root, anybody(store), 1)).held
    asked = store.run(lambda root: commits.begin_ask(root, held, "m"))
    attempts = []

    def slow(root: Root) -> None:
        commits.begin_attempt(root, held, asked)
        attempts.append(root.job(handle.id)._p_changed)
        if len(attempts) == 1:
            other = Session(store._database.backend.db)
            other.begin().job(handle.id).lease = None
            other.commit()
            other.close()

    with pytest.raises(LeaseLostError):
        store.run(slow)
    assert attempts == [False]
    assert handle.read(lambda job: len(job.chat_log[asked.item_id].attempts)) == 1


def test_code_of_a_job_that_was_taken_over_stops(
    store: Store, worker: Worker, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon, and with a warning: it could commit nothing any more."""
    monkeypatch.setattr(store.presence, "alive", lambda other: True)  # the one who takes it over is
    handle = store.submit(define(["```python\nimport time\nprint('on')\nwhile True: time.sleep(0.01)\n```"]))
    eventually(lambda: "on\n" in handle.console)

    def take_over(root: Root) -> None:
        job = root.job(handle.id)
        job.lease_token += 1
        job.lease = type(job.lease)("somebody else", job.lease_token)  # type: ignore[misc, call-arg]

    store.run(take_over)
    eventually(lambda: not worker.running_jobs)
    assert "taken over by another worker" in caplog.text
    assert handle.read(lambda job: job.lease.worker if job.lease else None) == "somebody else"


# --- surviving -----------------------------------------------------------------------------------------


class Leaves:
    """A handler that tries to end the process."""

    def __call__(self, context: Any = None, error: BaseException | None = None) -> None:
        raise SystemExit(3)


def test_an_error_handler_that_exits_ends_nothing(store: Store, worker: Worker) -> None:
    """What it raised is kept at its job; the next job runs."""
    job = define(["Done."], warmup_code="1 / 0")
    made = Job(job)
    made.add_error_handler(Leaves())
    handle = store.submit(made).wait(10)
    eventually(lambda: handle.read(lambda job: [str(one) for one in job.handler_errors]) == ["SystemExit: 3"])
    assert store.submit(define(["Done."])).wait(10).result == "Done."


def test_a_model_function_that_exits_ends_its_job_alone(store: Store, worker: Worker) -> None:
    """It is a failed request."""

    def leave(messages: Any) -> str:
        raise SystemExit("bye")

    register_model("leaves", FunctionModel(leave))
    failed = store.submit(JobDef(Agent("leaver", metadata={"MODEL": "function/leaves"}))).wait(10)
    assert "SystemExit: bye" in str(failed.error)
    assert store.submit(define(["Done."])).wait(10).result == "Done."


def test_a_value_that_exits_while_it_is_saved_ends_nothing(store: Store, worker: Worker) -> None:
    """It cannot be kept; its job, and the worker, go on."""
    code = "class Leaves:\n    def __reduce_ex__(self, protocol): raise SystemExit(4)\nvalue = Leaves()\nkept = 1"
    handle = store.submit(define([f"```python\n{code}\n```", "Done."])).wait(20)
    assert (handle.result, handle.locals["kept"]) == ("Done.", 1)
    assert store.submit(define(["Done."])).wait(10).result == "Done."


def test_mail_for_a_deleted_job_stops_nobody(store: Store, worker: Worker) -> None:
    """It is thrown away."""
    handle = store.submit(define(["Done."])).wait(10)

    def write(root: Root) -> None:
        job = root.job(handle.id)
        root.remove(job)
        root.catalog.note_mail(job.number or 0)

    store.run(write)
    eventually(lambda: store.read(lambda root: list(root.catalog.with_mail())) == [])
    assert store.submit(define(["Done."])).wait(10).result == "Done."


def test_the_loop_of_a_worker_is_begun_anew(store: Store, worker: Worker) -> None:
    """Whatever ends it; the jobs it ran go on from their last commit."""
    go = threading.Event()
    register_model("slow", FunctionModel(lambda messages: "Done." if go.wait(10) else ""))
    handle = store.submit(JobDef(Agent("slow", metadata={"MODEL": "function/slow"})))
    eventually(lambda: worker.running_jobs == (handle.id,))

    def leave() -> None:
        raise SystemExit(5)

    assert worker._loop is not None
    worker._loop.call_soon_threadsafe(leave)
    go.set()
    assert handle.wait(10).result == "Done."
    assert worker.running


def test_a_job_whose_commits_are_refused_is_tried_again_at_growing_intervals(
    store: Store, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in a hot loop: each time a model would be asked, and paid, for nothing."""
    monkeypatch.setattr(worker_module, "FIRST_PAUSE_SECONDS", 0.1)
    requests: list[float] = []

    def answer(messages: Any) -> str:
        requests.append(time.monotonic())
        return "Done."

    def refuse(*arguments: Any) -> None:
        raise StoreDamagedError(store.where, "a sector cannot be read")

    register_model("answers", FunctionModel(answer))
    keep_reply = commits.keep_reply
    monkeypatch.setattr(commits, "keep_reply", refuse)
    handle = store.submit(JobDef(Agent("answers", metadata={"MODEL": "function/answers"})))
    eventually(lambda: len(requests) == 4)
    pauses = [after - before for before, after in pairwise(requests)]
    assert pauses[0] >= 0.1 and pauses[1] >= 0.2 and pauses[2] >= 0.4
    monkeypatch.setattr(commits, "keep_reply", keep_reply)
    assert handle.wait(10).result == "Done."


# --- mail ----------------------------------------------------------------------------------------------


def test_a_stop_is_carried_out_where_the_model_is_unknown(store: Store, worker: Worker) -> None:
    """Ending a job takes no model."""
    handle = store.submit(JobDef(Agent("stranger", metadata={"MODEL": "scripted/elsewhere"})))
    handle.stop("not needed")
    assert "not needed" in str(handle.wait(10).error)


def test_an_old_resume_does_not_wake_a_job_later(store: Store) -> None:
    """It counts once, when it is looked at."""
    handle = store.submit(define(["Done."]), name="sleeper")
    suspend(store, handle)
    handle.resume()
    assert taken(store, 1)[0] == ["sleeper"]
    suspend(store, handle)
    handle.send("hello")
    assert taken(store, 1)[0] == []
    assert handle.read(lambda job: [type(one) for one in job.inbox.pending()]) == [Message]
    handle.resume()
    assert taken(store, 1)[0] == ["sleeper"]
    assert not handle.read(lambda job: [one for one in job.inbox.pending() if isinstance(one, ResumeRequest)])


# --- waking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["event", "time", "message", "resume"])
def test_a_sleeping_job_goes_on(store: Store, worker: Worker, kind: str) -> None:
    """As soon as what it waits for is there."""
    soon = datetime.now(UTC) + timedelta(seconds=0.3)
    waits = {"event": EventWait("paid"), "time": TimeWait(soon), "message": MessageWait(), "resume": EventWait("never")}
    handle = asleep(store, define(["Done."]), waits[kind])
    if kind == "event":
        store.complete("paid")
    elif kind == "message":
        handle.send("hello")
    elif kind == "resume":
        handle.resume()
    assert handle.wait(10).result == "Done."
    assert kind != "time" or datetime.now(UTC) >= soon


def asleep(store: Store, job_def: JobDef, *waits: Any, future: FutureResult | None = None) -> JobHandle:
    """A job that sleeps from the beginning."""
    job = Job(job_def, JobStatus.SUSPENDED, awaited_result=future)
    job.waits = waits
    return store.submit(job)


def holds(future: FutureResult) -> bool:
    looks.append(str(future.deps))
    if future.deps == "raises":
        raise SystemExit("a condition that ends")
    return len(looks) > 4


looks: list[str] = []


def test_conditions_are_looked_at_again_and_again(store: Store, worker: Worker) -> None:
    """One that raises wakes its own job alone, whose statement meets the error; the others are still looked at."""
    looks.clear()
    handles = []
    for deps in ("raises", "comes true"):
        future = FutureResult(deps)
        future.set_complement_functions(str, holds)
        handles.append(asleep(store, define(["Done."]), ConditionWait(), future=future))
    for handle in handles:
        assert handle.wait(10).result == "Done."
    assert looks.count("raises") == 1 and looks.count("comes true") > 2


# --- looking -------------------------------------------------------------------------------------------


def records_of_a_look(where: str) -> int:
    """How many records a look for work loads into a store that was just opened."""
    with open_store(where) as store:

        def look(root: Root) -> int:
            assert not work_to_do(root, anybody(store))
            assert root.waits.next_due() is not None
            return sum(1 for _ in root._p_jar._cache.lru_items())

        return store.read(look)


def test_a_look_for_work_costs_the_same_however_many_jobs_sleep(tmp_path: Path) -> None:
    """It reads the heads of the indexes, and no job."""
    found = []
    for sleeping in (10, 1_000):
        where = str(tmp_path / str(sleeping))
        with open_store(where) as store:
            first = store.submit(define(["Done."]))

            def add(root: Root, first: str = first.id, sleeping: int = sleeping) -> None:
                definition = root.job(first).job_def
                for number in range(sleeping):
                    job = Job(definition, JobStatus.SUSPENDED)
                    job.waits = (EventWait(f"event {number}"), TimeWait(datetime.now(UTC) + timedelta(hours=1)))
                    root.add(job)
                root.remove(root.job(first))

            store.run(add)
        found.append(records_of_a_look(where))
    assert found[1] <= found[0] + 3, found
