"""A tree of thirty subtasks, served by two processes that are killed at random.

``python -m tests.kill.tree_storm WHERE`` works on the store until every job is done.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import Any

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.chat_log import SubTaskLogItem
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import open_store
from tests.engine.delegating import boss, code

BELOW = 5
JOBS = BELOW + BELOW * BELOW

SPLIT = code(
    "import time",
    "time.sleep(0.4)",  # long enough to be killed in
    f"hs = [split(depth + 1, id=str(n)) for n in range({BELOW} if depth == 1 else 0)]",
    "exit(1 + sum(wait_for_job(h) for h in hs))",
)


def definition() -> JobDef:
    """The job on top, whose result is the number of jobs below; registers all models."""
    register_model("splitter", ScriptedModel([SPLIT]))
    return boss(code(f"hs = [split(1, id=str(n)) for n in range({BELOW})]", "exit(sum(wait_for_job(h) for h in hs))"))


def work(where: str) -> None:
    """Work until every job is done; says when it has begun."""
    definition()
    with open_store(where) as store, Worker(store, concurrency=2):
        print("working", flush=True)
        while any(job.status is not JobStatus.DONE for job in store.jobs(limit=None)):
            time.sleep(0.05)


def storm(where: str, seed: int) -> int:
    """Keep two processes at work and kill one at random moments until every job is done; how many were killed."""
    moments, kills = random.Random(seed), 0
    workers: list[subprocess.Popen[str]] = []
    try:
        while not _is_done(where):
            workers = [one for one in workers if one.poll() is None]
            while len(workers) < 2:
                workers.append(_start(where))
            time.sleep(moments.uniform(0.1, 0.5))  # the moment of death is what is drawn, not a wait for something
            victim = moments.choice(workers)
            victim.kill()
            kills += victim.wait() != 0
        return kills
    finally:
        for one in workers:
            one.kill()
            one.wait()


def _start(where: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.kill.tree_storm", where]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    with started.stdout as said:
        assert said.readline() == "working\n"
    return started


def _is_done(where: str) -> bool:
    with open_store(where) as store:
        return all(job.status is JobStatus.DONE for job in store.jobs(limit=None))


def facts(where: str) -> dict[str, Any]:
    """What must not depend on the kills."""
    with open_store(where) as store:
        jobs = store.jobs(limit=None)
        (top,) = (job for job in jobs if job.parent is None)
        return {
            "result": top.result,
            "jobs": len(jobs),
            "counted": top.read(lambda job: job.below and job.below.jobs),
            "told once": all(job.read(_is_told_once) for job in jobs),
            "waiting": sum(job.read(lambda job: len(job.inbox)) for job in jobs),
            "verified": store.verify().ok,
        }


def _is_told_once(job: Job) -> bool:
    told = [entry.handler.number for entry in job.chat_log if isinstance(entry, SubTaskLogItem)]
    return sorted(told) == sorted(job.sub_tasks or ())


if __name__ == "__main__":
    work(sys.argv[1])
