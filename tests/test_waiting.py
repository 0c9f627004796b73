"""The tests' own waiting."""

import pytest

from tests.waiting import eventually, eventually_async


def test_eventually_returns_the_first_true_value() -> None:
    """The condition is called again until it is true."""
    values = iter([0, None, "here"])
    assert eventually(lambda: next(values)) == "here"


def test_eventually_fails_at_its_deadline_and_shows_the_last_value() -> None:
    """A condition that stays false ends the test with what was seen."""
    with pytest.raises(AssertionError, match="last value was 0"):
        eventually(lambda: 0, timeout=0.02)


async def test_eventually_async_returns_the_first_true_value() -> None:
    """The same, inside an event loop."""
    values = iter([False, 3])
    assert await eventually_async(lambda: next(values)) == 3
