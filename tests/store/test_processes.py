"""Several processes on one store: nothing lost, nothing conflicting, the dead seen dead."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from statek_jupyter.executors.job import Job, JobStatus, Lease
from statek_jupyter.executors.journal import CallJournal
from statek_jupyter.executors.waits import AnswerWait, EventWait, Wait
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.placing import place_of
from statek_jupyter.store.root import Root
from tests.store.jobs import SEVERAL_PROCESSES, definition
from tests.store.process import first_line, start, tell
from tests.waiting import eventually


@pytest.mark.parametrize("store", SEVERAL_PROCESSES, indirect=True)
@pytest.mark.parametrize("processes", [1, 4, 8])
def test_processes_submit_update_and_query_at_once(store: Store, processes: int) -> None:
    """No update is lost, no conflict reaches a caller, ids are unique, and the catalog is right at the end."""
    each = 24 // processes
    shared = store.submit(definition("shared"))
    running = [start("load", store.where, each) for _ in range(processes)]
    assert [first_line(process) for process in running] == ["open"] * processes
    for process in running:
        tell(process, shared.id)
    outputs = [process.communicate(timeout=100) for process in running]
    assert [process.returncode for process in running] == [0] * processes, outputs
    ids = [line for output, _ in outputs for line in output.split()]
    assert len(set(ids)) == len(ids) == each * processes
    assert store.counts()[JobStatus.DONE] == len(ids) and store.counts()[JobStatus.READY] == 1
    assert {handle.id for handle in store.jobs(parent=shared, limit=None)} == set(ids)
    assert shared.read(lambda job: (job.seq, len(job.inbox))) == (len(ids), len(ids))
    lanes = Counter(handle.read(lambda job: job.number & 63) for handle in store.jobs(parent=shared, limit=None))
    assert len(lanes) == processes
    report = store.verify()
    assert report.ok, str(report)


@pytest.mark.parametrize("attempt", range(3))
def test_processes_create_a_store_at_once(tmp_path: Path, attempt: int) -> None:
    """Whoever comes first creates it; all the others open it; nobody fails."""
    where = str(tmp_path / f"store {attempt}")
    start_at = time.time() + 1.5
    running = [start("create", where, start_at) for _ in range(6)]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 6, outputs
    with open_store(where) as store:
        assert {handle.id for handle in store.jobs()} == {output.strip() for output, _ in outputs}


def test_another_process_hears_of_a_commit_soon(store: Store) -> None:
    """A watcher here is called for a commit made there, well within a second."""
    heard: dict[str, float] = {}
    stop = store.watch(lambda ids: heard.update(dict.fromkeys(ids, time.monotonic())))
    process = start("create", store.where, 0)
    made = first_line(process)
    seen = time.monotonic()
    eventually(lambda: made in heard, timeout=5)
    assert heard[made] - seen < 0.5
    stop()
    process.communicate(timeout=20)


def test_a_killed_process_is_seen_dead_at_once(store: Store) -> None:
    """Its presence ends with it, and what it leased can be deleted."""
    process = start("hold", store.where)
    other = first_line(process)
    handle = store.submit(definition())
    store.run(lambda root: setattr(root.job(handle.id), "lease", Lease(other, 1)))
    assert store.presence.alive(other) and store.presence.alive(store.presence.id)
    assert not store.presence.alive("nobody") and not store.presence.alive(None)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    assert not store.presence.alive(other)
    handle.delete()


def test_a_process_that_closed_the_store_is_gone(store: Store) -> None:
    """Closing ends the presence and frees the lane for the next process."""
    for _ in range(2):
        process = start("hold", store.where)
        other = first_line(process)
        assert sorted(path.name for path in Path(store.where, "lanes").iterdir()) == ["00", "01"]
        process.communicate("end\n", timeout=20)
        assert not store.presence.alive(other)


@pytest.mark.kill
def test_acknowledged_commits_survive_kill_9(store: Store) -> None:
    """Ten kills, with a peer writing on: nothing acknowledged is lost and the store verifies clean."""
    victim, peer = store.submit(definition()), store.submit(definition())
    other = start("append", store.where, peer.id)
    acknowledged = 0
    for delay in (0.0, 0.01, 0.02, 0.05, 0.08, 0.1, 0.13, 0.2, 0.3, 0.4):
        process = start("append", store.where, victim.id)
        assert first_line(process) == "ready"
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        said, _ = process.communicate(timeout=20)
        acknowledged = max([acknowledged, *(int(line) for line in said.splitlines(True) if line.endswith("\n"))])
        assert victim.read(lambda job: len(job.chat_log)) in (acknowledged, acknowledged + 1)
        acknowledged = victim.read(lambda job: len(job.chat_log))
    assert acknowledged > 10
    other.kill()
    said, errors = other.communicate(timeout=20)
    assert errors == ""
    assert peer.read(lambda job: len(job.chat_log)) >= int(said.splitlines()[-1]) > 10
    for handle in (victim, peer):
        blob, text = handle.read(lambda job: _blob(job))
        assert blob.startswith(text)
    report = store.verify()
    assert report.ok, str(report)


def _blob(job: Job) -> tuple[str, str]:
    job._p_activate()
    blob, text = vars(job)["test_blob"]
    with blob.open("r") as file:
        return file.read().decode(), text


@pytest.mark.kill
def test_after_an_interrupt_the_outcome_of_a_commit_is_known(store: Store) -> None:
    """SIGINT again and again: nothing acknowledged is lost and the store stays sound and usable."""
    handle = store.submit(definition())
    process = start("interrupted", store.where, handle.id)
    said, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    facts = said.split()
    assert facts[facts.index("lost") + 1] == "0"
    assert int(facts[facts.index("unknown") + 1]) <= 3  # interrupts after `run` has returned are the caller's
    assert int(facts[facts.index("commits") + 1]) > 5
    assert facts[-1] == "True"


@pytest.mark.parametrize("kind", ["event", "answer"])
@pytest.mark.parametrize("store", SEVERAL_PROCESSES, indirect=True)
def test_who_begins_to_wait_meets_who_completes(store: Store, kind: str) -> None:
    """Neither sees the other's change, so one of the two transactions has to run again."""
    handle = store.submit(definition())
    store.run(lambda root: setattr(root.job(handle.id), "journal", CallJournal()))
    waits: Wait
    waits, role, what = {
        "event": (EventWait("paid"), "complete", "paid"),
        "answer": (AnswerWait("call"), "answer", f"{handle.id} call"),
    }[kind]
    tries = []

    def suspend(root: Root) -> None:
        tries.append(len(tries))
        root.suspend(root.job(handle.id), (waits,))
        if len(tries) == 1:
            completer = start(role, store.where, *what.split())
            assert first_line(completer) == "completed"
            completer.communicate(timeout=20)

    store.run(suspend)
    number = handle.read(lambda job: job.number) or 0
    assert store.read(lambda root: root.queue.has(place_of(root.job(handle.id)), number))
    assert len(tries) == 2
