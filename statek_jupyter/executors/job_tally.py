"""The part of a job that grows with nearly every commit: how far it is, and what it has used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, overload

from persistent import Persistent

from statek_jupyter.executors.usage import LLM_Usage

T = TypeVar("T")


class JobTally(Persistent):
    """See the module's text; a record by itself, so that a turn does not write the rest of its job again.

    What each field means, `KeepsTally` says.
    """

    job_number: int | None = None
    """Of the job it belongs to; given by the store."""
    seq: int = 0
    updated_at: datetime | None = None
    next_instr_num: int | None = None
    num_turns: int = 0
    usage: LLM_Usage = LLM_Usage()
    code_seconds: float = 0.0
    output_bytes: int = 0


_NAMES: set[str] = set()
"""Of the fields that lie in the tally."""


class _Tallied(Generic[T]):
    """A field of a job that lies in its tally under the same name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        _NAMES.add(name)

    @overload
    def __get__(self, job: None, owner: type) -> _Tallied[T]: ...
    @overload
    def __get__(self, job: KeepsTally, owner: type) -> T: ...
    def __get__(self, job: KeepsTally | None, owner: type) -> Any:
        return self if job is None else getattr(job.tally, self._name)

    def __set__(self, job: KeepsTally, value: T) -> None:
        setattr(job.tally, self._name, value)


class KeepsTally:
    """Mixed into `Job`."""

    tally: JobTally
    seq = _Tallied[int]()
    """Grows with each transaction that changed the job."""
    updated_at = _Tallied[datetime | None]()
    next_instr_num = _Tallied[int | None]()
    """Index of the top-level statement to go on at; None whenever no block is half-way."""
    num_turns = _Tallied[int]()
    """Requests whose reply was kept."""
    usage = _Tallied[LLM_Usage]()
    code_seconds = _Tallied[float]()
    """Time its code ran."""
    output_bytes = _Tallied[int]()
    """How much of what it printed and showed was kept."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _NAMES:  # `Persistent` would take a field that is set, wherever it lies, for a change of the job
            setattr(self.tally, name, value)
        else:
            super().__setattr__(name, value)

    def touch(self) -> None:
        """Say that this transaction changes the job; called once in each."""
        self.updated_at = datetime.now(UTC)
        self.seq += 1
