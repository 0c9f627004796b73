"""What every kind of store does beyond transactions and queries: mail, changes, handles, upkeep, closing."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from statek_jupyter.errors import (
    JobStateError,
    StoreClosedError,
    UnknownJobError,
)
from statek_jupyter.executors.inbox import Message, ResumeRequest, StopRequest
from statek_jupyter.executors.job import JobStatus, Lease
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.store import JobHandle, Store, open_store
from statek_jupyter.store.heartbeat import LEASE_BEATS
from statek_jupyter.store.root import Root
from tests.store.jobs import KINDS, agent, definition
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("store", KINDS, indirect=True)


def set_status(store: Store, handle: JobHandle, status: JobStatus) -> None:
    def write(root: Root) -> None:
        job = root.job(handle.id)
        job.set_status(status)
        job.touch()

    store.run(write)


# --- inbox and mail ----------------------------------------------------------------------------------------


def test_send_stop_and_resume_reach_the_inbox_and_the_mail_list(store: Store) -> None:
    """The worker finds the job by its mail, takes the messages, and then has none."""
    handle, other = store.submit(definition()), store.submit(definition())
    handle.send("more", data={"n": 1})
    handle.stop("enough")
    handle.resume()
    assert store.read(lambda root: [job_id(one) for one in root.catalog.with_mail()]) == [handle.id]

    def take(root: Root) -> list[object]:
        job = root.job(handle.id)
        root.clear_mail(job)
        return list(job.inbox.take())

    message, stop, resume = store.run(take)
    assert isinstance(message, Message) and (message.text, message.data) == ("more", {"n": 1})
    assert isinstance(stop, StopRequest) and stop.reason == "enough"
    assert isinstance(resume, ResumeRequest)
    assert store.read(lambda root: list(root.catalog.with_mail())) == []
    assert other.read(lambda job: len(job.inbox)) == 0


# --- changes -----------------------------------------------------------------------------------------------


def test_changes_name_the_jobs_changed_since_a_cursor(store: Store) -> None:
    """Status, inbox and new jobs; each id once; nothing after the newest cursor."""
    one, two = store.submit(definition()), store.submit(definition())
    cursor, none = store.changes()
    assert none == [] and store.changes(cursor) == (cursor, [])
    two.send("x")
    set_status(store, one, JobStatus.STARTED)
    set_status(store, one, JobStatus.DONE)
    three = store.submit(definition())
    store.put_agent(agent("unrelated"))
    after, ids = store.changes(cursor)
    assert ids == [two.id, one.id, three.id]
    assert after > cursor and store.changes(after) == (after, [])
    assert sorted(store.changes(0)[1]) == sorted([one.id, two.id, three.id])


def test_a_watcher_hears_of_changes_until_it_stops(store: Store) -> None:
    """Called on another thread soon after the commit; a failing watcher does not stop the others."""
    heard: list[str] = []
    threads: set[int] = set()

    def callback(ids: list[str]) -> None:
        threads.add(threading.get_ident())
        heard.extend(ids)

    def broken(ids: list[str]) -> None:
        raise ZeroDivisionError

    stop_broken, stop = store.watch(broken), store.watch(callback)
    handle = store.submit(definition())
    eventually(lambda: handle.id in heard, timeout=2)
    assert threading.get_ident() not in threads
    stop()
    stop_broken()
    heard.clear()
    set_status(store, handle, JobStatus.DONE)
    store.watch(lambda ids: None)
    assert heard == []


# --- handles -----------------------------------------------------------------------------------------------


def test_wait_ends_with_the_status_or_the_timeout(store: Store) -> None:
    """DONE by default; the timeout's text says what the job is instead."""
    handle = store.submit(definition())
    with pytest.raises(TimeoutError, match="is READY, and was not DONE"):
        handle.wait(timeout=0.05)
    thread = threading.Timer(0.1, set_status, (store, handle, JobStatus.DONE))
    thread.start()
    assert handle.wait(timeout=10) is handle
    thread.join()


async def test_a_handle_can_be_awaited(store: Store) -> None:
    """The awaiting coroutine goes on when the job is DONE, and gets the handle."""
    handle = store.submit(definition())

    async def waiter() -> JobHandle:
        return await handle

    waiting = asyncio.create_task(waiter())
    await asyncio.sleep(0)
    await store.arun(lambda root: root.job(handle.id).set_status(JobStatus.DONE))
    assert await asyncio.wait_for(waiting, 10) is handle


