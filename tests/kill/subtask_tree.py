"""A job with subtasks whose process is killed at a commit: ``python -m tests.kill.subtask_tree FOLDER POINT…``.

For each POINT (``before 7``: in place of the seventh commit; ``after 7``: right behind it) a forked process submits the
job, works, and dies there by SIGKILL; another one works to the end. What came out is printed as one JSON line.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.chat_log import SubTaskLogItem
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import open_store
from statek_jupyter.store.root import Root
from tests.engine.delegating import boss, code, researchers
from tests.kill.dying import die_at, die_at_each_point
from tests.waiting import eventually

NAME = "family"
TOPICS = ["a", "b"]


def live(where: str, when: str, number: int) -> None:
    """Work until every job is done, or until the commit at which this process dies."""
    models()
    count = die_at(when, number)
    with open_store(where) as store, Worker(store):
        if not store.jobs(text=NAME):
            store.submit(definition(), name=NAME)
        eventually(lambda: store.read(settled), 60)
    (Path(where) / "commits").write_text(str(count[0]))


def settled(root: Root) -> bool:
    """Whether the parent has been told of everything and has given its last word; looked at in one snapshot."""
    jobs = list(root.jobs_by())
    parent = next(job for job in jobs if job.name == NAME)
    told = not len(parent.inbox) and not parent.pending_notifications
    return told and parent.result == "Both are in." and all(job.status is JobStatus.DONE for job in jobs)


def models() -> None:
    researchers(code("x = 1", "exit(topic.upper())"))
    lines = [f"hs = [research(t, id=t) for t in {TOPICS}]", "found = wait_for_job(hs[0])", "del hs[1]"]
    register_model("boss", ScriptedModel([code(*lines), *["Both are in."] * 5]))


def definition() -> Any:
    made = boss()
    models()
    return made


def facts(where: str) -> dict[str, Any]:
    """What must not depend on when the process died."""
    with open_store(where) as store:
        parent = store.job(NAME)

        def look(job: Job) -> dict[str, Any]:
            told = [entry.handler.id for entry in job.chat_log if isinstance(entry, SubTaskLogItem)]
            handlers = job.sub_tasks.values()
            outcomes = sorted((handler.id, handler.is_completed, handler.result_text) for handler in handlers)
            waiting = len(job.inbox) + len(job.pending_notifications)
            return {
                "told": sorted(told),
                "outcomes": outcomes,
                "waiting": waiting,
                "below": job.below and job.below.jobs,
            }

        commits = Path(where) / "commits"
        return {
            **parent.read(look),
            "found": parent.locals["found"],
            "children": sorted(child.name or "" for child in parent.children),
            "done": sorted(job.status.name for job in store.jobs()),
            "spent": str(parent.subtree_usage.num_calls),
            "verified": store.verify().ok,
            "commits": int(commits.read_text()) if commits.exists() else 0,
        }


if __name__ == "__main__":
    die_at_each_point(sys.argv[1], sys.argv[2:], live, facts)
