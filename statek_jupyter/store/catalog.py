"""The catalog of a store: which jobs there are, by status, agent, definition, parent and time, without conflicts.

Everything is kept per lane (see `lanes`): a process that creates jobs writes only into trees of its own lane, so
processes do not conflict. Queries merge the lanes. Newest first needs no index of its own: numbers are ordered by time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

from BTrees.LLBTree import LLBTree, LLTreeSet, intersection
from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree
from persistent import Persistent

from statek_jupyter.store.lanes import lane_of

SCAN_LIMIT = 4_000
"""After this many misses in a row a query stops filtering one by one and lets the trees intersect."""

Fields = Mapping[str, Any]
"""Field name (``status``, ``agent``, ``definition``, ``parent``) to the value asked for."""


class StatusCounts(Persistent):
    """How many jobs of one lane have each status."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def change(self, status: str, by: int) -> None:
        self.counts = {**self.counts, status: self.counts.get(status, 0) + by}

    def _p_resolveConflict(
        self, before: dict[str, Any], committed: dict[str, Any], ours: dict[str, Any]
    ) -> dict[str, Any]:
        """Both changes count."""
        old, theirs, mine = before["counts"], committed["counts"], ours["counts"]
        names = {*old, *theirs, *mine}
        return {"counts": {name: theirs.get(name, 0) + mine.get(name, 0) - old.get(name, 0) for name in names}}


class Catalog(Persistent):
    """See the module's text."""

    def __init__(self) -> None:
        self.jobs: Any = OOBTree()
        """Lane to a tree of number to job."""
        self.index: Any = OOBTree()
        """(field, value, lane) to the set of numbers."""
        self.mail: Any = OOBTree()
        """Lane to a tree of number to how often the job was sent something since its worker last looked."""
        self.counts: Any = OOBTree()
        """Lane to `StatusCounts`."""

    # --- writing ---------------------------------------------------------------------------------

    def add(self, number: int, job: Any, fields: Fields) -> None:
        """Enter a new job. `fields` may leave out what does not apply."""
        lane = lane_of(number)
        self._tree(self.jobs, lane, LOBTree)[number] = job
        for field, value in fields.items():
            self._numbers(field, value, lane).add(number)
        self._tree(self.counts, lane, StatusCounts).change(fields["status"], 1)

    def remove(self, number: int, fields: Fields) -> None:
        lane = lane_of(number)
        del self.jobs[lane][number]
        for field, value in fields.items():
            self._numbers(field, value, lane).discard(number)
        self.counts[lane].change(fields["status"], -1)
        self.clear_mail(number)

    def move_status(self, number: int, old: str, new: str) -> None:
        lane = lane_of(number)
        self._numbers("status", old, lane).discard(number)
        self._numbers("status", new, lane).add(number)
        counts = self.counts[lane]
        counts.change(old, -1)
        counts.change(new, 1)

    def note_mail(self, number: int) -> None:
        """Counting, rather than setting a mark, makes a sender and a worker that clears the mark conflict."""
        mail = self._tree(self.mail, lane_of(number), LLBTree)
        mail[number] = mail.get(number, 0) + 1

    def clear_mail(self, number: int) -> None:
        mail = self.mail.get(lane_of(number))
        if mail is not None and number in mail:
            del mail[number]

    # --- reading ---------------------------------------------------------------------------------

    def get(self, number: int) -> Any | None:
        """The job, or None."""
        lane = self.jobs.get(lane_of(number))
        return None if lane is None else lane.get(number)

    def job(self, number: int) -> Any:
        """The job, which the caller knows is there."""
        return self.jobs[lane_of(number)][number]

    def __len__(self) -> int:
        return sum(self.status_counts().values())

    def highest(self, lane: int) -> int:
        """The largest number in a lane, 0 when it is empty."""
        tree = self.jobs.get(lane)
        return tree.maxKey() if tree else 0

    def status_counts(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for lane in self.counts.values():
            for status, count in lane.counts.items():
                totals[status] = totals.get(status, 0) + count
        return {status: count for status, count in totals.items() if count}

    def with_mail(self) -> Iterator[int]:
        """Numbers of the jobs that have mail, oldest first."""
        return heapq.merge(*[list(tree) for tree in self.mail.values()])

    def newest(self, fields: Fields, *, before: int | None = None, since: int = 0) -> Iterator[int]:
        """Numbers of the jobs with all these values, newest first.

        Args:
            fields: Field to value; a tuple value means any of these.
            before: Only numbers below this one.
            since: Only this number and above.
        """
        choices = _choices(fields)
        lanes = [lane for choice in choices for lane in self._lanes(choice, before, since)]
        return heapq.merge(*lanes, reverse=True)

    def _lanes(self, fields: Fields, before: int | None, since: int) -> Iterator[Iterator[int]]:
        if not fields:
            for tree in self.jobs.values():
                yield _descending(tree, before, since)
            return
        for lane in self.jobs:
            sets = [self.index.get((field, value, lane)) for field, value in fields.items()]
            if all(sets):
                yield _common(sets, before, since)

    def _numbers(self, field: str, value: Any, lane: int) -> Any:
        return self._tree(self.index, (field, value, lane), LLTreeSet)

    @staticmethod
    def _tree(forest: Any, key: Any, make: Any) -> Any:
        tree = forest.get(key)
        if tree is None:
            tree = forest[key] = make()
        return tree


SELECTIVITY = ("parent", "definition", "status", "agent")
"""Fields in the order in which they usually leave the fewest jobs."""


def _choices(fields: Fields) -> list[dict[str, Any]]:
    """Combinations of single values, for fields that accept several."""
    combined: list[dict[str, Any]] = [{}]
    for field in sorted(fields, key=SELECTIVITY.index):
        values = fields[field] if isinstance(fields[field], tuple) else (fields[field],)
        combined = [{**chosen, field: value} for chosen in combined for value in dict.fromkeys(values)]
    return combined


def _descending(tree: Any, before: int | None, since: int) -> Iterator[int]:
    """Keys from large to small; the trees have no reverse iterator, and slicing from the end walks all of it."""
    limit = before - 1 if before is not None else None
    while True:
        try:
            key: int = tree.maxKey() if limit is None else tree.maxKey(limit)
        except ValueError:
            return
        if key < since:
            return
        yield key
        limit = key - 1


def _common(sets: list[Any], before: int | None, since: int) -> Iterator[int]:
    """Numbers in all sets of one lane, from large to small."""
    driver, *others = sets
    misses = 0
    for number in _descending(driver, before, since):
        if all(number in other for other in others):
            misses = 0
            yield number
            continue
        misses += 1
        if misses > SCAN_LIMIT:
            yield from _intersected(sets, number, since)
            return


def _intersected(sets: list[Any], before: int, since: int) -> Iterator[int]:
    result = sets[0]
    for other in sets[1:]:
        result = intersection(result, other)
    yield from reversed([number for number in result.keys(since, before - 1)])
