"""The catalog and the numbers of jobs by themselves: order, lanes, conflicts, large sets."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from statek_jupyter.errors import StoreBusyError
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.store import Store, catalog
from statek_jupyter.store.catalog import Catalog, StatusCounts
from statek_jupyter.store.lanes import LANE_BITS, LaneClock, first_number_at, lane_of, lease_lane
from statek_jupyter.store.root import Root
from tests.store.jobs import definition


def filled(jobs: int, lanes: int = 3) -> tuple[Catalog, dict[int, dict[str, str]]]:
    """A catalog of plain values in place of jobs, and what is in it."""
    chance = random.Random(7)
    made = Catalog()
    expected = {}
    for position in range(jobs):
        number = (1_000 + position) << LANE_BITS | chance.randrange(lanes)
        fields = {"status": chance.choice(("READY", "DONE")), "agent": chance.choice("abc")}
        made.add(number, object(), fields)
        expected[number] = fields
    return made, expected


def test_numbers_grow_also_when_the_clock_steps_back() -> None:
    """In one lane each number is larger than the one before; the lane is in its low bits."""
    times = iter([1_000, 1_001, 500, 501, 2_000])
    clock = LaneClock(5, lambda: next(times))
    numbers = [clock.next() for _ in range(5)]
    assert numbers == sorted(set(numbers))
    assert {lane_of(number) for number in numbers} == {5}
    assert numbers[-1] == 2_000 << LANE_BITS | 5


def test_numbers_pass_by_what_the_store_already_has() -> None:
    """A clock that is behind the newest stored number goes on above it."""
    clock = LaneClock(0, lambda: 10)
    clock.pass_by(99 << LANE_BITS)
    assert clock.next() == 100 << LANE_BITS


def test_lanes_are_leased_lowest_first(tmp_path: Path) -> None:
    """A lane that was let go is taken again; with all taken, one is shared."""
    (first, lock), (second, _) = lease_lane(tmp_path / "lanes"), lease_lane(tmp_path / "lanes")
    assert (first, second) == (0, 1) and lock is not None
    lock.abandon()
    held = [lease_lane(tmp_path / "lanes") for _ in range(63)]
    assert held[0][0] == 0
    lane, lock = lease_lane(tmp_path / "lanes")
    assert 0 <= lane < 64 and lock is None


def test_a_number_that_is_taken_is_not_given_twice(store: Store) -> None:
    """Two processes in one lane can make the same number: the later submit takes another."""
    first = store.submit(definition())
    number = first.read(lambda job: job.number)
    assert number is not None
    store._database.clock._last = (number >> LANE_BITS) - 1
    store._database.clock._clock = lambda: 0
    second = store.submit(definition())
    assert second.id > first.id and len(store.jobs()) == 2


@pytest.mark.parametrize("fields", [{}, {"status": "DONE"}, {"agent": "a", "status": "READY"}, {"agent": ("a", "b")}])
@pytest.mark.parametrize("scan_limit", [1, 10_000])
def test_queries_give_what_a_search_through_all_would(
    fields: dict[str, object], scan_limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newest first, within bounds, filtering one by one or by intersection."""
    monkeypatch.setattr(catalog, "SCAN_LIMIT", scan_limit)
    made, expected = filled(400)
    before, since = 1_300 << LANE_BITS, 1_050 << LANE_BITS

    def fits(have: dict[str, str]) -> bool:
        return all(have[name] in (value if isinstance(value, tuple) else (value,)) for name, value in fields.items())

    everything = sorted((number for number, have in expected.items() if fits(have)), reverse=True)
    assert list(made.newest(fields)) == everything
    bounded = [number for number in everything if since <= number < before]
    assert list(made.newest(fields, before=before, since=since)) == bounded


def test_counts_and_indexes_follow_moves_and_removals() -> None:
    """After many changes the counts are those of the sets."""
    made, expected = filled(200)
    for number in list(expected)[::3]:
        old = expected[number]["status"]
        new = "DONE" if old == "READY" else "READY"
        made.move_status(number, old, new)
        expected[number]["status"] = new
    for number in list(expected)[::7]:
        made.remove(number, expected.pop(number))
    for status in ("READY", "DONE"):
        listed = list(made.newest({"status": status}))
        assert set(listed) == {number for number, have in expected.items() if have["status"] == status}
        assert made.status_counts()[status] == len(listed)
    assert len(made) == len(expected)


def test_two_changes_of_the_counts_both_count() -> None:
    """What the storage does when two processes changed one lane's counts at once."""
    resolve = StatusCounts()._p_resolveConflict
    before, committed, ours = {"READY": 5}, {"READY": 4, "DONE": 1}, {"READY": 6}
    merged = resolve({"counts": before}, {"counts": committed}, {"counts": ours})
    assert merged == {"counts": {"READY": 5, "DONE": 1}}


def test_times_and_numbers_agree() -> None:
    """The first number of a time is not above any number made at that time."""
    assert first_number_at(1.5) == 1_500_000 << LANE_BITS <= LaneClock(0, lambda: 1_500_000).next()


def test_a_conflict_that_never_ends_is_one_clear_error(store: Store) -> None:
    """After some tries the caller is told; nothing is half-done."""
    from ZODB.POSException import ConflictError

    handle = store.submit(definition())
    tries = []

    def always(root: Root) -> None:
        tries.append(1)
        root.job(handle.id).set_status(JobStatus.DONE)
        raise ConflictError

    with pytest.raises(StoreBusyError, match="try again"):
        store.run(always)
    assert 2 < len(tries) < 50
    assert handle.status is JobStatus.READY