def test_delete_takes_the_job_and_its_subtasks_out(store: Store) -> None:
    """Neither list, count, catalog nor id has them afterwards; the others stay."""
    parent, other = store.submit(definition()), store.submit(definition())
    store.submit(definition(), parent=store.submit(definition(), parent=parent))
    parent.send("mail for nobody")
    parent.delete()
    assert store.jobs() == [other]
    assert sum(store.counts().values()) == 1
    with pytest.raises(UnknownJobError):
        parent.status
    assert store.verify().ok


def test_delete_refuses_while_a_live_worker_runs_the_job(store: Store) -> None:
    """The lease of a dead worker does not hold the job back."""
    parent = store.submit(definition())
    child = store.submit(definition(), parent=parent)

    def lease(worker: str) -> None:
        store.run(lambda root: setattr(root.job(child.id), "lease", Lease(worker, 1)))

    lease(store.presence.id)
    with pytest.raises(JobStateError, match="run by a worker"):
        parent.delete()
    assert len(store.jobs()) == 2
    lease("nobody")
    store.presence.alive("nobody")
    for _ in range(LEASE_BEATS + 2 if store.kind in ("zeo", "postgresql") else 0):
        store.presence.beat()  # on a server, who is not known yet is dead only when nothing was heard of it
    parent.delete()
    assert store.jobs() == []


# --- life --------------------------------------------------------------------------------------------------


def test_a_closed_store_says_so(store: Store) -> None:
    """Every use raises one clear error; closing again is nothing."""
    handle = store.submit(definition())
    store.close()
    store.close()
    uses = (lambda: store.jobs(), lambda: store.submit(definition()), lambda: handle.status, lambda: store.changes())
    for use in uses:
        with pytest.raises(StoreClosedError, match="closed"):
            use()


def test_a_store_opened_twice_is_one_store(store: Store, tmp_path: Path) -> None:
    """Both see the same jobs at once; closing one leaves the other open. In memory each is its own."""
    if store.kind == "memory":
        with open_store("memory:") as other:
            store.submit(definition())
            assert other.jobs() == []
        return
    second = open_store(store.where)
    handle = store.submit(definition())
    assert second.jobs() == [handle]
    store.close()
    assert second.job(handle.id).status is JobStatus.READY
    second.close()


def test_what_was_stored_is_there_after_reopening(store: Store) -> None:
    """Jobs, variables, agents and the order of ids survive."""
    if store.kind == "memory":
        pytest.skip("a store in memory ends with its process")
    handle = store.submit(definition(), locals={"a": 1}, name="kept")
    where = store.where
    store.close()
    with open_store(where) as again:
        found = again.job(handle.id)
        assert (found.name, dict(found.locals)) == ("kept", {"a": 1})
        assert again.agent("helper").system_prompt == "Be brief."
        assert again.submit(definition()).id > handle.id
        assert again.verify().ok


def test_info_and_verify_describe_the_store(store: Store) -> None:
    """Counts, agents, kind; a sound store has no problems."""
    store.submit(definition())
    info, report = store.info(), store.verify()
    assert (info.jobs, info.agents, info.kind) == (1, ("helper",), store.kind)
    assert report.ok and report.jobs == 1 and report.records > 5
    assert "no problems" in str(report)


def test_pack_keeps_every_current_job(store: Store) -> None:
    """Old revisions and deleted jobs go, the rest is whole."""
    kept, gone = store.submit(definition(), locals={"a": [1]}), store.submit(definition())
    for status in (JobStatus.STARTED, JobStatus.SUSPENDED, JobStatus.DONE):
        set_status(store, kept, status)
    gone.delete()
    store.pack(keep_days=0)
    assert (kept.status, dict(kept.locals)) == (JobStatus.DONE, {"a": [1]})
    assert store.verify().ok
    store.submit(definition())


def test_a_backup_is_a_store(store: Store, tmp_path: Path) -> None:
    """It opens by itself, has every job, verifies clean and takes new ones."""
    handle = store.submit(definition(), locals={"a": [1]})
    kind = "folder" if store.kind == "sqlite" else "file:"
    target = tmp_path / "backups" / "copy"
    store.backup(target)
    store.submit(definition())
    with open_store(f"file:{target}" if kind == "file:" else target) as copy:
        assert copy.jobs() == [JobHandle(copy, handle.id)]
        assert dict(copy.job(handle.id).locals) == {"a": [1]}
        assert copy.verify().ok
        copy.submit(definition("new"))
