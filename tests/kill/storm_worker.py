"""A worker for the storm: ``python -m tests.kill.storm_worker WHERE [unfenced]``. Each of its commits says who made it.

``unfenced`` takes away the check that a worker still holds its job, to show that the storm finds that out.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from statek_jupyter.engine import worker
from statek_jupyter.engine.commits import asking, calls, ending, held, running
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import JobHandle, Store, heartbeat, open_store, server_presence
from statek_jupyter.store.root import Root
from statek_jupyter.store.session import Session

BEAT_SECONDS = 0.1
LOOK_SECONDS = 0.2
TURNS = 6


def reply(messages: Any, turn: int = 1) -> str:
    """Each turn takes a step; the steps tell whether one was lost or taken twice."""
    first = "steps = []\n" if turn == 1 else ""
    last = "exit(list(steps))\n" if turn == TURNS else ""
    return f"```python\n{first}import time\nsteps.append({turn})\ntime.sleep(0.1)\nsteps.append({-turn})\n{last}```"


def register() -> None:
    """Make the model known to this process."""
    register_model("storm", FunctionModel(reply))


def submit(store: Store) -> JobHandle:
    """A job that any process may run."""
    handle = store.submit(JobDef(Agent("storm", metadata={"MODEL": "function/storm"})))
    store.run(lambda root: setattr(root.job(handle.id), "home", None))
    return handle


def sign_commits(store: Store) -> None:
    """Write into each transaction which process made it."""
    commit = Session.commit

    def signed(session: Session) -> tuple[int, ...]:
        session._manager.get().note(store.presence.id)
        return commit(session)

    Session.commit = signed  # type: ignore[method-assign]


def take_fences_away() -> None:
    """Let a worker write a job that another one has."""

    def unchecked(root: Root, held: held.Held) -> Job:
        return root.job(held.job_id)

    for module in (asking, calls, ending, held, running):
        module.held_job = unchecked  # type: ignore[attr-defined]
    Driver._lose = lambda self: None  # type: ignore[method-assign]


def main(where: str, fences: str = "fenced") -> None:
    """Work until the standard input ends."""
    heartbeat.BEAT_SECONDS = server_presence.BEAT_SECONDS = BEAT_SECONDS
    worker.LOOK_SECONDS = LOOK_SECONDS
    register()
    store = open_store(where)
    sign_commits(store)
    if fences == "unfenced":
        take_fences_away()
    with Worker(store, concurrency=4):
        print("working", flush=True)
        sys.stdin.read()
    store.close()


if __name__ == "__main__":
    threading.current_thread().name = "storm"
    main(*sys.argv[1:])
