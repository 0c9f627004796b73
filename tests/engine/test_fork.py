"""Forks: a new job goes on from a turn of another one, which never notices."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import BadModelError, JobStateError, UnknownTurnError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store
from tests.store.jobs import KINDS
from tests.waiting import eventually

on_every_store = pytest.mark.parametrize("store", KINDS, indirect=True)

REPLIES = [
    "```python\nrows.append(1)\nalias = rows\n```",
    "```python\nrows.append(2)\nRate.value = 2\n```",
    "```python\nrows.append(3)\ndel alias\nexit(len(rows))\n```",
]
WARMUP = "rows = []\nclass Rate:\n    value = 1\nrate = Rate()\ndef total(): return sum(rows) * rate.value"
OTHER = "```python\nrows.append(10)\nsame = 'alias' in globals() and alias is rows\nexit((total(), same))\n```"


REACHED, GO_ON = threading.Event(), threading.Event()


def hold() -> None:
    """A tool: waits until the test lets the job go on."""
    REACHED.set()
    GO_ON.wait(30)


@pytest.fixture
def origin(store: Store) -> JobHandle:
    """A job of three turns that has ended."""
    register_model("origin", ScriptedModel(REPLIES))
    register_model("other", FunctionModel(lambda messages, **request: OTHER))
    definition = JobDef(Agent("origin", metadata={"MODEL": "scripted/origin"}), warmup_code=WARMUP)
    return run(store.submit(definition, message="go", name="base"), timeout=60)


def picture(handle: JobHandle) -> Any:
    """Everything of a job that a fork might disturb."""

    def look(job: Job) -> Any:
        entries = [(entry.id, type(entry).__name__, entry._p_serial) for entry in job.chat_log]  # type: ignore[union-attr]
        return (
            job.seq,
            job.status,
            job.num_turns,
            job.usage,
            job.updated_at,
            job._p_serial,
            entries,
        )  # read, so no ghosts

    return handle.read(look), dict.fromkeys(handle.locals), [dict.fromkeys(handle.at(n).locals) for n in range(4)]


@on_every_store
def test_a_fork_goes_on_with_another_model(store: Store, origin: JobHandle) -> None:
    """From each turn, with the variables, sharing and classes of that turn; the original stays what it was."""
    before = picture(origin)
    expected = {0: (10, False), 1: (11, True), 2: (26, True), 3: (32, False)}
    for turn, result in expected.items():
        fork = run(origin.fork(turn, model="function/other", message="again"), timeout=60)
        assert (fork.status, fork.result, fork.error) == (JobStatus.DONE, result, None)
        assert fork.forked_from == (origin, turn) and fork.turns == turn + 1 and fork.name == f"base@{turn}"
        assert fork.model == "function/other" and fork.parent is None
        messages = [entry.message for entry in fork.chat_log if isinstance(entry, UserLogItem)]
        assert messages == ["go", "again"]
    assert picture(origin) == before
    assert store.verify().ok


def test_what_a_fork_shares_survives_packing_and_its_original(store: Store, origin: JobHandle) -> None:
    """Deleted and packed away, the original leaves its forks whole, history included."""
    fork = origin.fork(2, model="function/other", message="again")
    origin.delete()
    for _ in range(2):  # records are dropped by the second pack where blobs are kept for a while
        store.pack(0)
    assert [fork.at(turn).locals["rows"] for turn in (0, 1, 2)] == [[], [1], [1, 2]]
    assert run(fork, timeout=60).result == (26, True)
    assert store.verify().ok
    with pytest.raises(KeyError):
        store.job(origin.id)


def test_a_fork_counts_only_what_it_used_itself(store: Store, origin: JobHandle) -> None:
    """What the shared turns cost is kept apart, so that sums over jobs count every call once."""
    fork = origin.fork(2, model="function/other", message="again")
    assert fork.usage.num_calls == 0 and fork.at(2).usage.num_calls == 0
    inherited = fork.read(lambda job: job.origin.fork)
    assert inherited is not None and inherited.usage == origin.at(2).usage and inherited.usage.num_calls == 2
    run(fork, timeout=60)
    assert fork.usage.num_calls == 1 and fork.at(3).usage == fork.usage
    again = fork.fork(3, message="more").read(lambda job: job.origin.fork)
    assert again is not None and again.usage.num_calls == 3


def test_a_fork_has_the_limits_anew(store: Store) -> None:
    """As many turns as its original was allowed, whatever that has used of them."""
    register_model("busy", FunctionModel(lambda messages, **request: "```python\nx = 1\n```"))
    definition = JobDef(Agent("busy", metadata={"MODEL": "function/busy"}), limits=JobLimits(max_turns=3))
    job = run(store.submit(definition), timeout=60)
    assert "3 turns" in str(job.error)
    fork = run(job.fork(), timeout=60)
    assert fork.turns == 6 and "3 turns" in str(fork.error) and job.turns == 3


def test_a_fork_of_a_finished_job_is_finished_until_it_gets_a_message(store: Store, origin: JobHandle) -> None:
    """Without one there is nothing to ask; ``send`` makes it go on."""
    fork = origin.fork(model="function/other")
    assert (fork.status, fork.result, fork.forked_from) == (JobStatus.DONE, 3, (origin, 3))
    fork.send("more")
    with Worker(store, only=[fork.id]):
        eventually(lambda: fork.turns == 4 and fork.status is JobStatus.DONE)
    assert fork.result == (32, False) and origin.result == 3


def test_metadata_makes_a_definition_of_its_own(store: Store, origin: JobHandle) -> None:
    """The original's definition with these entries; equal ones are stored once."""
    forks = [origin.fork(1, metadata={"MODEL": "function/other", "TEMPERATURE": "0.5"}, name="warm") for _ in range(2)]
    about = [fork.read(lambda job: (job.job_def.temperature, job.job_def._p_oid, job.name)) for fork in forks]
    assert about[0] == about[1] and about[0][0] == 0.5 and about[0][2] == "warm"
    assert run(forks[0], timeout=60).result == (11, True)
    assert origin.read(lambda job: job.job_def.temperature) is None


