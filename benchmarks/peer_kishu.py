"""The same statements kept by Kishu (VLDB 2025), through its planner, for `benchmarks.locals` where it is installed.

Kishu keeps a notebook's variables after each cell: it looks at what the cell touched, saves what changed into SQLite,
and links it to the cell. Measured is what it does after a statement, with its settings as delivered but for
incremental saving, which is what compares. It commits without an fsync.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any


class Kishu:
    """One namespace kept by Kishu in a database of its own."""

    def __init__(self, folder: Path) -> None:
        from kishu.jupyter.namespace import Namespace
        from kishu.planning.planner import CheckpointRestorePlanner
        from kishu.storage.checkpoint import KishuCheckpoint
        from kishu.storage.commit_graph import KishuCommitGraph
        from kishu.storage.disk_ahg import KishuDiskAHG

        self._database = folder / "kishu.db"
        self._graph = KishuCommitGraph.new_var_graph(self._database)
        history = KishuDiskAHG(self._database)
        for made in (self._graph, history, KishuCheckpoint(self._database, incremental_cr=True)):
            made.init_database()
        self._namespace = Namespace({"__name__": "__main__"})
        self._planner = CheckpointRestorePlanner(history, self._graph, self._namespace, incremental_cr=True)
        self._cells = 0

    def run(self, source: str) -> float:
        """Run a statement; seconds that keeping what it changed takes."""
        self._cells += 1
        commit = f"cell {self._cells}"
        variables: Any = self._namespace.get_tracked_namespace()
        began = time.perf_counter()
        self._planner.pre_run_cell_update()
        before = time.perf_counter() - began
        exec(compile(source, "<step>", "exec"), variables)
        began = time.perf_counter()
        self._planner.post_run_cell_update(commit, source, 0.0)
        plan, _ = self._planner.generate_checkpoint_restore_plans(self._database, commit)
        plan.run(self._namespace)
        self._graph.step(commit)
        return before + time.perf_counter() - began


def costs_of_kishu(folder: Path, setup: str, steps: dict[str, str], repeats: int) -> dict[str, float]:
    """Title of a statement to the median of the seconds Kishu needs to keep it."""
    kishu = Kishu(folder)
    kishu.run(setup)
    seen: dict[str, list[float]] = {title: [] for title in steps}
    for n in range(1, repeats + 2):
        for title, source in steps.items():
            seconds = kishu.run(source.format(n=n))
            if n > 1:
                seen[title].append(seconds)
    return {title: statistics.median(found) for title, found in seen.items()}
