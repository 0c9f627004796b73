"""Per-step cost of keeping variables, against dumping the whole namespace with cloudpickle; ratios of one run.

The namespace is 200 variables, 255 MB: a large array, a data frame, 5,000 small dicts, classes, functions, aliases.
Every row is one statement: what finding, encoding and committing its change costs (fsynced, embedded store), and how
many times cheaper that is than the full dump written and fsynced. Run: ``python -m benchmarks.locals``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cloudpickle
import transaction
import ZODB

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store import open_store
from statek_jupyter.store.locals import Workspace, apply_change, read_saved, records

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
    "bind a number": "counter = {n}",
    "call a function that counts": "step({n})",
    "append to an aliased list": "items.append({n})",
    "call a method": "point.move({n})",
    "define a function": "def fresh(x): return x * {n}",
    "change one of 5,000 dicts": "records[{n}]['i'] = -{n}",
    "read the large array": "mean = big.mean() + {n}",
    "write one element of the large array": "big[7] = {n}",
    "add a data frame column": "df['z'] = df['a'] + {n}",
}
"""What is measured; ``n`` is another number each time."""


class Bench:
    """One namespace in one store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.store = open_store(str(folder / "store"))
        self.store.run(lambda root: setattr(root, "benchmark_locals", LocalState()))
        self.workspace = Workspace("benchmark")

    def run(self, source: str) -> tuple[float, float, float]:
        """Run a statement; gives seconds of (running it, finding its change, committing it)."""
        code = compile(source, "<step>", "exec")
        self.workspace.prepare(code)
        started = time.perf_counter()
        exec(code, self.workspace.namespace)
        ran = time.perf_counter()
        change = self.workspace.capture(code, source=source)
        found = time.perf_counter()
        if not change.is_empty:
            self.store.run(lambda root: apply_change(root.benchmark_locals, change) and None)
            self.workspace.confirm(change)
        return ran - started, found - ran, time.perf_counter() - found

    def full_dump(self) -> float:
        """Seconds of a cloudpickle dump of everything, fsynced."""
        started = time.perf_counter()
        module = sys.modules.pop(self.workspace.namespace["__name__"])  # else its classes are taken for importable ones
        data = cloudpickle.dumps(self.workspace.values(), protocol=5)
        sys.modules[module.__name__] = module
        with open(self.folder / "dump", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--inline", action="store_true", help="measure the limit for small groups instead")
    options = parser.parse_args()
    repeats = options.repeats
    with tempfile.TemporaryDirectory() as name:
        if options.inline:
            print_inline()
            return
        bench = Bench(Path(name))
        _, found, committed = bench.run(SETUP)
        full = statistics.median(bench.full_dump() for _ in range(3))
        print(f"full dump {full * 1e3:.0f} ms; first capture {found * 1e3:.0f} + {committed * 1e3:.0f} ms\n")
        print(f"{'statement':38} {'run ms':>8} {'find ms':>8} {'commit ms':>9} {'full dump ÷ step':>17}")
        for title, source in STEPS.items():
            times = [bench.run(source.format(n=n)) for n in range(1, repeats + 2)][1:]
            ran, found, committed = (statistics.median(column) for column in zip(*times, strict=True))
            ratio = full / (found + committed)
            print(f"{title:38} {ran * 1e3:8.2f} {found * 1e3:8.2f} {committed * 1e3:9.2f} {ratio:17.0f}")
        print_whole(bench, full)
        bench.store.close()


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
