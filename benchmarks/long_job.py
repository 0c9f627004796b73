"""A job of 5,000 turns: bytes written per turn at turns 10, 500 and 5,000, and the time to show its last page.

Each reply has 600 bytes, changes two variables and prints a line; the model answers at once, since its time is not
ours. Flat means that a late turn writes what an early one did. Opening is measured in a fresh process: the store, the
job, its last page as JSON and as HTML; the goal is 50 ms.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from statek_jupyter.engine.run import run
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import open_store

TURNS = 5_000
WATCHED = (10, 500, 5_000)
AROUND = 10
"""Turns over which the bytes of a watched turn are averaged."""


def reply(messages: object, turn: int = 1, **request: object) -> str:
    note = f"# {'look at the rows again ' * 24}"
    return f"```python\n{note}\ncount = {turn}\nlatest = [{turn}] * 20\nprint('turn', count)\n```"


def turn_sizes(folder: Path) -> dict[int, float]:
    """Average bytes of records and of transactions written around each watched turn, from the store's own tables."""
    from statek_jupyter.store.sqlite_files import connect

    connection = connect(folder)
    query = "SELECT tid, sum(length(state)) FROM object_state GROUP BY tid ORDER BY tid"
    sizes = [size for _, size in connection.execute(query)]
    connection.close()
    per_turn = len(sizes) / TURNS
    found = {}
    for turn in WATCHED:
        last = min(int(turn * per_turn), len(sizes))
        first = max(0, last - int(AROUND * per_turn))
        found[turn] = sum(sizes[first:last]) / (last - first) * per_turn
    return found


SHOW = """
import sys, time
from statek_jupyter.store import open_store
from statek_jupyter.views.html import job_html
from statek_jupyter.views.job_view import read_job
open_store("memory:").close()
started = time.perf_counter()
store = open_store(sys.argv[1])
opened = time.perf_counter()
handle = store.jobs(limit=1)[0]
page = job_html(handle.read(read_job))
shown = time.perf_counter()
handle.read(read_job)
again = time.perf_counter()
print(opened - started, shown - opened, again - shown, len(page))
"""


def show_last_page(folder: Path) -> tuple[float, float, float, int]:
    """Best of five fresh processes: opening the store, the page, the page again, its size."""
    best = None
    for _ in range(5):
        out = subprocess.run([sys.executable, "-c", SHOW, str(folder)], check=True, capture_output=True, text=True)
        opened, shown, again, size = out.stdout.split()
        row = (float(opened), float(shown), float(again), int(size))
        best = row if best is None or row[1] < best[1] else best
    assert best is not None
    return best


def main() -> None:
    register_model("long", FunctionModel(reply))
    agent = Agent("long", metadata={"MODEL": "function/long"})
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as name:
        folder = Path(name) / "store"
        with open_store(folder) as store:
            started = time.perf_counter()
            handle = run(JobDef(agent, limits=JobLimits(max_turns=TURNS)), store=store)
            seconds = time.perf_counter() - started
            assert handle.turns == TURNS, handle.error
        print(f"{TURNS} turns in {seconds:.0f} s, {seconds / TURNS * 1e3:.1f} ms a turn")
        sizes = turn_sizes(folder)
        base = sizes[WATCHED[0]]
        for turn, size in sizes.items():
            print(f"bytes written around turn {turn:>5}: {size:8.0f}, {size / base:.2f} of turn {WATCHED[0]}")
        opened, shown, again, size = show_last_page(folder)
        print(
            f"open the store {opened * 1e3:.0f} ms; open the job and show its last page {shown * 1e3:.1f} ms "
            f"({shown / 0.05:.2f} of the goal), again {again * 1e3:.1f} ms; {size} characters of HTML"
        )


if __name__ == "__main__":
    main()
