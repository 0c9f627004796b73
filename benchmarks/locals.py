"""Per-step cost of keeping variables, against an empty commit, a hash of the array, and dumps of the whole namespace.

The namespace is 200 variables, 255 MB: a large array, a data frame, 5,000 small dicts, classes, functions, aliases.
Every row is one statement: what finding, encoding and committing its change costs (fsynced, embedded store), what it
wrote, and how many times cheaper it is than a full cloudpickle dump, written and fsynced. Below it the goals, each a
ratio of this run; dill and Kishu are measured beside them where installed. Run: ``python -m benchmarks.locals``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import transaction
import xxhash
import ZODB
from persistent.mapping import PersistentMapping

from benchmarks.peer_kishu import costs_of_kishu
from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store import open_store
from statek_jupyter.store.locals import Workspace, apply_change, read_saved, records
from statek_jupyter.store.sqlite_files import connect

SETUP = """
import numpy as np, pandas as pd
big = np.random.default_rng(1).random(25_000_000)
df = pd.DataFrame(np.random.default_rng(2).random((675_000, 10)), columns=list('abcdefghij'))
records = [{'i': i, 'name': 'row %d' % i, 'tags': [i, i + 1]} for i in range(5000)]
items = []
alias = items
counter = 0
class Point:
    made = 0
    def __init__(self, x): self.x = x
    def move(self, by): self.x += by
point = Point(1)
def step(by):
    global counter
    counter += by
""" + "\n".join(
    [f"def f{i}(x): return x + {i}" for i in range(50)]
    + [f"v{i} = {(repr(f'text {i}'), i, [i, i + 1])[i % 3]}" for i in range(135)]
)

STEPS = {
    "nothing": "1 + 1",
    "bind a number": "counter = {n}",
    "call a function that counts": "step({n})",
    "append to an aliased list": "items.append({n})",
    "call a method": "point.move({n})",
    "define a function": "def fresh(x): return x * {n}",
    "change one of 5,000 dicts": "records[{n}]['i'] = -{n}",
    "read the large array": "big.mean()",
    "read the data frame": "df['a'].mean()",
    "write one element of the large array": "big[7] = {n}",
    "change a data frame column": "df['j'] = df['a'] + {n}",
}
"""What is measured; ``n`` is another number each time."""

SMALL = ("bind a number", "call a function that counts", "append to an aliased list", "call a method")
SMALL_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one statement, in seconds and bytes."""

    ran: float
    found: float
    committed: float
    written: int

    @property
    def kept(self) -> float:
        """Seconds of everything but running it."""
        return self.found + self.committed


