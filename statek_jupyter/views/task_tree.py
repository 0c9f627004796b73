"""The subtasks of a view as a tree: each with its depth, a job before those below it."""

from __future__ import annotations

from collections.abc import Iterator

from statek_jupyter.views.schema import JobView, SubtaskView
from statek_jupyter.views.wording import cost, count

MAX_DEPTH = 12
"""Deeper ones are shown at this depth: a static form nests no further."""


def task_tree(view: JobView) -> Iterator[tuple[int, SubtaskView]]:
    """(depth from 0, subtask), in the order in which a tree is read."""
    known = {task["id"] for task in view["subtasks"]}
    below: dict[str, list[SubtaskView]] = {}
    for task in view["subtasks"]:
        parent = task["parent"] if task["parent"] in known and task["parent"] != task["id"] else ""
        below.setdefault(parent, []).append(task)
    waiting = [(0, task) for task in reversed(below.pop("", []))]
    while waiting:
        depth, task = waiting.pop()
        yield min(depth, MAX_DEPTH), task
        waiting += [(depth + 1, one) for one in reversed(below.pop(task["id"], []))]


def task_facts(task: SubtaskView) -> list[str]:
    """Its turns and cost; for one with subtasks of its own also how many those are, and the cost of all together."""
    facts = [count(task["turns"], "turn"), cost(task["cost_usd"], task["unknown_cost_calls"])]
    if task["below"]:
        whole = cost(task["subtree_cost_usd"], task["subtree_unknown_cost_calls"])
        facts.append(f"{whole} with {count(task['below'], 'subtask')}")
    return facts
