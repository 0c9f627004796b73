"""What is kept beside items and jobs so that any turn can be looked at again, and continued from.

All of it is written once. The chat log's items hold what they did to the variables; marks spare reading all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from persistent import Persistent

from statek_jupyter.executors.job_def import JobDefError
from statek_jupyter.executors.record import stored
from statek_jupyter.executors.usage import LLM_Usage

Places = Mapping[str, int | None]
"""Name to position in the chat log of the item that set it last; None when that item deleted it."""


class HistoryMark(Persistent):
    """What a stretch of items did, told at the first item after it, so that readers skip the stretch."""

    total: LLM_Usage | None = None
    """With what the turns cost that a fork shares with its original; None for a job that is no fork."""

    def __init__(
        self, first: int, variables: Places, classes: Places, usage: LLM_Usage, total: LLM_Usage | None = None
    ) -> None:
        self.first = first
        """Position where the stretch begins: 0, or the item of a turn, which carries the mark of the stretch before it.
        It ends before the item that carries this mark."""
        self.variables = variables
        self.classes = classes
        """By uid."""
        self.usage = usage
        """Of the job, at the end of the stretch."""
        if total is not None:
            self.total = total


class GivenLocals(Persistent):
    """The variables a job was submitted with: no item of its chat log set them."""

    def __init__(self, variables: Mapping[str, Any], classes: Mapping[str, Any]) -> None:
        self.variables = variables
        """Name to saved group."""
        self.classes = classes
        """Uid to saved group."""


@stored
@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended once; it may have been brought back later."""

    exited: bool = False
    exit_status: Any = None
    exit_variable: str | None = None
    """The variable that held the exit status, when that was no plain data."""
    answer: str | None = None
    error: JobDefError | None = None
    stop_reason: str | None = None


@stored
@dataclass(frozen=True, slots=True)
class ForkPoint:
    """Where a fork left the job it was made from."""

    job: int
    """Number of that job; it may be gone."""
    turn: int
    """The last turn both share."""
    usage: LLM_Usage
    """What the shared turns cost. It is no part of the fork's own usage: nothing is counted twice."""
    below: LLM_Usage | None = None
    """The same for the subtasks that were copied with the job; None when there were none."""
