"""100,000 suspended jobs in one store: what they cost a worker, and how soon one of them goes on.

Printed: the time to open the store, the processor time and memory of an idle worker beside those with 1,000 jobs, the
time from completing an event to the first thing its job does, and what looking at every suspended job in each pass
would cost in place of the index.
"""

from __future__ import annotations

import queue
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from statek_jupyter.engine.claims import Claimant, work_to_do
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.waits import EventWait
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.root import Root

JOBS, FEW = 100_000, 1_000
BATCH = 1_000
IDLE_SECONDS = 10.0
EVENTS = 300
PASSES = 20


def fill(where: str, jobs: int) -> None:
    """Put suspended jobs into a store, each waiting for an event of its own."""
    agent = Agent("sleeper", metadata={"MODEL": "function/awake"})
    with open_store(where) as store:
        first = store.submit(JobDef(agent)).id
        for start in range(0, jobs, BATCH):
            store.run(lambda root, start=start: add(root, first, start, min(start + BATCH, jobs)))  # type: ignore[misc]
        store.run(lambda root: root.remove(root.job(first)))


def add(root: Root, first: str, start: int, stop: int) -> None:
    definition = root.job(first).job_def
    for number in range(start, stop):
        job = Job(definition, JobStatus.SUSPENDED)
        job.waits = (EventWait(f"event {number}"),)
        root.add(job)


def serve(where: str) -> None:
    """In a process of its own: open the store, idle, then wake jobs one by one; print the figures."""
    open_store("memory:").close()  # imports
    started = time.perf_counter()
    store = open_store(where)
    opened = time.perf_counter() - started
    awake: queue.SimpleQueue[float] = queue.SimpleQueue()

    def answer(messages: Any) -> str:
        awake.put(time.monotonic())
        return "Done."

    register_model("awake", FunctionModel(answer))
    with Worker(store) as worker:
        time.sleep(1.0)
        cpu, wall = time.process_time(), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        idle = (time.process_time() - cpu) / (time.perf_counter() - wall)
        memory = resident_megabytes()
        delays = sorted(delay(store, awake, worker, number) for number in range(EVENTS))
        far = sorted(far_delays(where, awake, worker))
        commits = sorted(commit_seconds(store, number) for number in range(EVENTS))
    look, scan = passes(store)
    store.close()
    print(opened, idle, memory, *middle_and_p99(delays), *middle_and_p99(far), *middle_and_p99(commits), look, scan)


def middle_and_p99(seconds: list[float]) -> tuple[float, float]:
    return seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]


def resident_megabytes() -> float:
    """Of this process now; its peak would count what the process that started it had."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def commit_seconds(store: Store, number: int) -> float:
    """A commit that wakes nobody, to compare with."""
    started = time.perf_counter()
    store.complete(f"nobody waits {number}")
    return time.perf_counter() - started


def delay(store: Store, awake: queue.SimpleQueue[float], worker: Worker, number: int) -> float:
    """Seconds from before an event is completed to the first thing its job does; then wait until it is done."""
    started = time.monotonic()
    store.complete(f"event {number}")
    found = awake.get(timeout=30) - started
    while worker.running_jobs:
        time.sleep(0.001)
    return found


def far_delays(where: str, awake: queue.SimpleQueue[float], worker: Worker) -> Iterator[float]:
    """The same for events that another process completes; its clock is ours."""
    command = [sys.executable, "-m", "benchmarks.waiting", where, "complete"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None and other.stdout is not None
        for number in range(EVENTS, 2 * EVENTS):
            other.stdin.write(f"event {number}\n")
            other.stdin.flush()
            started = float(other.stdout.readline())
            yield awake.get(timeout=30) - started
            while worker.running_jobs:
                time.sleep(0.001)
        other.stdin.close()


def complete_for(where: str) -> None:
    """In another process: complete the events named on the standard input; say when, before each."""
    with open_store(where) as store:
        for line in sys.stdin:
            print(time.monotonic(), flush=True)
            store.complete(line.strip())


def passes(store: Store) -> tuple[float, float]:
    """Seconds of one look for work with the index, and of one that looks at every suspended job."""
    claimant = Claimant(store.presence.id, store.presence.alive, lambda model: True)
    started = time.perf_counter()
    for _ in range(PASSES):
        assert not store.read(lambda root: work_to_do(root, claimant))
    look = (time.perf_counter() - started) / PASSES
    started = time.perf_counter()
    assert store.read(every_job) == 0
    return look, time.perf_counter() - started


def every_job(root: Root) -> int:
    """What a worker does that asks each suspended job whether it can go on."""
    events = root.waits.events
    suspended = root.jobs_by(status=JobStatus.SUSPENDED)
    return sum(any(isinstance(wait, EventWait) and wait.name in events for wait in job.waits) for job in suspended)


def figures(where: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.waiting", where]
    return [float(one) for one in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as name:
        rows = {}
        for jobs in (FEW, JOBS):
            where = str(Path(name) / f"store {jobs}")
            started = time.perf_counter()
            fill(where, jobs)
            print(f"{jobs} suspended jobs made in {time.perf_counter() - started:.0f} s", flush=True)
            rows[jobs] = figures(where)
            opened, idle, memory, median, p99, far, far_p99, commit, commit_p99, look, scan = rows[jobs]
            print(
                f"  open {opened * 1e3:.0f} ms; an idle worker uses {idle:.1%} of a processor and {memory:.0f} MB\n"
                f"  from completing an event to its job: median {median * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms; "
                f"from another process: median {far * 1e3:.1f} ms, p99 {far_p99 * 1e3:.1f} ms; "
                f"a commit alone: median {commit * 1e3:.1f} ms, p99 {commit_p99 * 1e3:.1f} ms\n"
                f"  one look for work {look * 1e3:.2f} ms; looking at every suspended job {scan * 1e3:.0f} ms, "
                f"{scan / look:,.0f} times that"
            )
        few, many = rows[FEW], rows[JOBS]
        print(
            f"{JOBS} jobs against {FEW}: open {many[0] / few[0]:.1f} times, memory {many[2] - few[2]:+.0f} MB, "
            f"median delay {many[3] / few[3]:.2f} times, a look {many[9] / few[9]:.2f} times, every job "
            f"{many[10] / few[10]:.0f} times"
        )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        complete_for(sys.argv[1])
    elif len(sys.argv) > 1:
        serve(sys.argv[1])
    else:
        main()
