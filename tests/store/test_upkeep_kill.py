"""Packing and copying a store while jobs run in it, also when whoever packs or copies is killed."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.store import JobHandle, Store, open_store
from tests.store.jobs import definition
from tests.store.process import first_line, start

pytestmark = pytest.mark.kill

LONGEST_SECONDS = 0.25
"""Until the kill, from the moment at which the work begins."""


class Appender:
    """A process that appends to a job for ever."""

    def __init__(self, store: Store, job: JobHandle) -> None:
        self._process = start("append", store.where, job.id)
        assert first_line(self._process) == "ready"
        self._last = 0

    def wait_for_commit(self) -> None:
        """Until it says that one more was acknowledged."""
        self._last = int(first_line(self._process))

    def acknowledged(self) -> int:
        """End it; how many of its commits it was told of."""
        self.wait_for_commit()
        self._process.kill()
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        self._process.communicate(timeout=20)
        whole = said[: said.rfind("\n") + 1].split()
        return int(whole[-1]) if whole else self._last


def kill_while(store: Store, role: str, *arguments: object, times: int) -> None:
    """Start a process in a role again and again; kill it at some moment after its work has begun."""
    chance = random.Random(7)
    for _ in range(times):
        process = start(role, store.where, *arguments)
        first_line(process)
        with_luck = chance.uniform(0, LONGEST_SECONDS)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(with_luck)
        process.kill()
        process.communicate(timeout=20)


def check(store: Store, job: JobHandle, acknowledged: int) -> None:
    """Everything that was acknowledged is there, in order, and the store is sound."""
    turns = job.read(lambda one: [item.turn for item in one.chat_log if isinstance(item, LLM_LogItem)])
    assert turns == list(range(1, len(turns) + 1))
    assert acknowledged <= len(turns) <= acknowledged + 1
    report = store.verify()
    assert report.ok, str(report)


def test_a_killed_pack_loses_nothing(store: Store) -> None:
    """Jobs run on meanwhile; the next pack does the work."""
    job = store.submit(definition())
    appender = Appender(store, job)
    kill_while(store, "pack", times=3)
    check(store, job, appender.acknowledged())
    store.pack(keep_days=0)
    assert store.verify().ok
    store.submit(definition())


def test_a_killed_backup_leaves_no_half_copy(store: Store, tmp_path: Path) -> None:
    """What bears a backup's name is whole, taken while jobs ran; the store has lost nothing."""
    job = store.submit(definition())
    appender = Appender(store, job)
    copies = tmp_path / "copies"
    kill_while(store, "backup", copies, times=3)
    store.backup(copies / "last")
    check(store, job, appender.acknowledged())
    whole = [copy for copy in copies.iterdir() if copy.suffix != ".unfinished"]
    assert copies / "last" in whole
    for copy in whole:
        with open_store(copy) as opened:
            report = opened.verify()
            assert report.ok, str(report)
            assert opened.job(job.id).name is None


def test_packs_between_the_commits_of_a_job_lose_nothing(store: Store) -> None:
    """Neither holds the other up for good."""
    job = store.submit(definition())
    appender = Appender(store, job)
    for _ in range(2):
        appender.wait_for_commit()
        store.pack(keep_days=0)
    check(store, job, appender.acknowledged())
