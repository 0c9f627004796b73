"""What a journalled call of a tool costs, by policy, beside one fsynced commit and beside a call without a journal.

One statement makes 200 calls in a loop. A call of a tool that asks, or is idempotent, waits for one commit (its entry);
what came of it is written while the code goes on. A safe call waits for none.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.statement import commit_seconds
from statek_jupyter.engine.run import run
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import WarmupLogItem
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store, open_store

CALLS = 200


@tool(retry="safe")
def safe_call(n: int) -> int:
    return n + 1


@tool(retry="idempotent")
def idempotent_call(n: int) -> int:
    return n + 1


@tool
def asking_call(n: int) -> int:
    return n + 1


CASES = {
    "def in the job": "plain_call",
    "retry='safe'": "safe_call",
    "retry='idempotent'": "idempotent_call",
    "retry='ask'": "asking_call",
}


def call_seconds(store: Store, name: str) -> float:
    """One of the calls of a statement that makes many."""
    agent = Agent("calls", tools=[safe_call, idempotent_call, asking_call], metadata={"MODEL": "scripted/calls"})
    loop = f"for n in range({CALLS}): {name}(n)\n"
    definition = JobDef(agent, warmup_code=["def plain_call(n): return n + 1", loop])
    items: list[Any] = [item for item in run(definition, store=store).chat_log if not isinstance(item, str)]
    second, turn = items[1:3]
    assert isinstance(second, WarmupLogItem) and second.error is None
    return float((turn.timestamp - second.timestamp).total_seconds()) / CALLS


def main() -> None:
    register_model("calls", ScriptedModel(["Done."]))
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as folder, open_store(Path(folder) / "store") as store:
        started = time.perf_counter()
        for label, name in CASES.items():
            commit, call = commit_seconds(store), call_seconds(store, name)
            ratio = f"{call / commit:5.2f} of a smallest commit ({commit * 1e3:.2f} ms)"
            print(f"{label:<20} {call * 1e3:7.3f} ms a call, {ratio}")
        print(f"in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
