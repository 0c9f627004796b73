"""Signs of life that processes leave in the store itself, for those who see nothing else of one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent


class Beat(Persistent):
    """The beats of one process."""

    serves: bool = False
    """Whether it has a worker."""

    def __init__(self, count: int) -> None:
        self.count = count


class Beats(Persistent):
    """The beats of all processes, each in a record of its own."""

    def __init__(self) -> None:
        self.of: Any = OOBTree()
        """Presence id to `Beat`."""

    def set(self, presence: str, count: int, *, serves: bool) -> None:
        beat = self.of.get(presence)
        if beat is None:
            beat = self.of[presence] = Beat(count)
        beat.count, beat.serves = count, serves

    def remove(self, presences: Iterable[str]) -> None:
        for presence in presences:
            if presence in self.of:
                del self.of[presence]

    def counts(self) -> dict[str, int]:
        return {presence: beat.count for presence, beat in self.of.items()}

    def serving(self) -> frozenset[str]:
        """Those that have a worker."""
        return frozenset(presence for presence, beat in self.of.items() if beat.serves)
