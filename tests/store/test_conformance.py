"""What every kind of store does, whatever it is made of."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from statek_jupyter.errors import (
    BadOptionError,
    JobStateError,
    NotDurableError,
    StoreError,
    UnknownAgentError,
    UnknownJobError,
)
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from tests.store.jobs import KINDS, agent, definition

pytestmark = pytest.mark.parametrize("store", KINDS, indirect=True)


def set_status(store: Store, handle: JobHandle, status: JobStatus) -> None:
    def write(root: Root) -> None:
        job = root.job(handle.id)
        job.set_status(status)
        job.touch()

    store.run(write)


# --- submit ------------------------------------------------------------------------------------------------


def test_a_submitted_definition_becomes_a_ready_job(store: Store) -> None:
    """The handle shows the new job: its status, name, agent, message and home."""
    handle = store.submit(definition(warmup="x = 1"), message="hello", name="first")
    assert (handle.status, handle.name, handle.agent) == (JobStatus.READY, "first", "helper")
    assert [entry.message for entry in handle.chat_log if isinstance(entry, UserLogItem)] == ["hello"]
    assert handle.read(lambda job: job.home) == store.presence.id
    assert handle.read(lambda job: job.warmup_blocks) == ("x = 1",)


def test_the_callers_job_stays_in_memory(store: Store) -> None:
    """Submitting copies: the caller's objects have no number and belong to no store."""
    job = Job(definition())
    handle = store.submit(job)
    assert job.number is None
    assert job._p_jar is None and job.job_def._p_jar is None and job.job_def.agent._p_jar is None
    set_status(store, handle, JobStatus.DONE)
    assert job.status is JobStatus.READY


def test_ids_are_13_characters_and_sort_by_age(store: Store) -> None:
    """Later jobs have larger ids."""
    ids = [store.submit(definition()).id for _ in range(20)]
    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {13}


def test_locals_given_to_submit_are_the_jobs_variables(store: Store) -> None:
    """Values of the job itself and of the call are both there, shared objects stay shared."""
    job = Job(definition())
    job.add_locals(a=[1, 2])
    shared = {"k": 1}
    handle = store.submit(job, locals={"b": shared, "c": shared})
    assert dict(handle.locals) == {"a": [1, 2], "b": {"k": 1}, "c": {"k": 1}}
    assert "a" in handle.locals and "z" not in handle.locals and len(handle.locals) == 3


def test_a_value_that_cannot_be_stored_leaves_nothing_behind(store: Store) -> None:
    """The error names the value; no job, agent or definition was written."""
    with pytest.raises(NotDurableError, match="stream"):
        store.submit(definition(), locals={"stream": (n for n in range(3))})
    assert store.jobs() == []
    with pytest.raises(UnknownAgentError):
        store.agent("helper")


def test_equal_definitions_are_stored_once(store: Store) -> None:
    """Jobs of equal definitions are found by any of them; another warmup is another definition."""
    first = store.submit(definition(warmup="x = 1"))
    second = store.submit(definition(warmup="x = 1"))
    store.submit(definition(warmup="x = 2"))
    assert store.jobs(job_def=definition(warmup="x = 1")) == [second, first]
    assert store.read(lambda root: len(root.definitions)) == 2


def test_an_agent_of_one_role_is_one_agent(store: Store) -> None:
    """`put_agent` changes what existing jobs' agent is."""
    handle = store.submit(definition())
    store.put_agent(agent(prompt="Be verbose."))
    assert handle.read(lambda job: job.agent.system_prompt) == "Be verbose."
    assert store.agent("helper").system_prompt == "Be verbose."
    assert store.read(lambda root: list(root.agents)) == ["helper"]


def test_an_agent_keeps_tools_defined_anywhere(store: Store) -> None:
    """A tool that no module has, such as one of a notebook cell, works from its stored form."""
    factor = 3

    def times(number: int) -> int:
        """Multiply."""
        return number * factor

    store.put_agent(Agent("maths", tools=[times], metadata={"MODEL": "scripted/test"}))
    assert store.agent("maths").tools[0].function(5) == 15


def test_a_stored_job_cannot_be_submitted_again(store: Store) -> None:
    """One clear error; nothing is written."""
    with store.transaction() as root:
        job = root.add(Job(definition()))
        with pytest.raises(JobStateError, match="already"):
            root.add(job)
    assert sum(store.counts().values()) == 1


def test_children_know_their_parent(store: Store) -> None:
    """Parent by handle or id; children oldest first."""
    parent = store.submit(definition())
    one, two = store.submit(definition(), parent=parent), store.submit(definition(), parent=parent.id)
    assert parent.children == [one, two]
    assert (one.parent, parent.parent) == (parent, None)
    assert store.jobs(parent=parent) == [two, one]


def test_an_unknown_parent_or_job_is_one_clear_error(store: Store) -> None:
    """Neither a well-formed id of no job nor a text that is no id is found."""
    for unknown in ("0000000000001", "no such job", ""):
        with pytest.raises(UnknownJobError):
            store.job(unknown)
    with pytest.raises(UnknownJobError):
        store.submit(definition(), parent="0000000000001")
    assert store.jobs() == []


# --- queries -----------------------------------------------------------------------------------------------


