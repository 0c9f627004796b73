"""What a statement costs in a job, beside its own work: against plain ``exec`` and against one fsynced commit.

Three blocks of 200 statements run in a warmup: statements that only compute (they share commits), calls (each is
committed before the next starts), and calls in a workspace that holds 20 MB beside. Plain ``exec`` runs the same
compiled statements.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from statek_jupyter.engine.run import run
from statek_jupyter.engine.statements import compile_block
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import WarmupLogItem
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store, open_store

STATEMENTS = 200
SETUP = "def f(n): return n + 1\nx = 0\n"
BIG = SETUP + "import numpy\nbig = numpy.arange(2_500_000.0)\n"
CASES = {
    "x += 1": (SETUP, "x += 1\n"),
    "x = f(x)": (SETUP, "x = f(x)\n"),
    "x = f(x), 20 MB beside": (BIG, "x = f(x)\n"),
}


def exec_seconds(setup: str, statement: str) -> float:
    namespace: dict[str, Any] = {}
    exec(setup, namespace)
    block = compile_block(statement * STATEMENTS, "<plain>")
    started = time.perf_counter()
    for one in block.statements:
        exec(one.code, namespace)
    return (time.perf_counter() - started) / STATEMENTS


def job_seconds(store: Store, setup: str, statement: str) -> float:
    """From the end of the first block to the end of the second, per statement."""
    agent = Agent("statements", metadata={"MODEL": "scripted/statements"})
    definition = JobDef(agent, warmup_code=[setup, statement * STATEMENTS])
    handle = run(definition, store=store)
    second, turn = [item for item in handle.chat_log if not isinstance(item, str)][1:3]
    assert isinstance(second, WarmupLogItem)
    return (turn.timestamp - second.timestamp).total_seconds() / STATEMENTS


def commit_seconds(store: Store) -> float:
    """The smallest commit this store makes."""
    with store.transaction() as root:
        root.bench = 0
    started = time.perf_counter()
    for number in range(100):
        store.run(lambda root, number=number: setattr(root, "bench", number))  # type: ignore[misc]
    return (time.perf_counter() - started) / 100


def main() -> None:
    register_model("statements", ScriptedModel(["Done."]))
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as folder, open_store(Path(folder) / "store") as store:
        commit = commit_seconds(store)
        print(f"smallest commit {commit * 1e3:.2f} ms")
        for name, (setup, statement) in CASES.items():
            plain, ours = exec_seconds(setup, statement), job_seconds(store, setup, statement)
            print(
                f"{name:<24} plain {plain * 1e6:6.2f} µs, in a job {ours * 1e3:6.3f} ms a statement, "
                f"{(ours - plain) / commit:5.2f} of a commit"
            )


if __name__ == "__main__":
    main()
