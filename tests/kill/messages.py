"""A job that is sent messages while its process dies at a commit: ``python -m tests.kill.messages FOLDER POINT…``.

As `tests.kill.subtask_tree`: one JSON line for a run without a kill, then one for each point.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem, UserLogItem
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import open_store
from tests.kill.dying import die_at, die_at_each_point
from tests.waiting import eventually

MESSAGES = ["before it runs", "while it runs", "when it is done", "right after a stop"]


def live(where: str, when: str, number: int) -> None:
    """Send each message when it is time for it, with a key, so that one whose fate is unknown can be sent again."""
    register_model("talker", ScriptedModel(["```python\nx = 1\n```", *["I see."] * 20]))
    count = die_at(when, number)
    with open_store(where) as store:
        jobs = store.jobs()
        job = jobs[0] if jobs else store.submit(JobDef(Agent("talker", metadata={"MODEL": "scripted/talker"})))
        job.send(MESSAGES[0], key="0")
        with Worker(store):
            eventually(lambda: job.turns >= 1, 60)
            job.send(MESSAGES[1], key="1")
            job.wait(60)
            job.send(MESSAGES[2], key="2")
            job.wait(60)
            job.stop("no", key="3")
            job.send(MESSAGES[3], key="4")
            job.wait(60)
    (Path(where) / "commits").write_text(str(count[0]))


def facts(where: str) -> dict[str, Any]:
    """Which messages are there, in order, and whether each was answered."""
    with open_store(where) as store:
        (job,) = store.jobs()
        log = job.chat_log
        said = [entry.message for entry in log if isinstance(entry, UserLogItem)]
        last = max(place for place, entry in enumerate(log) if isinstance(entry, UserLogItem))
        answered = any(isinstance(entry, LLM_LogItem) and entry.usage is not None for entry in log[last:])
        commits = Path(where) / "commits"
        return {
            "said": said,
            "answered": answered,
            "status": job.status.name,
            "waiting": job.read(lambda job: len(job.inbox)),
            "verified": store.verify().ok,
            "commits": int(commits.read_text()) if commits.exists() else 0,
        }


if __name__ == "__main__":
    die_at_each_point(sys.argv[1], sys.argv[2:], live, facts)
