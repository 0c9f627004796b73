"""A loop of 20 million iterations inside a job against the same compiled code in plain ``exec``.

The goal is a ratio of at most 1.05. Both run alternately on threads of one process; the best of each counts. The job's
time is what its chat log says the code took, so the commits around it are not part of it.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from statek_jupyter.engine.run import run
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import WarmupLogItem
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import Store, open_store

SOURCE = """def work():
    total = 0
    for n in range(20_000_000):
        total += n & 7
    return total
result = work()
"""


def native_seconds() -> float:
    """On a thread of its own, as the job's code is."""
    taken: list[float] = []

    def work() -> None:
        namespace: dict[str, Any] = {}
        code = compile(SOURCE, "<loop>", "exec")
        started = time.perf_counter()
        exec(code, namespace)
        taken.append(time.perf_counter() - started)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return taken[0]


def job_seconds(store: Store, definition: JobDef) -> float:
    handle = run(definition, store=store)
    items = [item for item in handle.chat_log if isinstance(item, WarmupLogItem)]
    return sum(item.code_seconds for item in items)


def main(rounds: int = 5) -> None:
    register_model("loop", ScriptedModel(["Done."]))
    definition = JobDef(Agent("loop", metadata={"MODEL": "scripted/loop"}), warmup_code=SOURCE)
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as folder, open_store(Path(folder) / "store") as store:
        native, ours = float("inf"), float("inf")
        for _ in range(rounds):
            native = min(native, native_seconds())
            ours = min(ours, job_seconds(store, definition))
    print(f"plain exec {native:.3f} s, in a job {ours:.3f} s, ratio {ours / native:.3f}")


if __name__ == "__main__":
    main()
