"""A job whose every statement rewrites megabytes of variables that belong together. As a program, it runs a worker.

``python -m tests.kill.large_locals WHERE`` starts a worker on the store and ends when every job is done.
"""

from __future__ import annotations

import sys
import time

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import JobHandle, Store, open_store

TURNS = 1_000
WARMUP = """
import numpy
data = numpy.zeros(1_500_000)
part = data[-1_000:]
rows = {}
tag = 0
def change(n):
    global tag, text
    data[:] = n
    rows.clear()
    rows.update((i, n) for i in range(30_000))
    text = str(n) * 300_000
    tag = n
change(0)
"""


def reply(messages: object, turn: int = 1, **request: object) -> str:
    """Each turn is one statement: what it changes is old or new as a whole."""
    return f"```python\nchange({turn})\n```"


def submit(store: Store) -> JobHandle:
    """A new job of this kind."""
    agent = Agent("large", metadata={"MODEL": "function/large_locals"})
    return store.submit(JobDef(agent, warmup_code=WARMUP, limits=JobLimits(max_turns=TURNS)))


def main(where: str) -> None:
    """Work until no job is left; says when it has begun."""
    register_model("large_locals", FunctionModel(reply))
    store = open_store(where)
    with Worker(store):
        print("working", flush=True)
        while any(count for status, count in store.counts().items() if status is not JobStatus.DONE):
            time.sleep(0.05)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
