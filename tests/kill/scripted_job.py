"""The job of the kill test: twenty turns that define, change, alias, print and fail. As a program, it runs a worker.

``python -m tests.kill.scripted_job WHERE`` starts a worker on the store and ends when every job is done.
"""

from __future__ import annotations

import sys
import time

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store, open_store

TURNS = 20

WARMUP = """
import random
rows = [[n, n * n] for n in range(50)]
alias = rows[:2]
print("rows:", len(rows))
# --------------------
class Account:
    fee = 1
    def __init__(self): self.balance = 0; self.seen = []
    def add(self, n): self.balance += n - self.fee; self.seen.append(n); return self.balance
account = Account()
history = account.seen
"""


def reply(turn: int) -> str:
    """The model's reply of one turn; every third has an error, so that half-finished blocks are resumed too."""
    lines = [
        f"before_{turn} = len(history)",
        f"account.add({turn})",
        f"rows.append([{turn}, sum(row[1] for row in rows) % 1000])",
        f"def step_{turn}(n): return n * {turn} + account.fee",
        f"results_{turn} = [step_{turn}(n) for n in range(20)]",
        "total = 0",
        "for n in range(60_000):\n    total = (total * 31 + n) % 1_000_003",
        f"print('turn {turn}', total, account.balance, alias[0] is rows[0])",
        f"Account.fee = {turn % 3}" if turn % 4 == 0 else "alias[0][1] += 1",
        f"del before_{turn - 1}" if turn > 1 else "random.seed(7); draws = []",
        "draws.append(random.Random(len(draws)).random())",
        "undefined_name" if turn % 3 == 0 else f"len(history), {turn}",
    ]
    return "```python\n" + "\n".join(lines) + "\n```"


def register() -> None:
    """Make the scripted model known to this process."""
    register_model("killed", ScriptedModel([*(reply(turn) for turn in range(1, TURNS)), "All done."]))


def submit(store: Store) -> JobHandle:
    """A new job of this kind."""
    return store.submit(JobDef(Agent("survivor", metadata={"MODEL": "scripted/killed"}), warmup_code=WARMUP))


def main(where: str) -> None:
    """Work until no job is left; says when it has begun."""
    register()
    store = open_store(where)
    with Worker(store):
        print("working", flush=True)
        while any(count for status, count in store.counts().items() if status is not JobStatus.DONE):
            time.sleep(0.02)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
