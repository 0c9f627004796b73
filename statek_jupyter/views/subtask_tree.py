"""The jobs below a job, all of them, a page at a time."""

from __future__ import annotations

from typing import TypedDict

from statek_jupyter.executors.job import Job
from statek_jupyter.store.root import Root
from statek_jupyter.views.job_view import subtask_view, subtasks_in
from statek_jupyter.views.schema import SubtaskView

MAX_ROWS = 500


class SubtasksPage(TypedDict):
    """Some of the jobs below a job."""

    subtasks: list[SubtaskView]
    total: int


def read_subtasks(root: Root, job: Job, start: int = 0) -> SubtasksPage:
    """The jobs below, level by level, oldest first on each, from position `start` on; at most `MAX_ROWS`.

    So a parent always comes before its children, and a page more never changes the pages before it unless jobs are made
    meanwhile.
    """
    children = subtasks_in(root)
    found: list[tuple[str, Job]] = []
    level = [job]
    while level:
        pairs = [(above.id or "", child) for above in level for child in children(above)]
        found += pairs
        level = [child for _, child in pairs]
    return {"subtasks": [subtask_view(*pair) for pair in found[start : start + MAX_ROWS]], "total": len(found)}
