"""Killed at any commit: a call starts its subtask once, its parent is told once, a message is delivered once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.store import open_store
from tests.kill import tree_storm
from tests.kill.messages import MESSAGES
from tests.kill.subtask_tree import TOPICS

UNDISTURBED = {
    "told": TOPICS,
    "outcomes": [["a", True, "A"], ["b", True, "B"]],
    "waiting": 0,
    "below": 2,
    "found": "A",
    "children": TOPICS,
    "done": ["DONE"] * 3,
    "verified": True,
}


DELIVERED = {"said": MESSAGES, "answered": True, "status": "DONE", "waiting": 0, "verified": True}


def run(program: str, folder: Path, *points: str) -> list[dict[str, Any]]:
    """What came out of a run without a kill, then of one for each point."""
    command = [sys.executable, "-m", f"tests.kill.{program}", str(folder), *points]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(results: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    calm, *killed = results
    assert {name: calm[name] for name in expected} == expected
    for result in killed:
        assert {name: result[name] for name in expected} == expected, result["point"]
    print(f"{calm['commits']} commits; {sum(one['died'] for one in killed)} of {len(killed)} processes were killed")
    assert any(one["died"] for one in killed)


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_subtasks_survive_a_kill(tmp_path: Path) -> None:
    """The short variant: around the commits in which subtasks begin and end, each at one side of it."""
    check(
        run("subtask_tree", tmp_path, "before 5", "after 6", "before 7", "after 9", "before 12", "after 15"),
        UNDISTURBED,
    )


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_subtasks_survive_a_kill_at_every_commit(tmp_path: Path) -> None:
    """The whole test, for `make kill-test`: before and after each commit there is."""
    check(run("subtask_tree", tmp_path), UNDISTURBED)


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_messages_survive_a_kill(tmp_path: Path) -> None:
    """The short variant: before a message is kept, when it is, and around its delivery."""
    check(run("messages", tmp_path, "before 2", "after 2", "before 5", "after 8", "before 14"), DELIVERED)


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_messages_survive_a_kill_at_every_commit(tmp_path: Path) -> None:
    """The whole test, for `make kill-test`."""
    check(run("messages", tmp_path), DELIVERED)


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("round", range(5))
def test_a_tree_survives_two_workers_that_are_killed(tmp_path: Path, round: int) -> None:
    """Thirty subtasks on three levels: each was made once, and each parent was told once of each."""
    where, seed = str(tmp_path / "store"), random.SystemRandom().randrange(1_000_000)
    with open_store(where) as store:
        store.submit(tree_storm.definition())
    kills = tree_storm.storm(where, seed)
    print(f"seed {seed}: {kills} kills")
    jobs = tree_storm.JOBS
    expected = {"result": jobs, "jobs": jobs + 1, "counted": jobs, "told once": True, "waiting": 0, "verified": True}
    assert kills > 3 and tree_storm.facts(where) == expected
