"""Runs jobs in processes that are killed at chosen points; each point kills once.

``python -m tests.crash.runner FOLDER PLAN`` forks one worker process after the other, none of which inherits more than
loaded modules, until all jobs are done; it prints what became of them as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from statek_jupyter.engine.acting import Acting
from statek_jupyter.engine.block import BlockRun, Progress
from statek_jupyter.engine.call_store import JobCalls
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.journal import CallEntry
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store, open_store
from tests.crash.cells import CELLS
from tests.crash.tools import TOOLS, Outside, outcome_of, wait_cold

STAGES = ("before intent", "after intent", "after effect", "after outcome", "before commit", "after commit")
POLICIES = {"ask": "effect", "idempotent": "put", "safe": "look"}
_REST_SECONDS = 0.005


class Points:
    """Kills the process at each point of some stages, once in the life of a run."""

    def __init__(self, folder: Path, stages: Sequence[str]) -> None:
        self._path = folder / "kills"
        self._stages = frozenset(stages)
        self._used = set(self._path.read_text().splitlines()) if self._path.exists() else set()

    def reach(self, stage: str, what: str) -> None:
        """Die here, unless it has been done."""
        point = f"{stage}\t{what}"
        if stage not in self._stages or point in self._used:
            return
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, (point + "\n").encode())
        os.kill(os.getpid(), signal.SIGKILL)


def inject(points: Points) -> None:
    """Put the points into the engine of this process."""
    plain_write, plain_keep, plain_close = JobCalls.write, BlockRun._keep_progress, Acting.closed

    def write(self: JobCalls, entries: Sequence[CallEntry], handlers: Any = (), **options: Any) -> None:
        last = entries[-1]
        what = f"{self._held.job_id}:{last.id}"
        if last.state == "begun":
            points.reach("before intent", what)
        plain_write(self, entries, handlers, **options)
        if last.state == "begun":
            points.reach("after intent", what)
        elif last.state in ("returned", "raised"):
            self.settle()
            points.reach("after outcome", what)

    def closed(self: Acting, call: Any, outcome: Any, effects: Any) -> Any:
        points.reach("after effect", f"{self._job.id}:{call.id}")
        return plain_close(self, call, outcome, effects)

    def keep(self: BlockRun, progress: Progress) -> None:
        if progress.change is not None:
            points.reach("before commit", f"{self._job_id}:{self._place}.{progress.next_instr_num}")
        plain_keep(self, progress)
        if progress.change is not None:
            points.reach("after commit", f"{self._job_id}:{self._place}.{progress.next_instr_num}")

    JobCalls.write, BlockRun._keep_progress, Acting.closed = write, keep, closed  # type: ignore[method-assign,assignment]


def jobs_of(plan: dict[str, Any]) -> dict[str, str]:
    """Name to code of the jobs to run."""
    if "policies" in plan:
        runs = [(policy, number) for policy in plan["policies"] for number in range(plan["runs"])]
        return {f"{policy} {number}": f"out = {POLICIES[policy]}({number})" for policy, number in runs}
    return {name: CELLS[name] for name in plan["cells"]}


def submit(store: Store, codes: dict[str, str]) -> None:
    """One job for each, with what it is to run as its warmup."""
    agent = Agent("crash", tools=TOOLS, metadata={"MODEL": "scripted/crash"})
    for name, code in codes.items():
        store.submit(JobDef(agent, warmup_code=code), name=name)


def serve(folder: Path, plan: dict[str, Any]) -> None:
    """One process: work until all jobs are done, deciding about calls with an unknown outcome like a careful person."""
    Outside.folder, Outside.suspends = folder, plan.get("suspends", False)
    wait_cold()
    inject(Points(folder, plan["stages"]))
    register_model("crash", ScriptedModel(["Done."]))
    store = open_store(str(folder / "store"))
    codes = jobs_of(plan)
    if not store.jobs(limit=1):
        submit(store, codes)
    with Worker(store, concurrency=plan.get("concurrency", 1)):
        while store.counts()[JobStatus.DONE] < len(codes):
            for handle in store.jobs(status=JobStatus.SUSPENDED, limit=None):
                decide(folder, handle)
            time.sleep(_REST_SECONDS)
    report = {handle.name: told(handle) for handle in store.jobs(limit=None)}
    (folder / "report.json").write_text(json.dumps(report))
    store.close()


def decide(folder: Path, handle: JobHandle) -> None:
    """Look outside whether an unknown call was made; say so."""
    for entry in handle.read(lambda job: [] if job.journal is None else job.journal.open_calls()):
        if entry.state != "unknown" or handle.read(lambda job, id=entry.id: id in job.journal.answers):
            continue
        with (folder / "unknown").open("a") as file:
            file.write(f"{handle.id}:{entry.id}\n")
        done = [what for call, what in Outside.marks() if call == f"{handle.id}:{entry.id}"]
        if done:
            handle.resolve(entry.id, outcome=outcome_of(done[0]))
        else:
            handle.resolve(entry.id, retry=True)


def told(handle: JobHandle) -> dict[str, Any]:
    """What became of a job, in values that can be compared."""
    item = next(one for one in handle.chat_log if isinstance(one, ChatLogItem))
    return {
        "id": handle.id,
        "out": repr(handle.locals["out"]) if "out" in handle.locals else None,
        "console": item.console,
        "error": None if item.error is None else str(item.error),
        "marks": [what for call, what in Outside.marks() if call.startswith(f"{handle.id}:")],
    }


def run(folder: Path, plan: dict[str, Any]) -> int:
    """Fork processes until one comes to its end; how many were killed."""
    killed = 0
    while True:
        child = os.fork()
        if child == 0:
            try:
                serve(folder, plan)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.WEXITSTATUS(status) == 0:
            return killed
        else:
            raise SystemExit(f"a worker process failed with {os.WEXITSTATUS(status)}")


def main(where: str, plan_text: str) -> None:
    folder = Path(where)
    killed = run(folder, json.loads(plan_text))
    print(json.dumps({"killed": killed, "jobs": json.loads((folder / "report.json").read_text())}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
