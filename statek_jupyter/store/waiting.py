"""What suspended jobs wait for, found from the other side: an event, a job, a time leads to the jobs that wait for it.

Kept per lane of the waiting job, like the catalog, so that processes seldom write the same records. The index holds
numbers only: nothing of a sleeping job is in memory, and finding who waits for a thing takes a few lookups however many
jobs sleep.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from BTrees.IOBTree import IOBTree
from BTrees.LLBTree import LLTreeSet
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent
from ZODB.POSException import ConflictError

from statek_jupyter.executors.stored_callable import StoredValue
from statek_jupyter.executors.waits import ConditionWait, EventWait, JobWait, TimeWait, Wait
from statek_jupyter.store.lanes import lane_of

TURNSTILES = 64

Key = tuple[str, Any]
"""A kind and what of it: ``("event", name)``, ``("job", number)``."""


class Event(Persistent):
    """An outside event that was completed; the first value stays."""

    def __init__(self, value: StoredValue) -> None:
        self.value = value
        self.completed_at = datetime.now(UTC)


class Turnstile(Persistent):
    """Makes one who begins to wait for a thing and one who completes it meet, when both commit at the same time.

    Each looks at what the other writes, so without a record that both write each could miss the other and the job would
    sleep for ever. Several who wait, or several who complete, pass together.
    """

    def __init__(self) -> None:
        self.waits = 0
        self.completions = 0

    def _p_resolveConflict(self, old: dict[str, int], saved: dict[str, int], new: dict[str, int]) -> dict[str, int]:
        merged = {name: saved[name] + new[name] - old[name] for name in old}
        theirs = {name for name in old if saved[name] != old[name]}
        ours = {name for name in old if new[name] != old[name]}
        if theirs != ours:
            raise ConflictError
        return merged


class WaitIndex(Persistent):
    """See the module's text."""

    def __init__(self) -> None:
        self.events: Any = OOBTree()
        """Name to `Event`."""
        self.waiting: Any = OOBTree()
        """Lane to a set of (kind, what, number)."""
        self.due: Any = OOBTree()
        """Lane to a set of (seconds since 1970, number)."""
        self.polled: Any = OOBTree()
        """Lane to a set of numbers: jobs that wait for a user's condition."""
        self.turnstiles: Any = IOBTree()

    # --- writing ---------------------------------------------------------------------------------

    def add(self, number: int, waits: Iterable[Wait]) -> None:
        """Enter what a job waits for. Messages and answers have no entry: they come through its own inbox."""
        lane = lane_of(number)
        for wait in waits:
            key = _key(wait)
            if key is not None:
                self._turnstile(key).waits += 1
                _tree(self.waiting, lane, OOTreeSet).add((*key, number))
            elif isinstance(wait, TimeWait):
                _tree(self.due, lane, OOTreeSet).add((wait.until.timestamp(), number))
            elif isinstance(wait, ConditionWait):
                _tree(self.polled, lane, LLTreeSet).add(number)

    def remove(self, number: int, waits: Iterable[Wait]) -> None:
        """The job does not wait for these any more; what is not there is passed over."""
        lane = lane_of(number)
        for wait in waits:
            key = _key(wait)
            if key is not None:
                _discard(self.waiting.get(lane), (*key, number))
            elif isinstance(wait, TimeWait):
                _discard(self.due.get(lane), (wait.until.timestamp(), number))
            elif isinstance(wait, ConditionWait):
                _discard(self.polled.get(lane), number)

    def completing(self, key: Key) -> list[int]:
        """Numbers of the jobs that wait for a thing, which this transaction completes."""
        self._turnstile(key).completions += 1
        return [number for tree in self.waiting.values() for number in _numbers_of(tree, key)]

    def take_due(self, now: float, most: int) -> list[int]:
        """Remove the entries of jobs whose time has come, at most `most`; their numbers."""
        taken: list[int] = []
        for tree in self.due.values():
            entries = _first(tree.keys(max=(now, _HIGHEST)), most - len(taken))
            for entry in entries:
                tree.remove(entry)
                taken.append(entry[1])
        return taken

    def _turnstile(self, key: Key) -> Turnstile:
        found: Turnstile = _tree(self.turnstiles, zlib.crc32(repr(key).encode()) % TURNSTILES, Turnstile)
        return found

    # --- reading ---------------------------------------------------------------------------------

    def next_due(self) -> float | None:
        """The earliest time that a job waits for, in seconds since 1970."""
        firsts = [tree.minKey()[0] for tree in self.due.values() if tree]
        return min(firsts, default=None)

    def to_poll(self) -> Iterator[int]:
        """Numbers of the jobs that wait for a user's condition."""
        for tree in self.polled.values():
            yield from list(tree)

    def entries(self) -> Iterator[tuple[Any, ...]]:
        """Everything that is waited for, each with the number last; for checks."""
        for tree in self.waiting.values():
            yield from tree
        for tree in self.due.values():
            yield from (("time", *entry) for entry in tree)
        for tree in self.polled.values():
            yield from (("condition", number) for number in tree)


_HIGHEST = 1 << 63
"""Above every job's number."""


def expected_entries(number: int, waits: Iterable[Wait]) -> Iterator[tuple[Any, ...]]:
    """What `WaitIndex.entries` gives for a job with these waits."""
    for wait in waits:
        key = _key(wait)
        if key is not None:
            yield (*key, number)
        elif isinstance(wait, TimeWait):
            yield "time", wait.until.timestamp(), number
        elif isinstance(wait, ConditionWait):
            yield "condition", number


def _key(wait: Wait) -> Key | None:
    if isinstance(wait, EventWait):
        return "event", wait.name
    return ("job", wait.number) if isinstance(wait, JobWait) else None


def _numbers_of(tree: Any, key: Key) -> Iterator[int]:
    yield from (number for _, _, number in tree.keys(min=(*key, 0), max=(*key, _HIGHEST)))


def _first(keys: Iterable[Any], most: int) -> list[Any]:
    return [key for key, _ in zip(keys, range(most), strict=False)]


def _tree(forest: Any, key: Any, make: Any) -> Any:
    found = forest.get(key)
    if found is None:
        found = forest[key] = make()
    return found


def _discard(tree: Any, entry: Any) -> None:
    if tree is not None and entry in tree:
        tree.remove(entry)
