"""What it costs to commit a typical turn, against raw SQLite commits of the same bytes.

Run ``python -m benchmarks.commit [turns] [folder]``. All are measured in one run, taking turns, with fsync
(write-ahead log, ``synchronous=FULL``), on the disk of `folder` (the current one by default).

A turn is what the engine commits in one: the reply that is kept before its code runs (2 KB of text and code), and what
the code printed and changed (one small variable of four) with the attempt of the next request. The bodies of the
transactions are the engine's own. Then the same for 20 jobs at once.

Raw SQLite is measured twice: with a log that grows, as one does that nobody has folded yet, and with one that is
written again from its beginning, as a store's is after its first 8 MB and as ours is here.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from statek_jupyter.engine import commits
from statek_jupyter.engine.block import BlockEnd, Progress
from statek_jupyter.engine.commits import Held
from statek_jupyter.engine.reply import read_reply
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import Output
from statek_jupyter.executors.job import JobDef, JobStatus, Lease
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.model import ModelReply, TokenUsage
from statek_jupyter.store import Store, commit_thread, open_store
from statek_jupyter.store.locals import LocalsChange, Workspace, apply_change
from statek_jupyter.store.root import Root
from statek_jupyter.store.sqlite_files import LOG_BYTES, MAIN_FILE, connect

REPLY_CHARACTERS = 900
"""The record keeps it twice: as text and as the code in it."""
KINDS = ("reply", "end")
Commit = tuple[str, Callable[[Root], Any]]


class Turns:
    """Commits of one job's turns, through the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        agent = Agent("bench", metadata={"MODEL": "scripted/bench"})
        definition = JobDef(agent, limits=JobLimits(max_turns=None))
        values = {"total": 0, "names": ["a", "b"], "table": {str(n): n for n in range(50)}, "note": "x" * 300}
        self._job_id = store.submit(definition, locals=values).id
        self._held = Held(self._job_id, store.presence.id, 1)
        store.run(self._claim)
        self._workspace = Workspace(self._job_id)
        self._workspace.namespace.update(values)
        self._number = 0
        change = self._workspace.capture(None)
        store.run(lambda root: apply_change(root.job(self._job_id).py_env.local_state, change) and None)
        self._workspace.confirm(change)
        self._asked = store.run(lambda root: commits.begin_ask(root, self._held, "scripted/bench"))

    def _claim(self, root: Root) -> None:
        job = root.job(self._job_id)
        job.lease = Lease(self._held.worker, self._held.token)
        job.set_status(JobStatus.STARTED)

    def next(self) -> Iterator[Commit]:
        """The next turn's transactions; what the engine prepares outside of them is done here."""
        self._number += 1
        reply, asked = self._reply(), self._asked
        read = read_reply(reply, None)
        yield "reply", lambda root: commits.keep_reply(root, self._held, asked, reply, read)
        progress = Progress(1, (Output("stdout", f"{self._number}\n", statement=0),), self._change(), 0.001, END)
        yield "end", lambda root: self._end(root, asked.item_id, progress)

    def _end(self, root: Root, item_id: int, progress: Progress) -> None:
        commits.keep_progress(root, self._held, item_id, progress)
        asked = commits.begin_next_ask(root, self._held)
        assert asked is not None
        self._asked = asked

    def _reply(self) -> ModelReply:
        words = os.urandom(REPLY_CHARACTERS // 2).hex()
        return ModelReply(
            f"```python\n# {words}\ntotal += 1\nprint(total)\n```",
            finish_reason="stop",
            usage=TokenUsage(1_000 + self._number, 0, 300),
            cost_usd=Decimal("0.0021"),
            cost_source="price_list",
            seconds=2.5,
            response_model="bench",
            request_id=f"request-{self._number}",
            bytes_sent=4_000,
            bytes_received=1_000,
        )

    def _change(self) -> LocalsChange:
        self._workspace.namespace["total"] = self._number
        change = self._workspace.capture(None)
        self._workspace.confirm(change)
        return change


END = BlockEnd("finished")


class RawCommits:
    """One row of so many bytes per commit, nothing else.

    Args:
        again: Whether the log is written again from its beginning instead of growing.
    """

    def __init__(self, file: Path, *, again: bool) -> None:
        from statek_jupyter.store.sqlite_library import sqlite

        self._connection: Any = sqlite.connect(file, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE data (id INTEGER PRIMARY KEY, content BLOB)")
        if again:
            self.commit(os.urandom(LOG_BYTES))
            self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def commit(self, content: bytes) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO data (content) VALUES (?)", (content,))
        self._connection.execute("COMMIT")


def record_sizes(store: Store) -> list[int]:
    """Of the newest transaction."""
    connection = connect(Path(store.where))
    query = "SELECT length(state) FROM object_state WHERE tid = (SELECT max(tid) FROM 'transaction')"
    sizes = sorted(size for (size,) in connection.execute(query))
    connection.close()
    return sizes


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e3


def show(name: str, milliseconds: list[float]) -> None:
    ordered = sorted(milliseconds)
    print(f"{name:<34}{statistics.median(ordered):7.3f} ms median{ordered[int(len(ordered) * 0.95)]:8.3f} ms p95")


def show_ratio(name: str, ours: list[float], direct: list[float]) -> None:
    print(f"{name:<34}{statistics.median(ours) / statistics.median(direct):7.2f}")


def measure(folder: Path, count: int) -> None:
    store = open_store(folder / "store")
    turns = Turns(store)
    raw = {
        "a log that grows": RawCommits(folder / "grows.sqlite3", again=False),
        "its log written again": RawCommits(folder / "again.sqlite3", again=True),
    }
    sizes = warm_up(store, turns)
    ours: dict[str, list[float]] = {kind: [] for kind in KINDS}
    direct: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in KINDS} for name in raw}
    for _ in range(count):
        for kind, work in turns.next():
            content = os.urandom(sum(sizes[kind]))
            ours[kind].append(timed(lambda work=work: store.run(work)))  # type: ignore[misc]
            for name, one in raw.items():
                direct[name][kind].append(timed(lambda one=one, content=content: one.commit(content)))  # type: ignore[misc]
    for kind in KINDS:
        print(f"{kind}: {len(sizes[kind])} records, {sum(sizes[kind])} bytes {sizes[kind]}")
        show("  through Store.run", ours[kind])
        for name in raw:
            show(f"  raw, {name}", direct[name][kind])
            show_ratio("    ratio of medians", ours[kind], direct[name][kind])
    whole = [sum(row) for row in zip(*ours.values(), strict=True)]
    show("turn through Store.run", whole)
    for name in raw:
        plain = [sum(row) for row in zip(*direct[name].values(), strict=True)]
        show(f"raw, {name}", plain)
        show_ratio("  ratio of medians", whole, plain)
    print(f"load average                      {os.getloadavg()[0]:7.2f}")
    spend(store, turns, count)
    profile(store, turns, count)
    store.close()
    at_once(folder, jobs=20, count=max(1, count // 10))


def warm_up(store: Store, turns: Turns) -> dict[str, list[int]]:
    """Commit until the log has reached its length; the sizes of the records of each kind."""
    sizes: dict[str, list[int]] = {}
    log = Path(store.where, f"{MAIN_FILE}-wal")
    while len(sizes) < len(KINDS) or log.stat().st_size < LOG_BYTES:
        for kind, work in turns.next():
            store.run(work)
            sizes[kind] = record_sizes(store)
    return sizes


def at_once(folder: Path, jobs: int, count: int) -> None:
    """Turns of many jobs at once, each on a thread of its own: with commits sharing transactions, and without."""
    limits = {"one transaction each": 1, "shared transactions": commit_thread.MOST_TOGETHER}
    rates: dict[str, list[float]] = {name: [] for name in limits}
    for attempt in range(6):
        name = list(limits)[attempt % 2]
        commit_thread.MOST_TOGETHER = limits[name]
        with open_store(folder / f"at once {attempt}") as store:
            rates[name].append(jobs * count * len(KINDS) / _seconds(store, [Turns(store) for _ in range(jobs)], count))
    print(f"{jobs} jobs at once, commits a second")
    for name, found in rates.items():
        print(f"  {name:<32}{statistics.median(found):7.0f}")
    single, shared = (statistics.median(found) for found in rates.values())
    print(f"  {'ratio':<32}{shared / single:7.2f}")


def _seconds(store: Store, turns: list[Turns], count: int) -> float:
    def go(one: Turns) -> None:
        for _ in range(count):
            for _kind, work in one.next():
                store.run(work)

    started = time.perf_counter()
    with ThreadPoolExecutor(len(turns)) as pool:
        list(pool.map(go, turns))
    return time.perf_counter() - started


def spend(store: Store, turns: Turns, count: int) -> None:
    """Processor time and bytes handed to the disk per turn; neither depends on who else uses the machine."""
    before = _spent(store)
    for _ in range(count):
        for _kind, work in turns.next():
            store.run(work)
    cpu, written = (after - first for after, first in zip(_spent(store), before, strict=True))
    print(f"processor time of the commit thread{cpu / count * 1e3:6.2f} ms a turn; {written / count:.0f} bytes written")


def _spent(store: Store) -> tuple[float, int]:
    cpu: float = store.run(lambda root: time.thread_time())
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return cpu, int(fields["write_bytes"])


def profile(store: Store, turns: Turns, count: int) -> None:
    """Where the time of a turn goes, on the commit thread."""
    profiler = cProfile.Profile()
    store.run(lambda root: profiler.enable())
    for _ in range(count):
        for _kind, work in turns.next():
            store.run(work)
    store.run(lambda root: profiler.disable())
    stats = pstats.Stats(profiler)
    rows = [(row[2], row[3], row[0], key) for key, row in stats.stats.items()]  # type: ignore[attr-defined]
    print(f"\nprofile of the commit thread, ms per turn over {count} (the profiler itself adds to Python calls)")
    print(f"{'own':>8}{'with callees':>14}{'calls':>8}")
    for own, total, calls, (file, line, name) in sorted(rows, reverse=True)[:25]:
        place = f"{'/'.join(Path(file).parts[-2:])}:{line} " if line else ""
        print(f"{own / count * 1e3:8.3f}{total / count * 1e3:14.3f}{calls / count:8.1f}  {place}{name}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    gc.freeze()
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else ".", prefix="bench-") as folder:
        measure(Path(folder), count)


if __name__ == "__main__":
    main()
