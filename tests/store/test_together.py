"""Commits that wait for one another share a transaction, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from statek_jupyter.errors import UnknownJobError
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from tests.store.jobs import KINDS, definition
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("store", KINDS, indirect=True)


def at_once(store: Store, works: list[Callable[[Root], Any]]) -> list[Any]:
    """Results and errors of works that were all put while the commit thread was busy."""
    busy, go_on, put = threading.Event(), threading.Event(), threading.Semaphore(0)

    def hold(root: Root) -> None:
        busy.set()
        go_on.wait(20)

    def run(work: Callable[[Root], Any]) -> Any:
        put.release()
        try:
            return store.run(work)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works) + 1) as pool:
        first = pool.submit(store.run, hold)
        busy.wait(20)
        outcomes = [pool.submit(run, work) for work in works]
        for _ in works:
            put.acquire()
        waiting = store._database._thread._tasks
        eventually(lambda: waiting.qsize() == len(works))
        go_on.set()
        first.result(20)
        return [outcome.result(20) for outcome in outcomes]


def renaming(handle: JobHandle, name: str, seen: list[Any]) -> Callable[[Root], str]:
    def rename(root: Root) -> str:
        job = root.job(handle.id)
        job.name = name
        seen.append(root._p_jar.transaction_manager.get())
        return name

    return rename


def test_waiting_commits_are_one_transaction(store: Store) -> None:
    """Each has its result, every change is there, and all jobs are named to whoever watches."""
    handles = [store.submit(definition()) for _ in range(8)]
    cursor, _ = store.changes()
    seen: list[Any] = []
    names = [f"name {number}" for number in range(8)]
    found = at_once(store, [renaming(handle, name, seen) for handle, name in zip(handles, names, strict=True)])
    assert found == names == [handle.name for handle in handles]
    assert len({id(transaction) for transaction in seen}) == 1
    assert sorted(store.changes(cursor)[1]) == sorted(handle.id for handle in handles)


def test_one_that_fails_fails_alone(store: Store) -> None:
    """Its neighbours are committed once; nothing that it did is."""
    handles = [store.submit(definition(), name="old") for _ in range(4)]

    def fail(root: Root) -> None:
        root.job(handles[3].id).name = "half-done"
        raise UnknownJobError("nobody")

    def count(root: Root) -> int:
        job = root.job(handles[2].id)
        job.seq += 1
        return job.seq

    before = handles[2].read(lambda job: job.seq)
    found = at_once(store, [renaming(handles[0], "a", []), fail, renaming(handles[1], "b", []), count])
    assert (found[0], found[2], found[3]) == ("a", "b", before + 1)
    assert isinstance(found[1], UnknownJobError)
    assert [handle.name for handle in handles] == ["a", "b", "old", "old"]
    assert handles[2].read(lambda job: job.seq) == before + 1


def test_changes_of_one_object_all_count(store: Store) -> None:
    """Those who share a transaction see what the ones before them did."""
    handle = store.submit(definition())

    def count(root: Root) -> int:
        job = root.job(handle.id)
        job.seq += 1
        return job.seq

    before = handle.read(lambda job: job.seq)
    assert sorted(at_once(store, [count] * 40)) == [before + number for number in range(1, 41)]
