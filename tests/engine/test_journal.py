"""What the journal keeps of a call: values, errors, cancellations, claims; and what it cannot keep."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import transaction

from statek_jupyter.engine.commits import Held
from statek_jupyter.engine.commits.calls import keep_calls
from statek_jupyter.engine.fingerprint import fingerprint
from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import LeaseLostError
from statek_jupyter.executors.current_job import get_current_job
from statek_jupyter.executors.error_handler import error_handler
from statek_jupyter.executors.job import JobStatus, Lease
from statek_jupyter.executors.journal import CallEntry, CallJournal
from statek_jupyter.executors.tool import as_tool, tool
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import ROOT_KEY
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.text import job_text
from tests.engine.scripted import define
from tests.waiting import eventually

DONE: list[Any] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    DONE.clear()


def finished(store: Store, code: str, *tools: Any) -> JobHandle:
    """Run code whose statement waits for the event ``go`` after its calls, so that they answer from the journal."""
    handle = store.submit(define([f"```python\n{code}\n```", "Done."], tools=list(tools)))
    with Worker(store):
        eventually(lambda: handle.status in (JobStatus.SUSPENDED, JobStatus.DONE))
    assert handle.status is JobStatus.SUSPENDED, handle.chat_log[0].error  # type: ignore[union-attr]
    store.complete("go", 1)
    with Worker(store):
        handle.wait(30)
    assert handle.chat_log[0].error is None, handle.chat_log[0].error  # type: ignore[union-attr]
    return handle


class Claimed(Exception):
    """Not to be had."""


@tool
def claim(what: Any) -> Any:
    """Claim something, or fail to."""
    DONE.append(what)
    if what == "bad":
        raise Claimed(what, [1, 2])
    return {"claimed": what}


def test_an_error_of_a_tool_is_raised_again_and_the_tool_not_called(store: Store) -> None:
    """With its type, its arguments and what was raised with it."""
    code = (
        "out = []\nfor w in ['good', 'bad']:\n    try: out.append(claim(w))\n"
        "    except Exception as e: out.append((type(e).__name__, e.args))\n    if w == 'bad': external_event('go')"
    )
    handle = finished(store, code, claim)
    assert handle.locals["out"] == [{"claimed": "good"}, ("Claimed", ("bad", [1, 2]))]
    assert DONE == ["good", "bad"]


def test_each_answer_from_the_journal_is_a_new_value(store: Store) -> None:
    """What the first run has done to a value it got is given up with the rest."""
    code = (
        "def f():\n    got = claim('x'); got['seen'] = got.get('seen', 0) + 1\n"
        "    external_event('go')\n    return got\nout = f()"
    )
    assert finished(store, code, claim).locals["out"] == {"claimed": "x", "seen": 1}


def test_values_of_the_jobs_own_classes_stay_of_their_class(store: Store) -> None:
    """The class is the one of the job, also after its variables were loaded anew."""
    code = (
        "class Box:\n    def __init__(self, n): self.n = n\n"
        "def f():\n    box = same(Box(3)); external_event('go')\n    return isinstance(box, Box), box.n\nout = f()"
    )
    assert finished(store, code, tool(retry="ask")(same)).locals["out"] == (True, 3)


def same(value: Any) -> Any:
    """Give back what it gets."""
    return value


def test_a_call_that_its_code_gives_up_is_given_up_again(store: Store) -> None:
    """A timeout of the code's own is no interruption: nobody is asked."""
    code = (
        "import asyncio\nout = []\ntry:\n    await asyncio.wait_for(slow(1), 0.1)\n"
        "except asyncio.TimeoutError:\n    out.append('late')\nasync def f():\n"
        "    try:\n        await asyncio.wait_for(slow(2), 0.1)\n"
        "    except asyncio.TimeoutError:\n        out.append('late')\n"
        "    await external_event('go')\nawait f()"
    )
    handle = finished(store, code, slow)
    assert handle.locals["out"] == ["late", "late"] and DONE == [1, 2]


@tool
async def slow(what: Any) -> None:
    """Take longer than anybody waits."""
    DONE.append(what)
    await asyncio.sleep(60)


def test_an_outcome_that_cannot_be_stored_is_not_passed_off_as_one(store: Store) -> None:
    """A safe tool is called again; for the others a person is asked, and told why."""
    handle = finished(
        store, "def f():\n    rows = safe_rows(); external_event('go')\n    return list(rows)\nout = f()", safe_rows
    )
    assert handle.locals["out"] == [0, 1, 2] and DONE == ["rows", "rows"]
    DONE.clear()
    code = "```python\ndef f():\n    rows = rows_of(); external_event('on')\n    return list(rows)\nout = f()\n```"
    handle = store.submit(define([code, "Done."], tools=[rows_of]))
    with Worker(store):
        eventually(lambda: handle.awaiting == "the event 'on'")
        store.complete("on", 1)
        eventually(lambda: "unknown" in (handle.awaiting or ""))
        assert "cannot be stored" in (handle.awaiting or "") and DONE == ["rows"]
        handle.resolve(retry=True)
        assert handle.wait(30).locals["out"] == [0, 1, 2]
    assert DONE == ["rows", "rows"]


