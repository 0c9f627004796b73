"""Jobs that sleep, and what wakes them: the index of waits, at once and in conflict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from statek_jupyter.errors import EventCompletedError, NotDurableError
from statek_jupyter.executors.inbox import Message
from statek_jupyter.executors.job import JobStatus, Lease
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.waits import ConditionWait, EventWait, JobWait, MessageWait, TimeWait, Wait
from statek_jupyter.store import JobHandle, Store, open_store
from statek_jupyter.store.placing import place_of
from statek_jupyter.store.root import Root
from tests.store.jobs import KINDS, definition

pytestmark = pytest.mark.parametrize("store", KINDS, indirect=True)


def asleep(store: Store, *waits: Wait) -> JobHandle:
    """A new job that waits for these."""
    handle = store.submit(definition())
    store.run(lambda root: root.suspend(root.job(handle.id), waits))
    return handle


def woken(store: Store) -> set[str | None]:
    """Ids of the suspended jobs that stand in the queue."""

    def look(root: Root) -> set[str | None]:
        suspended = root.jobs_by(status=JobStatus.SUSPENDED)
        return {job.id for job in suspended if root.queue.has(place_of(job), job.number or 0)}

    return store.read(look)


def test_a_completed_event_wakes_those_that_wait_for_it_and_nobody_else(store: Store) -> None:
    """Found by name, in the transaction that completes it; its value stays for those who ask later."""
    first, second, other = (asleep(store, EventWait(name)) for name in ("paid", "paid", "shipped"))
    assert woken(store) == set()
    cursor, _ = store.changes()
    store.complete("paid", {"amount": 7})
    assert woken(store) == {first.id, second.id}
    assert set(store.changes(cursor)[1]) == {first.id, second.id} and other.id not in woken(store)
    assert store.read(lambda root: root.waits.events["paid"].value.load()) == {"amount": 7}
    assert store.verify().ok, store.verify()


def test_the_first_value_of_an_event_stays(store: Store) -> None:
    """Completing twice is an error that says when it was completed, and changes nothing."""
    store.complete("paid", 1)
    with pytest.raises(EventCompletedError, match="'paid' was completed already, at 20"):
        store.complete("paid", 2)
    assert store.read(lambda root: root.waits.events["paid"].value.load()) == 1


def test_a_value_that_cannot_be_stored_completes_nothing(store: Store) -> None:
    """The error names the event; it can be completed afterwards."""
    with pytest.raises(NotDurableError, match="event paid"):
        store.complete("paid", (one for one in "x"))
    store.complete("paid", "now")


def test_what_has_happened_already_wakes_at_once(store: Store) -> None:
    """A job that begins to wait for something that is there does not sleep."""
    store.complete("paid")
    ended = store.submit(definition())
    store.run(lambda root: root.job(ended.id).set_status(JobStatus.DONE))
    told = store.submit(definition())
    told.send("hello")
    store.run(lambda root: root.suspend(root.job(told.id), (MessageWait(),)))
    number = ended.read(lambda job: job.number) or 0
    jobs = [asleep(store, EventWait("paid")), asleep(store, JobWait(number)), asleep(store, JobWait(7)), told]
    assert woken(store) == {handle.id for handle in jobs}


def end(root: Root, handle: JobHandle) -> None:
    root.job(handle.id).set_status(JobStatus.DONE)


def delete(root: Root, handle: JobHandle) -> None:
    root.remove(root.job(handle.id))


@pytest.mark.parametrize("finish", [end, delete])
def test_the_end_of_a_job_wakes_those_that_wait_for_it(store: Store, finish: Callable[[Root, JobHandle], None]) -> None:
    """Whether it ends or is deleted."""
    awaited = store.submit(definition())
    number = awaited.read(lambda job: job.number) or 0
    waiting, _ = asleep(store, JobWait(number)), asleep(store, EventWait("x"))
    store.run(lambda root: finish(root, awaited))
    assert woken(store) == {waiting.id}
    assert store.verify().ok, store.verify()


def test_times_come_due_in_their_order(store: Store) -> None:
    """The next one is known without looking at any job; those that are due are woken once."""
    now = datetime.now(UTC)
    jobs = [asleep(store, TimeWait(now + timedelta(seconds=seconds))) for seconds in (30, 10, 20)]
    assert store.read(lambda root: root.waits.next_due()) == pytest.approx(now.timestamp() + 10)
    store.run(lambda root: root.wake_due(now.timestamp() + 21, 1))
    store.run(lambda root: root.wake_due(now.timestamp() + 21, 100))
    assert woken(store) == {jobs[1].id, jobs[2].id}
    assert store.read(lambda root: root.waits.next_due()) == pytest.approx(now.timestamp() + 30)


def test_a_job_that_goes_on_waits_for_nothing_more(store: Store) -> None:
    """All its entries leave the index together, whichever of them woke it."""
    handle = asleep(store, EventWait("a"), EventWait("b"), TimeWait(datetime.now(UTC)), ConditionWait(), JobWait(64))
    assert store.read(lambda root: len(list(root.waits.entries()))) == 5
    store.run(lambda root: root.job(handle.id).set_status(JobStatus.STARTED))
    assert store.read(lambda root: list(root.waits.entries())) == []
    assert store.verify().ok, store.verify()


def test_a_message_does_not_change_the_sleeping_job(store: Store) -> None:
    """It goes to the inbox alone; workers find it there."""
    handle = asleep(store, MessageWait())
    before = handle.read(lambda job: job._p_serial)
    handle.send("hello")
    assert handle.read(lambda job: job._p_serial) == before
    assert handle.read(lambda job: [type(entry) for entry in job.inbox.pending()]) == [Message]


def test_verification_finds_a_job_that_nobody_would_wake(store: Store) -> None:
    """A lost entry of the index, or of the queue, is a problem that is told."""
    handle, ready = asleep(store, EventWait("a")), store.submit(definition())

    def lose(root: Root) -> None:
        root.waits.remove(root.job(handle.id).number or 0, (EventWait("a"),))
        job = root.job(ready.id)
        root.queue.drop(place_of(job), job.number or 0)

    store.run(lose)
    report = store.verify()
    assert len(report.problems) == 2
    assert "not in the index" in str(report) and "not in the queue" in str(report)


def test_a_store_from_before_the_queue_gets_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that could go on, that slept or were held are found as if there had always been one."""
    if store.kind == "memory":
        pytest.skip("a store in memory ends when it is closed")
    ready, held, sleeping = store.submit(definition()), store.submit(definition()), asleep(store, EventWait("paid"))
    store.run(lambda root: setattr(root.job(held.id), "lease", Lease("somebody", 1)))

    def take_away(root: Root) -> None:
        for name in ("queue", "waits", "beats"):
            delattr(root, name)
        for handle in (ready, held, sleeping):
            job = root.job(handle.id)
            del vars(job)["catalog_standing"]
            job._p_changed = True

    with monkeypatch.context() as patched:
        patched.setattr("statek_jupyter.store.session.index_changes", lambda root, connection: None)
        store.run(take_away)
    store.close()
    with open_store(store.where, read_only=True) as old:
        assert old.verify().ok
    with open_store(store.where) as new:
        assert new.verify().ok, new.verify()
        assert new.read(lambda root: [number for _, number in root.queue.entries()]) == [job_number(ready.id)]
        new.complete("paid")
        assert woken(new) == {sleeping.id}
