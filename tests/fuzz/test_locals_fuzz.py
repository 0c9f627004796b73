"""Random programs: what is restored is what was alive, values and sharing alike."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.locals_run import Run

pytestmark = pytest.mark.fuzz


def run_for(seconds: float, first_seed: int) -> tuple[int, int]:
    """Run programs for a while; gives how many, and how many statements."""
    end = time.monotonic() + seconds
    runs = steps = 0
    while time.monotonic() < end:
        run = Run(first_seed + runs)
        run.go()
        runs += 1
        steps += run.steps
    return runs, steps


def test_restored_variables_are_the_live_ones_after_any_program() -> None:
    """The same seeds every time, so that a failure is everybody's; restarts and aborted transactions included."""
    for seed in range(120):
        Run(seed).go()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_restored_variables_are_the_live_ones_after_very_many_programs() -> None:
    """Ten minutes of programs nobody has run before."""
    runs, steps = run_for(600, time.time_ns())
    print(f"{runs} programs, {steps} statements, no difference")
    assert steps > runs > 0
