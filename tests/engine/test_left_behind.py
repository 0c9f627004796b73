"""Code that was left behind, because it could not be stopped, is without effect on its job for ever."""

from __future__ import annotations

import threading

from statek_jupyter.engine.run import run
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.tool import tool
from statek_jupyter.store import Store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually

DOOR = threading.Event()
STUCK: list[threading.Thread] = []


@tool
def swallow() -> None:
    """Wait in C, and swallow what it is interrupted with."""
    STUCK.append(threading.current_thread())
    try:
        DOOR.wait(60)
    except BaseException:
        return


@tool
def let_go() -> None:
    """Let the code that was left behind go on, and wait for its end."""
    DOOR.set()
    eventually(lambda: not STUCK[0].is_alive())


def test_code_left_behind_commits_nothing_later(store: Store) -> None:
    """It swallowed its time limit in a C call, and goes on while the job is two turns further."""
    DOOR.clear()
    STUCK.clear()
    late = "```python\nx = 1\nswallow()\nx = 99\nprint('late')\n```"
    definition = define(
        [late, "```python\nlet_go()\ny = x\n```", "Done."],
        tools=[swallow, let_go],
        limits=JobLimits(timeout_seconds=0.3),
    )
    handle = run(definition, store=store, timeout=30)
    turn = handle.chat_log[0]
    assert isinstance(turn, LLM_LogItem) and turn.error is not None
    assert turn.error.type_name == "StatementTimeoutError"
    assert dict(handle.locals) == {"x": 1, "y": 1}
    assert "late" not in outputs(handle)
