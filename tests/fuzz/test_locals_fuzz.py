"""Random programs: what is restored is what was alive, values and sharing alike."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.locals_run import Run, run_many

pytestmark = pytest.mark.fuzz


def test_restored_variables_are_the_live_ones_after_any_program() -> None:
    """The same seeds every time, so that a failure is everybody's; restarts and aborted transactions included."""
    for seed in range(120):
        Run(seed).go()


@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_restored_variables_are_the_live_ones_after_ten_thousand_programs() -> None:
    """Programs nobody has run before; a failure names its seed, with which it happens again."""
    assert run_many(10_000, time.time_ns()) > 10_000