@tool(retry="safe")
def safe_rows() -> Any:
    """Give something that cannot be stored."""
    return rows_of()


def rows_of() -> Any:
    """Give something that cannot be stored."""
    DONE.append("rows")
    return (n for n in range(3))


def test_what_was_claimed_is_released_when_the_job_is_stopped_while_it_waits(store: Store) -> None:
    """Handlers that a finished call has registered are kept with its outcome, not with its statement."""
    code = "```python\ndef f():\n    reserve('seat'); reserve_by_hand('bed'); external_event('never')\nf()\n```"
    handle = store.submit(define([code, "Done."], tools=[reserve, reserve_by_hand]))
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED)
    with Worker(store):
        handle.stop("enough")
        handle.wait(30)
        eventually(lambda: sorted(DONE) == ["released bed", "released seat"])
    notes = [(call.name, call.state) for call in handle.chat_log[0].calls]  # type: ignore[union-attr]
    assert notes == [("reserve", "returned"), ("reserve_by_hand", "returned"), ("external_event", "waiting")]


@error_handler
def _release(context: Any, error: BaseException | None = None) -> None:
    DONE.append(f"released {context}")


@tool(error_handler=_release)
def reserve(what: str) -> str:
    """Claim something outside."""
    return what


@tool
def reserve_by_hand(what: str) -> str:
    """Claim something outside, and say so to the job."""
    get_current_job().add_error_handler(_release, what)
    return what


def test_a_key_is_given_to_tools_that_take_one_and_hidden_from_models(store: Store) -> None:
    """It is the same for the same call, and another one for every other call."""
    handle = finished(store, "def f():\n    keyed(1); keyed(1); external_event('go')\n    keyed(2)\nf()", keyed)
    keys = [key for key, _ in DONE]
    assert len(set(keys)) == 3 and all(key.startswith(f"{handle.id}:") for key in keys)
    assert "idempotency_key" not in as_tool(keyed).signature
    assert list(as_tool(keyed).parameters["properties"]) == ["what"]


@tool(retry="idempotent")
def keyed(what: Any, idempotency_key: str = "") -> None:
    """Do something once for each key."""
    DONE.append((idempotency_key, what))


def test_fingerprints_tell_arguments_apart_and_not_processes() -> None:
    """Order of sets, shared parts and addresses do not count; values, types and names do."""
    shared = [1]
    assert fingerprint(({"a", "b", "c"},), {}) == fingerprint(({"c", "b", "a"},), {})
    assert fingerprint(([shared, shared],), {}) == fingerprint(([[1], [1]],), {})
    assert fingerprint((object(),), {}) == fingerprint((object(),), {})
    different = [((1,), {}), (("1",), {}), ((1.0,), {}), ((True,), {}), (([1],), {}), ((), {"n": 1}), ((b"1",), {})]
    assert len({fingerprint(args, kwargs) for args, kwargs in different}) == len(different)
    loop: list[Any] = []
    loop.append(loop)
    assert fingerprint((loop,), {}) == fingerprint((loop,), {})


def test_a_worker_that_has_lost_the_job_keeps_no_entry(store: Store) -> None:
    """Also when it loses it between its look and its commit, although it writes nothing that the other one writes."""
    handle = store.submit(define(["Done."]))

    def lease(root: Any, worker: str) -> int:
        job = root.job(handle.id)
        job.journal = job.journal or CallJournal()
        job.lease_token += 1
        job.lease = Lease(worker, job.lease_token)
        return int(job.lease_token)

    held = Held(handle.id, "slow", store.run(lambda root: lease(root, "slow")))
    entry = CallEntry("0.0.0.0", "pay", "ask", b"", "", "begun", datetime.now(UTC))
    others: list[int] = []

    def keep(root: Any) -> None:
        keep_calls(root, held, [entry])
        if not others:  # another process takes the job now: its commit is there before this one
            others.append(_elsewhere(store, lambda other: lease(other, "quick")))

    with pytest.raises(LeaseLostError):
        store.run(keep)
    assert store.read(lambda root: list(root.job(handle.id).journal.calls)) == []


def _elsewhere(store: Store, change: Any) -> int:
    """Commit a change through a connection of its own, while the store's thread is in the middle of a transaction."""
    manager = transaction.TransactionManager()
    connection = store._database.backend.db.open(manager)
    try:
        done = change(connection.root()[ROOT_KEY])
        manager.commit()
        return int(done)
    finally:
        connection.close()


def test_secrets_do_not_get_into_what_is_told_of_calls(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by arguments and values of tools, nor by what a person is asked."""
    monkeypatch.setenv("TEST_API_KEY", "secret-0123456789")
    code = "```python\nkey = same('secret-0123456789')\nask_human('Is ' + key + ' right? ' + 'x' * 9000)\n```"
    handle = store.submit(define([code, "Done."], tools=[same]))
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED)
    told = job_text(handle.read(read_job))
    assert "same('[key removed]') → '[key removed]'" in told and "Is [key removed] right?" in told
    assert "secret-0123456789" not in told and len(handle.awaiting or "") <= 500
