"""The jobs that workers can go on with, and who runs which: found without looking at any other job.

Kept per lane, like the catalog. An entry of the queue is a hint, "look at this job": the worker that follows it looks
at the job itself, and drops the entry when there is nothing to do.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from statek_jupyter.store.lanes import lane_of

HIGHEST = 1 << 63
"""Above every job's number."""


class Place(NamedTuple):
    """Where a job stands in line. Jobs of one place go oldest first."""

    home: str
    """Presence id of the process that submitted it; "" for nobody's."""
    model: str
    """The model it asks; "" when that cannot be said."""
    rank: int
    """Lower goes first: the priority, negated."""
    agent: str
    parent: int
    """Number of the parent job, 0 without one."""


Turn = tuple[str, int]
"""An agent and a parent, which take turns with the others."""


class Slots(Persistent):
    """The running jobs of an agent with a limit. Two workers that fill slots at once conflict: the limit is kept."""

    numbers: frozenset[int] = frozenset()


class RunQueue(Persistent):
    """See the module's text."""

    def __init__(self) -> None:
        self.ready: Any = OOBTree()
        """Lane to a set of (*place, number)."""
        self.held: Any = OOBTree()
        """Lane to a set of (worker, number): jobs with a lease."""
        self.slots: Any = OOBTree()
        """Role of an agent with a limit to its `Slots`."""

    # --- writing ---------------------------------------------------------------------------------

    def put(self, place: Place, number: int) -> None:
        _tree(self.ready, lane_of(number)).add((*place, number))

    def drop(self, place: Place, number: int) -> None:
        _discard(self.ready.get(lane_of(number)), (*place, number))

    def hold(self, worker: str, number: int) -> None:
        _tree(self.held, lane_of(number)).add((worker, number))

    def let_go(self, worker: str, number: int) -> None:
        _discard(self.held.get(lane_of(number)), (worker, number))

    def fill_slot(self, agent: str, number: int) -> None:
        """Count a job of an agent with a limit as running."""
        slots = self.slots.get(agent)
        if slots is None:
            slots = self.slots[agent] = Slots()
        slots.numbers = frozenset({*slots.numbers, number})

    def free_slot(self, agent: str, number: int) -> None:
        slots = self.slots.get(agent)
        if slots is not None and number in slots.numbers:
            slots.numbers = slots.numbers - {number}

    # --- reading ---------------------------------------------------------------------------------

    def running(self, agent: str) -> int:
        """How many jobs of an agent with a limit run now, wherever."""
        slots = self.slots.get(agent)
        return 0 if slots is None else len(slots.numbers)

    def waiting(
        self, accepts: Callable[[str, str], bool], is_full: Callable[[str], bool], after: Turn
    ) -> Iterator[tuple[Place, int]]:
        """Entries in the order they are to be run: by rank; within one, a job of each agent and parent in turn.

        Lazy, and safe when entries are dropped meanwhile: a caller that takes a few looks at few.

        Args:
            accepts: Says whether jobs of a home with a model are wanted.
            is_full: Says whether as many jobs of an agent run as may; its jobs are passed over.
            after: Whose turn was last; the others come first.
        """
        sources = [
            (tree, pair) for tree in self.ready.values() for pair in _steps(tree, (), 2) if accepts(pair[0], pair[1])
        ]
        for rank in sorted({rank for tree, pair in sources for (rank,) in _steps(tree, pair, 1)}):
            yield from _in_turn([(tree, (*pair, rank)) for tree, pair in sources], is_full, after)

    def subtasks(self, accepts: Callable[[str, str], bool]) -> Iterator[tuple[Place, int]]:
        """Entries of jobs below others, in no order; looks at none of the others.

        Args:
            accepts: Says whether jobs of a home with a model are wanted.
        """
        for tree in self.ready.values():
            for pair in _steps(tree, (), 2):
                for below in _steps(tree, pair, 3) if accepts(pair[0], pair[1]) else ():
                    if below[2]:
                        yield from ((place, number) for number, place in _numbers(tree, (*pair, *below)))

    def has(self, place: Place, number: int) -> bool:
        tree = self.ready.get(lane_of(number))
        return tree is not None and (*place, number) in tree

    def workers(self) -> set[str]:
        """Presence ids of those who run jobs."""
        return {worker for tree in self.held.values() for (worker,) in _steps(tree, (), 1)}

    def held_by(self, worker: str) -> Iterator[int]:
        """Numbers of the jobs this worker runs."""
        for tree in self.held.values():
            yield from [number for _, number in tree.keys(min=(worker, 0), max=(worker, HIGHEST))]

    def entries(self) -> Iterator[tuple[Place, int]]:
        """The whole queue, in no order; for checks."""
        for tree in self.ready.values():
            yield from ((Place(*place), number) for *place, number in tree)


_Line = tuple[Any, tuple[Any, ...]]
"""A tree and a prefix (home, model, rank) in it."""


def _in_turn(lines: list[_Line], is_full: Callable[[str], bool], after: Turn) -> Iterator[tuple[Place, int]]:
    """Jobs of one rank: one of each agent and parent, then the next one of each, until there are none."""
    round_: Iterable[tuple[str, Iterator[tuple[Place, int]]]] = (
        (turn[0], _entries(lines, turn)) for turn in _turns(lines, after)
    )
    while True:
        going_on = []
        for agent, entries in round_:
            entry = None if is_full(agent) else next(entries, None)
            if entry is not None:
                going_on.append((agent, entries))
                yield entry
        if not going_on:
            return
        round_ = going_on


def _turns(lines: list[_Line], after: Turn) -> Iterator[Turn]:
    """Every agent and parent once: those above `after`, then the others."""
    start = (after[0], after[1] + 1)
    above = heapq.merge(*[_steps(tree, prefix, 2, start) for tree, prefix in lines])
    yield from (turn for turn, _ in groupby(above))
    for turn, _ in groupby(heapq.merge(*[_steps(tree, prefix, 2) for tree, prefix in lines])):
        if turn >= start:
            return
        yield turn


def _entries(lines: list[_Line], turn: Turn) -> Iterator[tuple[Place, int]]:
    """The jobs of one agent and parent, oldest first."""
    for number, place in heapq.merge(*[_numbers(tree, (*prefix, *turn)) for tree, prefix in lines]):
        yield place, number


def _numbers(tree: Any, place: tuple[Any, ...]) -> Iterator[tuple[int, Place]]:
    for (number,) in _steps(tree, place, 1):
        yield number, Place(*place)


def _steps(tree: Any, prefix: tuple[Any, ...], width: int, start: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The different values of the `width` fields after `prefix`, in order, from `start` on.

    Skips from one to the next, asking the tree anew each time, because its iterators do not outlive a change.
    """
    position = (*prefix, *start)
    while True:
        try:
            found = tree.minKey(position)
        except ValueError:
            return
        if found[: len(prefix)] != prefix:
            return
        step = found[len(prefix) : len(prefix) + width]
        yield step
        position = (*prefix, *step[:-1], _above(step[-1]))


def _above(value: Any) -> Any:
    """The smallest int, or text, above this one."""
    return value + 1 if isinstance(value, int) else value + "\0"


def _tree(forest: Any, lane: int) -> Any:
    found = forest.get(lane)
    if found is None:
        found = forest[lane] = OOTreeSet()
    return found


def _discard(tree: Any, entry: Any) -> None:
    if tree is not None and entry in tree:
        tree.remove(entry)