class Bench:
    """One namespace in one store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.store = open_store(str(folder / "store"))
        self.store.run(self._begin)
        self.workspace = Workspace("benchmark")

    @staticmethod
    def _begin(root: Any) -> None:
        root.benchmark_locals, root.benchmark_step = LocalState(), PersistentMapping()

    def run(self, source: str) -> Cost:
        """Run a statement and keep what it changed."""
        code = compile(source, "<step>", "exec")
        self.workspace.prepare(code)
        blobs = self._blobs()
        started = time.perf_counter()
        exec(code, self.workspace.namespace)
        ran = time.perf_counter()
        change = self.workspace.capture(code, source=source)
        found = time.perf_counter()
        if not change.is_empty:
            self.store.run(lambda root: apply_change(root.benchmark_locals, change) and None)
            self.workspace.confirm(change)
        done = time.perf_counter()
        records = 0 if change.is_empty else self._last_transaction()
        new = sum(path.stat().st_size for path in self._blobs() - blobs)
        return Cost(ran - started, found - ran, done - found, records + new)

    def _blobs(self) -> set[Path]:
        return {path for path in (self.folder / "store" / "blobs").rglob("*.blob")}

    def _last_transaction(self) -> int:
        """Bytes of the records of the newest transaction."""
        connection = connect(self.folder / "store")
        query = "SELECT sum(length(state)) FROM object_state WHERE tid = (SELECT max(tid) FROM object_state)"
        (size,) = connection.execute(query).fetchone()
        connection.close()
        return int(size)

    def empty_step(self, number: int) -> float:
        """Seconds of a fsynced commit that keeps one number."""
        started = time.perf_counter()
        self.store.run(lambda root: root.benchmark_step.update(n=number))
        return time.perf_counter() - started

    def full_dump(self, dumps: Callable[[dict[str, Any]], bytes]) -> float:
        """Seconds of a dump of everything, fsynced."""
        started = time.perf_counter()
        module = sys.modules.pop(self.workspace.namespace["__name__"])  # else its classes are taken for importable ones
        data = dumps(self.workspace.values())
        sys.modules[module.__name__] = module
        with open(self.folder / "dump", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - started

    def hash_pass(self) -> float:
        """Seconds of one xxh3 pass over the large array."""
        view = memoryview(self.workspace.namespace["big"]).cast("B")
        started = time.perf_counter()
        xxhash.xxh3_128_digest(view)
        return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--inline", action="store_true", help="measure the limit for small groups instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as name:
        if options.inline:
            print_inline()
            return
        bench = Bench(Path(name))
        first = bench.run(SETUP)
        full = statistics.median(
            bench.full_dump(lambda values: cloudpickle.dumps(values, protocol=5)) for _ in range(3)
        )
        print(
            f"full dump {full * 1e3:.0f} ms; first capture {first.found * 1e3:.0f} + {first.committed * 1e3:.0f} ms\n"
        )
        costs, empty, hashing = measure(bench, options.repeats)
        print_steps(costs, full)
        print_goals(bench, costs, empty, hashing)
        print_peers(bench, statistics.median(costs[title].kept for title in SMALL), full)
        print_kishu(bench, costs, options.repeats)
        print_whole(bench, full)
        bench.store.close()


def measure(bench: Bench, repeats: int) -> tuple[dict[str, Cost], float, float]:
    """(Median cost of each statement, seconds of an empty step, of a hash pass).

    All are taken in turns, so that they meet the same machine.
    """
    rows: dict[str, list[Cost]] = {title: [] for title in STEPS}
    empty, hashing = [], []
    for n in range(1, repeats + 2):
        for title, source in STEPS.items():
            cost = bench.run(source.format(n=n))
            if n > 1:
                rows[title].append(cost)
            if title in SMALL:
                empty.append(bench.empty_step(n))
        hashing.append(bench.hash_pass())
    return {title: middle(found) for title, found in rows.items()}, statistics.median(empty), statistics.median(hashing)


def middle(costs: list[Cost]) -> Cost:
    """The median of each part."""
    ran, found, committed, written = (
        statistics.median(getattr(cost, name) for cost in costs) for name in ("ran", "found", "committed", "written")
    )
    return Cost(ran, found, committed, int(written))


def print_steps(costs: dict[str, Cost], full: float) -> None:
    """One row a statement."""
    print(f"{'statement':38} {'run ms':>8} {'find ms':>8} {'commit ms':>9} {'written':>11} {'full dump ÷ step':>17}")
    for title, cost in costs.items():
        row = f"{cost.ran * 1e3:8.2f} {cost.found * 1e3:8.2f} {cost.committed * 1e3:9.2f} {cost.written:11,}"
        print(f"{title:38} {row} {full / cost.kept:17.0f}")


def print_goals(bench: Bench, costs: dict[str, Cost], empty: float, hashing: float) -> None:
    """What was promised, each as a ratio of this run."""
    small = statistics.median(costs[title].kept for title in SMALL)
    frame = bench.workspace.namespace["df"].memory_usage().sum()
    print(f"\nan empty step {empty * 1e3:.2f} ms; one xxh3 pass over the array {hashing * 1e3:.1f} ms")
    goal("a small change, found and committed ÷ empty step", small / empty, 2.0)
    goal("what a small change writes ÷ 64 KB", max(costs[title].written for title in SMALL) / SMALL_BYTES, 1.0)
    goal("after reading the array ÷ one pass over it", costs["read the large array"].kept / hashing, 1.5)
    goal("what a changed column writes ÷ the frame", costs["change a data frame column"].written / frame, 1.1)
    goal("what a statement that touches nothing writes", costs["nothing"].written, 0.0)
    goal("one variable of it in a new process ÷ 20 ms", restore_one(bench) / 0.020, 1.0)


def goal(title: str, ratio: float, most: float) -> None:
    """One line."""
    print(f"  {'ok  ' if ratio <= most else 'MISS'} {title:52} {ratio:6.2f} (goal {most:g})", flush=True)


RESTORE = """
import sys, time
from statek_jupyter.store import open_store
store = open_store(sys.argv[1])
started = time.perf_counter()
assert store.read(lambda root: root.benchmark_locals["v5"]) == [5, 6]
print(time.perf_counter() - started)
store.close()
"""


def restore_one(bench: Bench) -> float:
    """Best of five new processes, in seconds: a list out of the whole namespace."""
    command = [sys.executable, "-c", RESTORE, str(bench.folder / "store")]
    return min(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(5))


def print_peers(bench: Bench, step: float, cloudpickle_seconds: float) -> None:
    """How many times a dump of everything is dearer than a small step; of those that are installed."""
    print(f"\na full dump after each step ÷ a small step here: cloudpickle {cloudpickle_seconds / step:.0f}", end="")
    if importlib.util.find_spec("dill") is None:
        print("; dill is not installed")
        return
    import dill

    print(f", dill {bench.full_dump(lambda values: dill.dumps(values, recurse=True)) / step:.0f}")


def print_kishu(bench: Bench, costs: dict[str, Cost], repeats: int) -> None:
    """How many times dearer the small steps are when Kishu keeps them."""
    if importlib.util.find_spec("kishu") is None:
        print("Kishu is not installed")
        return
    seen = costs_of_kishu(bench.folder, SETUP, {title: STEPS[title] for title in SMALL}, min(repeats, 3))
    print("a step kept by Kishu (without fsync) ÷ the same step here: ", end="")
    print(", ".join(f"{title} {seconds / costs[title].kept:.0f}" for title, seconds in seen.items()))


def print_inline() -> None:
    """What one change of 200 equal variables writes and costs in memory, for limits of what lies in the tree's leaf."""
    print(f"{'value bytes':>12} {'inline up to':>13} {'record bytes per change':>24} {'records':>8} {'CPU ms':>7}")
    for width in (10, 200, 400):
        for limit in (0, 256, 512):
            records.INLINE_BYTES = limit
            size, count, cpu = changes_of_one_in_200(width)
            print(f"{width:12} {limit:13} {size:24.0f} {count:8.1f} {cpu * 1e3:7.2f}")


