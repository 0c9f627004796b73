"""Which job of its own a job's variables mean where they name one of another tree of jobs; see `history.fork_tree`.

A fork shares stored variables with its original, and those name the original's subtasks. They are translated when they
are read, and back when they are written, so that what nobody changed is stored once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from statek_jupyter.executors.job_id import ALPHABET, LENGTH, job_id, job_number

AS_IS = True
"""Stored behind the ids of a job of the other tree that is meant itself."""


class StandIns:
    """Translates the ids of jobs.

    Args:
        read: Gives the number of a job of the other tree to that of the job meant; called when it is first needed.
    """

    def __init__(self, read: Callable[[], Mapping[int, int]] = dict) -> None:
        self._read = read
        self._here: Mapping[int, int] | None = None
        self._stored: dict[int, int] = {}

    def _known(self) -> Mapping[int, int]:
        if self._here is None:
            here = dict(self._read())
            # A fork of a fork has two names for one job; the older one is what was written.
            self._stored = {own: number for number, own in sorted(here.items(), reverse=True)}
            self._here = here
        return self._here

    def meant(self, *stored: Any) -> tuple[str, ...]:
        """The ids of the jobs that are meant by stored ids."""
        if stored[-1] is AS_IS:
            return stored[:-1]
        here = self._known()
        return tuple(_translated(here, id) for id in stored) if here else stored

    def stored(self, *ids: str) -> tuple[Any, ...]:
        """The form in which ids are stored."""
        here = self._known()
        if not here:
            return ids
        if any(job_number(id) in here for id in ids):
            return *ids, AS_IS
        return tuple(_translated(self._stored, id) for id in ids)


def shown_as_meant(text: str, numbers: Mapping[int, int] | None) -> str:
    """The stored preview of a variable with the ids of the jobs that are meant; see `LocalState.stand_ins`."""
    if not numbers or "<" not in text:
        return text
    return _SHOWN.sub(lambda found: f"{found[1]}{_translated(numbers, found[2])}>", text)


_SHOWN = re.compile(rf"(<(?:JobHandle|subtask) )([{ALPHABET}]{{{LENGTH}}})>")


def _translated(numbers: Mapping[int, int], id: str) -> str:
    number = job_number(id)
    found = numbers.get(number)
    return id if found is None else job_id(found)