def test_jobs_are_found_by_status_agent_and_time(store: Store) -> None:
    """Each filter alone and together, newest first."""
    a = store.submit(definition("a"))
    middle = datetime.now(UTC)
    b1, b2 = store.submit(definition("b")), store.submit(definition("b"))
    set_status(store, b1, JobStatus.DONE)
    assert store.jobs() == [b2, b1, a]
    assert store.jobs(status=JobStatus.READY) == [b2, a]
    assert store.jobs(status=(JobStatus.READY, JobStatus.DONE)) == [b2, b1, a]
    assert store.jobs(status="done") == store.jobs(status=["Done", JobStatus.SUSPENDED]) == [b1]
    with pytest.raises(BadOptionError, match="'finished' is none of READY"):
        store.jobs(status="finished")
    assert store.jobs(agent="b") == [b2, b1] == store.jobs(agent=agent("b"))
    assert store.jobs(agent="b", status=JobStatus.READY) == [b2]
    assert store.jobs(since=middle) == [b2, b1]
    assert store.jobs(since=middle + timedelta(hours=1)) == []
    assert store.jobs(agent="nobody") == []


def test_jobs_are_paged(store: Store) -> None:
    """``limit`` and ``after`` walk through all jobs without gaps."""
    made = [store.submit(definition()) for _ in range(7)]
    pages, after = [], None
    while page := store.jobs(limit=3, after=after):
        pages.append(page)
        after = page[-1]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [handle for page in pages for handle in page] == made[::-1]


def test_jobs_are_found_by_text(store: Store) -> None:
    """In the name, the message or the role, in any case."""
    one = store.submit(definition(), name="Weather report")
    two = store.submit(definition(), message="what is the WEATHER like")
    store.submit(definition(), message="other")
    assert store.jobs(text="weather") == [two, one]


def test_counts_follow_every_status_change(store: Store) -> None:
    """All statuses are named, also those without jobs."""
    handles = [store.submit(definition()) for _ in range(3)]
    set_status(store, handles[0], JobStatus.STARTED)
    set_status(store, handles[1], JobStatus.DONE)
    counts = {status.name: count for status, count in store.counts().items()}
    assert counts == {"READY": 1, "WARMING_UP": 0, "STARTED": 1, "SUSPENDED": 0, "DONE": 1}


def test_a_job_added_and_changed_in_one_transaction_is_listed_rightly(store: Store) -> None:
    """The catalog has the status at the end of the transaction."""
    with store.transaction() as root:
        job = root.add(Job(definition()))
        job.set_status(JobStatus.DONE)
    assert len(store.jobs(status=JobStatus.DONE)) == 1
    assert store.jobs(status=JobStatus.READY) == []
    assert store.verify().ok


# --- transactions ------------------------------------------------------------------------------------------


def test_a_transaction_that_raises_changes_nothing(store: Store) -> None:
    """Neither through `transaction` nor through `run`; the error is the caller's own."""
    handle = store.submit(definition())

    def fail(root: Root) -> None:
        root.job(handle.id).name = "changed"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.run(fail)
    with pytest.raises(ZeroDivisionError), store.transaction() as root:
        fail(root)
    assert handle.name is None


def test_a_nested_transaction_is_one_clear_error(store: Store) -> None:
    """Both forms inside both forms; the outer transaction is not harmed."""
    handle = store.submit(definition())
    with store.transaction() as root:
        for nested in (lambda: store.run(lambda root: 1), lambda: store.transaction().__enter__(), store.close):
            with pytest.raises(StoreError, match="open here already"):
                nested()
        root.job(handle.id).name = "outer"
    with pytest.raises(StoreError, match="open here already"):
        store.run(lambda root: store.run(lambda root: 1))
    assert handle.name == "outer"


def test_threads_take_turns(store: Store) -> None:
    """Read-modify-write from many threads loses nothing, through both forms."""
    handle = store.submit(definition())

    def raise_by_one(number: int) -> None:
        def write(root: Root) -> None:
            root.job(handle.id).seq += 1

        if number % 3:
            store.run(write)
        else:
            with store.transaction() as root:
                write(root)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(raise_by_one, range(60)))
    assert handle.read(lambda job: job.seq) == 60


async def test_coroutines_commit_without_blocking_each_other(store: Store) -> None:
    """Many `arun` at once all commit."""
    handle = store.submit(definition())

    def write(root: Root) -> int:
        job = root.job(handle.id)
        job.seq += 1
        return job.seq

    assert sorted(await asyncio.gather(*(store.arun(write) for _ in range(20)))) == list(range(1, 21))


async def test_a_cancelled_arun_has_an_outcome(store: Store) -> None:
    """After the cancellation is seen, the transaction is either in the store or never will be."""
    handle = store.submit(definition())
    gate, entered = threading.Event(), threading.Event()

    def write(root: Root) -> None:
        entered.set()
        gate.wait(10)
        root.job(handle.id).name = "late"

    running = asyncio.create_task(store.arun(write))
    waiting = asyncio.create_task(store.arun(write))
    await asyncio.to_thread(entered.wait, 10)
    running.cancel()
    waiting.cancel()
    gate.set()
    ended = await asyncio.gather(running, waiting, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 2
    assert handle.name == "late"


def test_a_stored_object_does_not_leave_its_transaction(store: Store) -> None:
    """`read` and `run` refuse to return one."""
    handle = store.submit(definition())
    for call in (store.read, store.run):
        with pytest.raises(TypeError, match="plain data"):
            call(lambda root: root.job(handle.id))


def test_reading_sees_what_was_committed_before(store: Store) -> None:
    """Each `read` is a fresh snapshot, also inside a `transaction` block, which it does not see."""
    handle = store.submit(definition())
    with store.transaction() as root:
        root.job(handle.id).name = "new"
        assert handle.name is None
    assert handle.name == "new"
