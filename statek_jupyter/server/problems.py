"""How problems are told over HTTP: one form for all of them, and a status that says whose they are."""

from __future__ import annotations

from http.client import responses
from typing import TypedDict

from tornado.web import HTTPError

from statek_jupyter.errors import (
    JobStateError,
    StatekError,
    StoreReadOnlyError,
    UnknownEntryError,
    UnknownJobError,
    UnknownTurnError,
    UnknownVariableError,
    UserError,
    ValueNotShownError,
)

MISSING = (UnknownJobError, UnknownTurnError, UnknownEntryError, UnknownVariableError)


class Problem(TypedDict):
    """What went wrong."""

    message: str
    """For the person: what happened and what to do."""
    reason: str
    """For programs: the kind of problem."""


def problem_of(error: BaseException | None, status: int) -> tuple[int, Problem]:
    """The status and the problem that tell an error; what is a fault of ours tells nothing of its insides."""
    if isinstance(error, StatekError):
        return status_of(error), {"message": str(error), "reason": type(error).__name__}
    known = responses.get(status, "Unknown error")
    if isinstance(error, HTTPError):
        words = (error.log_message or "") % error.args
        return status, {"message": words or error.reason or known, "reason": error.reason or known}
    message = "The server failed at this; its log says why." if status >= 500 else known
    return status, {"message": message, "reason": known}


def status_of(problem: StatekError) -> int:
    """4xx for what was asked, 503 for what the store cannot do now."""
    if isinstance(problem, MISSING):
        return 404
    if isinstance(problem, JobStateError | StoreReadOnlyError | ValueNotShownError):
        return 409
    return 400 if isinstance(problem, UserError) else 503
