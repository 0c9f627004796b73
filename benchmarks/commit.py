"""What it costs to commit a typical turn, against a raw SQLite commit of the same bytes.

Run ``python -m benchmarks.commit [commits] [folder]``. Both are measured in one run, taking turns, with fsync
(write-ahead log, ``synchronous=FULL``), on the disk of `folder` (the current one by default). A typical turn appends
one chat log item with 2 KB of reply, changes one small variable and the job's own record; one in ten changes the status
too, and with it the catalog.
"""

from __future__ import annotations

import cProfile
import gc
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem, Output
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.locals import LocalsChange, Workspace, apply_change
from statek_jupyter.store.root import Root

REPLY_BYTES = 2_000


class Turns:
    """Commits of one job's turns, through the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        definition = JobDef(Agent("bench", metadata={"MODEL": "scripted/bench"}))
        values = {"total": 0, "names": ["a", "b"], "table": {str(n): n for n in range(50)}, "note": "x" * 300}
        self._job_id = store.submit(definition, locals=values).id
        self._workspace = Workspace(self._job_id)
        self._workspace.namespace.update(values)
        self._number = 0
        self._confirm(self._workspace.capture(None))

    def _confirm(self, change: LocalsChange) -> None:
        self._store.run(lambda root: apply_change(root.job(self._job_id).py_env.local_state, change) and None)
        self._workspace.confirm(change)

    def next(self) -> Callable[[Root], None]:
        """The next turn's transaction; what the engine prepares outside of it is done here."""
        self._number += 1
        number = self._number
        self._workspace.namespace["total"] = number
        change = self._workspace.capture(None)
        self._workspace.confirm(change)
        reply = os.urandom(REPLY_BYTES // 2).hex()

        def write(root: Root) -> None:
            job = root.job(self._job_id)
            item = LLM_LogItem(reply, turn=number)
            item.add_outputs([Output("stdout", f"total is {number}\n")])
            item.executed = True
            item.locals_changes = apply_change(job.py_env.local_state, change)
            job.chat_log.append(item)
            if number % 10 == 0:
                job.set_status(JobStatus.SUSPENDED if number % 20 else JobStatus.STARTED)
            job.touch()

        return write


class RawCommits:
    """One row of so many bytes per commit, nothing else."""

    def __init__(self, file: Path) -> None:
        from statek_jupyter.store.sqlite_library import sqlite

        self._connection: Any = sqlite.connect(file, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE data (id INTEGER PRIMARY KEY, content BLOB)")

    def commit(self, content: bytes) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO data (content) VALUES (?)", (content,))
        self._connection.execute("COMMIT")


def written(store: Store) -> tuple[int, list[int]]:
    """Bytes and record sizes of the newest transaction."""
    from statek_jupyter.store.sqlite_storage import connect

    connection = connect(Path(store.where))
    query = "SELECT length(state) FROM object_state WHERE tid = (SELECT max(tid) FROM 'transaction')"
    sizes = [size for (size,) in connection.execute(query)]
    connection.close()
    return sum(sizes), sizes


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e3


def show(name: str, milliseconds: list[float]) -> None:
    ordered = sorted(milliseconds)
    print(f"{name:<34}{statistics.median(ordered):7.3f} ms median{ordered[int(len(ordered) * 0.95)]:8.3f} ms p95")


def measure(folder: Path, commits: int) -> None:
    store = open_store(folder / "store")
    turns, raw = Turns(store), RawCommits(folder / "raw.sqlite3")
    for _ in range(20):
        store.run(turns.next())
    size, records = written(store)
    while len(records) > 5:  # a turn that changed the status, too
        store.run(turns.next())
        size, records = written(store)
    ours: list[float] = []
    direct: list[float] = []
    for _ in range(commits):
        write, content = turns.next(), os.urandom(size)
        ours.append(timed(lambda write=write: store.run(write)))  # type: ignore[misc]
        direct.append(timed(lambda content=content: raw.commit(content)))  # type: ignore[misc]
    ratios = [one / other for one, other in zip(ours, direct, strict=True)]
    print(f"{commits} commits of {len(records)} records, {size} bytes: {sorted(records)}")
    show("turn through Store.run", ours)
    show("raw SQLite, same bytes", direct)
    print(f"ratio of medians                  {statistics.median(ours) / statistics.median(direct):7.2f}")
    print(f"median of ratios                  {statistics.median(ratios):7.2f}")
    profile(store, turns, commits)
    store.close()


def profile(store: Store, turns: Turns, commits: int) -> None:
    """Where the time of a commit goes, on the commit thread."""
    profiler = cProfile.Profile()
    store.run(lambda root: profiler.enable())
    for _ in range(commits):
        store.run(turns.next())
    store.run(lambda root: profiler.disable())
    stats = pstats.Stats(profiler)
    rows = [(row[2], row[3], row[0], key) for key, row in stats.stats.items()]  # type: ignore[attr-defined]
    print(f"\nprofile of the commit thread, ms per commit over {commits} (the profiler itself adds to Python calls)")
    print(f"{'own':>8}{'with callees':>14}{'calls':>8}")
    for own, total, calls, (file, line, name) in sorted(rows, reverse=True)[:25]:
        place = f"{'/'.join(Path(file).parts[-2:])}:{line} " if line else ""
        print(f"{own / commits * 1e3:8.3f}{total / commits * 1e3:14.3f}{calls / commits:8.1f}  {place}{name}")


def main() -> None:
    commits = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    gc.freeze()
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else ".", prefix="bench-") as folder:
        measure(Path(folder), commits)


if __name__ == "__main__":
    main()
