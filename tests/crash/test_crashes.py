"""Jobs whose process dies, or whose statements are evicted, end like jobs that were left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.crash.cells import CELLS
from tests.crash.runner import POLICIES, STAGES

CALLS = STAGES[:4]
BRIEF = ["loop", "gather of functions"]
REPEATED = {"looks", "puts"}
UNORDERED = {"gather", "gather of functions", "task group", "threads"}
"""Cells whose calls run at the same time."""


def crash(folder: Path, **plan: Any) -> dict[str, Any]:
    """Run jobs in processes that are killed; what became of them."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.crash.runner", str(folder), json.dumps(plan)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=plan.get("timeout", 300))
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def compared(name: str, told: dict[str, Any]) -> dict[str, Any]:
    """A job's result without what may differ between two runs that are left alone."""
    result = {key: value for key, value in told.items() if key != "id"}
    if name in UNORDERED:
        result["marks"], result["console"] = sorted(result["marks"]), sorted(result["console"].splitlines())
    return result


def check_cells(folder: Path, cells: list[str]) -> int:
    """Run cells alone, suspended in each wait, and killed at each point of each call and statement."""
    alone = crash(folder / "alone", stages=[], cells=cells, concurrency=4)["jobs"]
    suspended = crash(folder / "suspended", stages=[], cells=cells, suspends=True, concurrency=4)["jobs"]
    killed = crash(folder / "killed", stages=STAGES, cells=cells, suspends=True, timeout=3000)
    for name in cells:
        wanted = compared(name, alone[name])
        assert compared(name, suspended[name]) == wanted, name
        repeated = compared(name, killed["jobs"][name])
        if "effect" in CELLS[name]:  # what a call printed is not known when a person has said its outcome
            wanted["console"] = repeated["console"] = None
        if name in REPEATED:  # may be made again; see the tests of the policies
            repeated["marks"] = wanted["marks"]
        assert repeated == wanted, name
    check_unknown(folder / "killed")
    return int(killed["killed"])


def check_unknown(folder: Path) -> None:
    """A call is unknown exactly where its process died between the entry and the outcome, and its tool asks."""
    kills = [line.split("\t") for line in lines(folder / "kills")]
    cut_off = {call for stage, call in kills if stage in ("after intent", "after effect")}
    asking = {call for call, _, policy in marks(folder) if policy == "ask"}
    assert set(lines(folder / "unknown")) == cut_off & asking


def marks(folder: Path) -> list[tuple[str, str, str]]:
    return [tuple(line.split("\t")) for line in lines(folder / "marks")]  # type: ignore[misc]


def check_policy(folder: Path, policy: str, stage: str, runs: int) -> None:
    """One call of each of many jobs, its process killed at one stage of it."""
    report = crash(folder, stages=[stage], policies=[policy], runs=runs, timeout=3000)
    reached = not (policy == "safe" and stage in ("before intent", "after intent", "after outcome"))
    assert report["killed"] == (runs if reached else 0), (policy, stage, report["killed"])
    done = Counter(call for call, _, _ in marks(folder))
    for name, told in report["jobs"].items():
        number = name.split()[1]
        assert (told["out"], told["error"]) == (repr(f"<{number}>"), None), name  # nothing is lost
        assert set(told["marks"]) == {number}
    repeated = [call for call, times in done.items() if times > 1]
    assert len(done) == runs  # an idempotent tool is given the same key again
    if policy == "ask":
        assert repeated == []  # nothing is done twice
    else:
        assert len(repeated) == (runs if stage == "after effect" else 0)
    cut_off = policy == "ask" and stage in ("after intent", "after effect")
    assert len(set(lines(folder / "unknown"))) == (runs if cut_off else 0)


def test_cells_end_as_if_they_had_never_been_interrupted(tmp_path: Path) -> None:
    """Two of the cells; all of them in the long test."""
    assert check_cells(tmp_path, BRIEF) > 30


def test_no_call_is_repeated_or_lost_in_silence(tmp_path: Path) -> None:
    """Killed at all four boundaries of one call of each policy; two hundred times at each in the long test."""
    report = crash(tmp_path / "run", stages=CALLS, policies=list(POLICIES), runs=1)
    made = {name.split()[0]: told["marks"] for name, told in report["jobs"].items()}
    assert made == {"ask": ["0"], "idempotent": ["0", "0"], "safe": ["0", "0"]}
    assert [told["out"] for told in report["jobs"].values()] == ["'<0>'"] * 3
    kills = Counter(line.split("\t")[0] for line in lines(tmp_path / "run" / "kills"))
    assert kills == {"before intent": 2, "after intent": 2, "after effect": 3, "after outcome": 2}
    check_unknown(tmp_path / "run")


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_all_cells_end_as_if_they_had_never_been_interrupted(tmp_path: Path) -> None:
    """At every call and every statement of each."""
    killed = check_cells(tmp_path, list(CELLS))
    print(f"{len(CELLS)} cells, {killed} times killed")


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("stage", CALLS)
@pytest.mark.parametrize("policy", POLICIES)
def test_no_call_of_two_hundred_is_repeated_or_lost_in_silence(tmp_path: Path, policy: str, stage: str) -> None:
    """The same number of runs at each boundary."""
    check_policy(tmp_path / "run", policy, stage, runs=200)