def test_a_running_job_is_forked_at_an_earlier_turn(store: Store) -> None:
    """The turn that runs cannot be forked; the last one that has ended is taken when none is named."""
    REACHED.clear(), GO_ON.clear()

    def reply(messages: Any, turn: int = 1, **request: Any) -> str:
        if turn == 3:
            return "```python\nexit('original')\n```"
        return f"```python\nx = {turn}\n{'hold()' if turn == 2 else ''}\n```"

    register_model("slow", FunctionModel(reply))
    register_model("quick", FunctionModel(lambda messages, **request: "```python\nexit(x)\n```"))
    agent = Agent("slow", metadata={"MODEL": "function/slow"}, tools=(hold,))
    with Worker(store, concurrency=2):
        job = store.submit(JobDef(agent))
        assert REACHED.wait(30)
        with pytest.raises(JobStateError, match="turn 2 has not ended"):
            job.fork(2)
        fork = job.fork(model="function/quick")
        assert fork.forked_from == (job, 1)
        assert fork.wait(30).result == 1 and job.status is JobStatus.STARTED
        GO_ON.set()
        assert job.wait(30).result == "original" and job.locals["x"] == 2


def test_what_cannot_be_forked_is_told(store: Store, origin: JobHandle) -> None:
    """A turn that is not there, a model that is none, a job that has not begun; nothing is stored."""
    waiting = store.submit(JobDef(Agent("origin", metadata={"MODEL": "scripted/origin"}), warmup_code=WARMUP))
    with pytest.raises(UnknownTurnError):
        origin.fork(4)
    with pytest.raises(BadModelError):
        origin.fork(1, model="two words")
    for at in (None, 0):
        with pytest.raises(JobStateError, match="warmup"):
            waiting.fork(at)
    assert len(store.jobs()) == 2


def test_a_fork_shares_large_values(store: Store) -> None:
    """A megabyte array is stored once, also when the fork changes another variable that shares its group."""
    pytest.importorskip("numpy")
    code = "import numpy\ndata = numpy.random.default_rng(1).random(400_000)\nholder = [data, 1]"
    register_model("large", ScriptedModel([f"```python\n{code}\n```", "Done."]))
    register_model("touch", FunctionModel(lambda messages, **request: "```python\nholder[1] = 2\nexit(data.size)\n```"))
    job = run(store.submit(JobDef(Agent("large", metadata={"MODEL": "scripted/large"}))), timeout=60)
    before = store.info().size_bytes or 0
    fork = run(job.fork(1, model="function/touch"), timeout=60)
    assert fork.result == 400_000 and fork.locals["holder"][1] == 2 and job.locals["holder"][1] == 1
    assert (store.info().size_bytes or 0) - before < 1_000_000


@on_every_store
def test_a_job_that_waits_is_forked_at_the_turn_before(store: Store) -> None:
    """The original goes on waiting, and ends as if nobody had forked it; the fork does something else instead."""
    replies = [
        "```python\nrows = [1]\nheld = rows\n```",
        "```python\nrows.append(external_event('price'))\n```",
        "Done.",
    ]
    register_model("waits", ScriptedModel(replies))
    register_model("other", FunctionModel(lambda messages, **request: "```python\nexit((held is rows, rows))\n```"))
    with Worker(store):
        waiting = store.submit(JobDef(Agent("waits", metadata={"MODEL": "scripted/waits"})))
        eventually(lambda: waiting.status is JobStatus.SUSPENDED)
        awaited, seq = waiting.awaiting, waiting.read(lambda job: job.seq)
        with pytest.raises(JobStateError, match="turn 2 has not ended"):
            waiting.fork(2)
        fork = waiting.fork(model="function/other", message="Do not wait.", metadata={"TEMPERATURE": "0.1"})
        assert fork.forked_from == (waiting, 1) and fork.wait(30).result == (True, [1])
        assert fork.read(lambda job: job.job_def.temperature) == 0.1
        assert (waiting.status, waiting.awaiting) == (JobStatus.SUSPENDED, awaited)
        assert waiting.read(lambda job: job.seq) == seq
        store.pack(0)
        store.complete("price", 7)
        assert waiting.wait(30).result == "Done." and waiting.locals["rows"] == [1, 7]