def changes_of_one_in_200(width: int) -> tuple[float, float, float]:
    """(bytes, records, CPU seconds) of a commit that changes one of 200 lists holding a text of `width` characters."""
    database = ZODB.DB(None)
    manager = transaction.TransactionManager(explicit=True)
    manager.begin()
    connection = database.open(manager)
    state = connection.root()["locals"] = LocalState()
    manager.commit()
    workspace = Workspace("benchmark")
    size = cpu = count = 0.0
    for number in range(201):
        lines = range(200) if number == 0 else [number * 37 % 200]
        workspace.namespace.update((f"v{line:03}", ["x" * width, f"{number}"]) for line in lines)
        change = workspace.capture(None)
        manager.begin()
        apply_change(state, change, blobs=False)
        before, started = database.storage.getSize(), time.process_time()
        manager.commit()
        if number:
            cpu += time.process_time() - started
            size += database.storage.getSize() - before
            count += len(list(list(database.storage.iterator())[-1]))
        workspace.confirm(change)
    workspace.close()
    manager.begin()
    connection.close()
    database.close()
    return size / 200, count / 200, cpu / 200


def print_whole(bench: Bench, full: float) -> None:
    """Rows about everything at once: a sweep that finds nothing, and a restore."""
    started = time.perf_counter()
    bench.workspace.capture(None)
    swept = time.perf_counter()
    saved: Any = bench.store.read(lambda root: read_saved(root.benchmark_locals))
    read = time.perf_counter()
    Workspace("benchmark", saved, register=False)
    made = time.perf_counter()
    print(f"\nfull sweep {1e3 * (swept - started):.0f} ms ({full / (swept - started):.1f} times cheaper than the dump)")
    print(f"restore {1e3 * (read - swept):.0f} ms reading + {1e3 * (made - read):.0f} ms making the values")


if __name__ == "__main__":
    main()
