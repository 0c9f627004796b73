"""A process killed while it writes many megabytes of variables leaves them old or new, never a mixture."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from statek_jupyter.store import JobHandle, open_store
from tests.kill import large_locals
from tests.waiting import eventually


def check_whole(handle: JobHandle) -> int:
    """All variables are of one statement, and what shared memory does; gives the number of that statement."""
    variables = handle.locals
    tag = int(variables["tag"])
    data, rows, text = variables["data"], variables["rows"], variables["text"]
    assert (data.min(), data.max(), data.size) == (tag, tag, 1_500_000)
    assert set(rows.values()) == {tag} and len(rows) == 30_000
    assert text == str(tag) * 300_000
    variables["data"][-1] = -1
    assert variables["part"][-1] == -1
    past = handle.at(max(0, handle.turns - 1)).locals
    assert past["data"].min() == past["data"].max() == past["tag"]
    return tag


def kill_while_writing(where: str, kills: int, moments: random.Random) -> list[int]:
    """Kill workers of one job at random moments and look at its variables each time; gives what they were."""
    with open_store(where) as store:
        handle_id = large_locals.submit(store).id
    seen = [0]
    for _ in range(kills):
        command = [sys.executable, "-m", "tests.kill.large_locals", where]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None and worker.stdout.readline() == "working\n"
            with open_store(where, read_only=True) as store:
                handle = store.job(handle_id)
                begun = handle.turns
                eventually(lambda handle=handle, begun=begun: handle.turns > begun + 1, timeout=60)
            time.sleep(moments.uniform(0.0, 0.3))  # the moment of death is what is drawn, not a wait for something
            worker.kill()
        with open_store(where) as store:
            seen.append(check_whole(store.job(handle_id)))
            assert seen[-1] >= seen[-2]
    with open_store(where) as store:
        assert store.verify().ok
    return seen


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_large_variables_are_old_or_new(tmp_path: Path) -> None:
    """The short variant: four kills at fixed random moments."""
    pytest.importorskip("numpy")
    seen = kill_while_writing(str(tmp_path / "store"), 4, random.Random(3))
    assert seen[-1] > 4


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_large_variables_are_old_or_new_after_a_hundred_kills(tmp_path: Path) -> None:
    """The whole test, for `make kill-test`."""
    seed = random.SystemRandom().randrange(1_000_000)
    seen = kill_while_writing(str(tmp_path / "store"), 100, random.Random(seed))
    print(f"seed {seed}: killed in statements {seen}")
    assert seen[-1] > 100
