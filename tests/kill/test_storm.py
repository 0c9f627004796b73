"""Workers that are killed, frozen and set free again at random: every job ends once, and only its holder writes it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from statek_jupyter.executors.job import JobStatus
from statek_jupyter.store import JobHandle, Store, heartbeat, open_store
from statek_jupyter.store.file_lock import FileLock
from tests.kill import storm_worker
from tests.kill.audit import ends, revisions, trespasses
from tests.waiting import eventually

LEASE_SECONDS = heartbeat.LEASE_BEATS * storm_worker.BEAT_SECONDS
EXPECTED = [step for turn in range(1, storm_worker.TURNS + 1) for step in (turn, -turn)]


class Workers:
    """Some worker processes; one that was killed is replaced. At the end of the ``with`` block none is left."""

    def __init__(self, where: str, count: int, fences: str) -> None:
        self._command = [sys.executable, "-m", "tests.kill.storm_worker", where, fences]
        self.running = [self._start() for _ in range(count)]
        self.kills = self.freezes = 0
        for worker in self.running:
            _wait_for_work(worker)

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)

    def kill(self, chance: random.Random) -> None:
        worker = chance.choice(self.running)
        worker.kill()
        worker.communicate()
        self.running[self.running.index(worker)] = self._start()
        self.kills += 1

    def freeze(self, chance: random.Random) -> None:
        """For less than the lease, or for more."""
        worker = chance.choice(self.running)
        worker.send_signal(signal.SIGSTOP)
        time.sleep(chance.choice((0.3, 1.5, 2.5)) * LEASE_SECONDS)  # how long it is frozen is what is drawn
        worker.send_signal(signal.SIGCONT)
        self.freezes += 1

    def end(self) -> None:
        for worker in self.running:
            assert worker.poll() is None, "a worker ended by itself"
            worker.communicate(timeout=60)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.running:
            if worker.poll() is None:
                worker.kill()
                worker.communicate()


def _wait_for_work(worker: subprocess.Popen[str]) -> None:
    assert worker.stdout is not None and worker.stdout.readline() == "working\n"


@contextmanager
def storm(
    where: str,
    workers: int,
    seconds: float,
    seed: int,
    *,
    kills: float = 0.3,
    fences: str = "fenced",
    is_enough: Callable[[], bool] = lambda: False,
) -> Iterator[list[JobHandle]]:
    """Jobs that were run in a storm; with fences they have all ended.

    Args:
        kills: Share of kills among kills and freezes.
        fences: ``unfenced`` lets workers write without their lease.
        is_enough: Ends the storm early.
    """
    chance = random.Random(seed)
    storm_worker.register()
    with open_store(where) as store, Workers(where, workers, fences) as crew:
        jobs = [storm_worker.submit(store) for _ in range(2 * workers)]
        over = time.monotonic() + seconds
        while time.monotonic() < over and not is_enough():
            while len(unfinished(store)) < 2 * workers:
                jobs.append(storm_worker.submit(store))
            crew.kill(chance) if chance.random() < kills else crew.freeze(chance)
        if fences == "fenced":
            eventually(lambda: not unfinished(store), 120)
        crew.end()
        told = f"{crew.kills} kills, {crew.freezes} freezes, seed {seed}"
        print(f"{len(jobs)} jobs, {workers} workers, {told}", flush=True)
        yield jobs


def _freeze_outside_of_a_commit(worker: subprocess.Popen[str], where: Path) -> bool:
    """In a commit it would keep the lock of the store, and nobody could take anything over."""
    worker.send_signal(signal.SIGSTOP)
    lock = FileLock(where / "commit.lock")
    try:
        if lock.try_acquire():
            return True
        worker.send_signal(signal.SIGCONT)
        return False
    finally:
        lock.abandon()


def unfinished(store: Store) -> list[JobStatus]:
    return [status for status, count in store.counts().items() if status is not JobStatus.DONE for _ in range(count)]


def check_ends(where: str, workers: int, seconds: float, seed: int) -> int:
    """Every job has the end of one that nobody disturbed; how many there were."""
    with storm(where, workers, seconds, seed) as jobs:
        for handle in jobs:
            assert (handle.error, handle.result, handle.turns) == (None, EXPECTED, storm_worker.TURNS), handle.id
        report = jobs[0].store.verify()
        assert report.ok, report
        return len(jobs)


def check_storm(where: Path, workers: int, seconds: float, seed: int) -> None:
    jobs = check_ends(str(where), workers, seconds, seed)
    histories = revisions(where)
    assert len(histories) == jobs
    assert [problem for history in histories.values() for problem in trespasses(history)] == []
    assert {ends(history) for history in histories.values()} == {1}
    print(f"{sum(map(len, histories.values()))} revisions of jobs, each by its holder", flush=True)


@pytest.mark.kill
@pytest.mark.timeout(120)
def test_a_frozen_workers_job_is_taken_over_within_its_lease(tmp_path: Path) -> None:
    """Another worker goes on with it; the frozen one, once it goes on, adds nothing."""
    where = tmp_path / "store"
    storm_worker.register()
    with open_store(str(where)) as store, Workers(str(where), 2, "fenced") as crew:
        handle = storm_worker.submit(store)
        holder = eventually(lambda: handle.read(lambda job: job.lease and job.lease.worker))
        frozen = next(worker for worker in crew.running if str(worker.pid) == holder.partition("-")[0])
        eventually(lambda: _freeze_outside_of_a_commit(frozen, where))
        started = time.monotonic()
        eventually(lambda: handle.read(lambda job: job.lease and job.lease.worker) not in (None, holder))
        took = time.monotonic() - started
        print(f"taken over after {took:.2f} s, the lease is {LEASE_SECONDS:.1f} s", flush=True)
        assert took < 10 * LEASE_SECONDS, "that much for a busy machine"
        frozen.send_signal(signal.SIGCONT)
        assert handle.wait(60).result == EXPECTED
        crew.end()
    (history,) = revisions(where).values()
    assert list(trespasses(history)) == [] and ends(history) == 1


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_workers_in_a_storm(tmp_path: Path) -> None:
    """The short variant: two workers, some seconds, fixed draws."""
    check_storm(tmp_path / "store", workers=2, seconds=4, seed=1)


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_the_storm_finds_writes_without_a_lease(tmp_path: Path) -> None:
    """With the fence taken away, workers that were frozen write jobs that others have."""
    where = tmp_path / "store"

    def found() -> list[str]:
        return [problem for history in revisions(where).values() for problem in trespasses(history)]

    with storm(str(where), 2, 60, seed=1, kills=0, fences="unfenced", is_enough=lambda: bool(found())):
        pass
    print(f"{len(found())} writes without a lease", flush=True)
    assert found()


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [2, 4])
def test_workers_in_a_long_storm(tmp_path: Path, workers: int) -> None:
    """For `make storm-test`: some minutes for each number of workers; the draws differ from run to run."""
    check_storm(tmp_path / "store", workers, seconds=150, seed=random.SystemRandom().randrange(1_000_000))


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["zeo", "postgresql"])
def test_workers_in_a_storm_on_a_server(request: pytest.FixtureRequest, kind: str) -> None:
    """Where no file tells who is there, and the server orders commits: the same ends."""
    place = request.getfixturevalue(f"{kind}_server").place()
    check_ends(place, workers=3, seconds=30, seed=random.SystemRandom().randrange(1_000_000))
