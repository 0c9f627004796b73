"""What callers give to a store, checked before any of it is stored: what is wrong would be found by everybody else."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError, UnknownJobError
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.store.lanes import first_number_at

if TYPE_CHECKING:
    from statek_jupyter.executors.job import Job
    from statek_jupyter.store.handle import JobHandle


def text(option: str, value: str) -> str:
    """A text, as one of the class `str` itself, which every process can load.

    Raises:
        BadOptionError: It is none.
    """
    if not isinstance(value, str):
        raise BadOptionError(option, f"{value!r} is no text")
    return str.__str__(value)


def optional_text(option: str, value: str | None) -> str | None:
    """A text, or None.

    Raises:
        BadOptionError: It is neither.
    """
    return None if value is None else text(option, value)


def priority(value: int) -> int:
    """A whole number.

    Raises:
        BadOptionError: It is none.
    """
    if type(value) is not int:
        raise BadOptionError("priority", f"{value!r} is no whole number")
    return value


def variables(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names that code has for them.

    Raises:
        BadOptionError: It is no mapping, or code could not name one of them.
    """
    if not isinstance(values, Mapping):
        raise BadOptionError("locals", f"{type(values).__name__} is no mapping of names to values")
    for name in values:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise BadOptionError("locals", f"{name!r} is no name of a variable")
    return dict(values)


def number(job: JobHandle | Job | str) -> int:
    """The number of a job.

    Raises:
        UnknownJobError: It is none a store could have.
    """
    id = job if isinstance(job, str) else getattr(job, "id", None)
    if id is None:
        raise UnknownJobError(repr(job))
    try:
        return job_number(id)
    except ValueError:
        raise UnknownJobError(id) from None


def statuses(chosen: JobStatus | str | Iterable[JobStatus | str] | None) -> tuple[JobStatus, ...] | None:
    """Statuses, of which some may be given by their names, in any case; None for all.

    Raises:
        BadOptionError: There is no such status.
    """
    if chosen is None:
        return None
    given = (chosen,) if isinstance(chosen, JobStatus | str) else tuple(chosen)
    return tuple(one if isinstance(one, JobStatus) else _status(one) for one in given)


def _status(name: str) -> JobStatus:
    try:
        return JobStatus[name.upper()]
    except (KeyError, AttributeError):
        raise BadOptionError("status", f"{name!r} is none of {', '.join(one.name for one in JobStatus)}") from None


def limit(value: int | None) -> int | None:
    """How many, or None for all.

    Raises:
        BadOptionError: It is no number from 0.
    """
    if value is not None and (type(value) is not int or value < 0):
        raise BadOptionError("limit", f"{value!r} is no whole number from 0")
    return value


def first_number(since: datetime | float | None) -> int:
    """The least number of jobs made since a moment.

    Raises:
        BadOptionError: It is none.
    """
    if since is None:
        return 0
    if not isinstance(since, datetime | int | float):
        raise BadOptionError("since", f"{since!r} is no time: give a datetime or a Unix time")
    return first_number_at(since.timestamp() if isinstance(since, datetime) else since)
