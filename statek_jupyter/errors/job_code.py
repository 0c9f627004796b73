"""Errors of the job's own code, and why a job ended early."""

from __future__ import annotations

from typing import Any

from statek_jupyter.errors.base import StatekError


class JobCodeError(StatekError):
    """Something in the job's own code, shown to the model and to the person."""


class FutureError(JobCodeError):
    """A statement used a value that is not ready; the job is suspended until it is.

    Args:
        future_result: The `FutureResult` that is not ready, or None.
        instr_num: Index of the top-level statement to resume at; filled in by the engine.
    """

    def __init__(self, future_result: Any = None, instr_num: int | None = None) -> None:
        super().__init__(future_result, instr_num)
        self.future_result = future_result
        self.instr_num = instr_num

    def __str__(self) -> str:
        return f"the value of {self.future_result!r} is not ready yet; the job waits for it"


class StatementTimeoutError(JobCodeError):
    """A statement was stopped after its time limit, in seconds."""

    def __init__(self, limit_seconds: float, line: int | None = None) -> None:
        super().__init__(limit_seconds, line)
        self.limit_seconds = limit_seconds
        self.line = line

    def __str__(self) -> str:
        where = f" at line {self.line}" if self.line else ""
        return (
            f"stopped after {self.limit_seconds:g} s{where}; split the work into shorter statements or raise --timeout"
        )


class DivergenceError(JobCodeError):
    """A statement that runs again after an interruption makes another call than the first time.

    Args:
        now: The call it makes now.
        before: The call it made in that place.
        fate: What came of that one, for example ``which has returned``.
    """

    def __init__(self, now: str, before: str, fate: str) -> None:
        super().__init__(now, before, fate)
        self.now = now
        self.before = before
        self.fate = fate

    def __str__(self) -> str:
        return (
            f"this statement was interrupted and ran again, and now calls {self.now} where it had called {self.before},"
            f" {self.fate}. Nothing was called now. Look at what the first run did, then go on from there; keep "
            "what differs between runs (random numbers, times, sets) in variables of earlier statements."
        )


class CallFailedError(JobCodeError):
    """A call was cut off, and a person says that it failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"this call was cut off, and a person says that it failed: {self.reason}"


class WaitedJobError(JobCodeError):
    """A job that was waited for ended with an error, or is gone."""

    def __init__(self, job_id: str, error: str) -> None:
        super().__init__(job_id, error)
        self.job_id = job_id
        self.error = error

    def __str__(self) -> str:
        return f"job {self.job_id} gave no result: {self.error}"


class LostValueError(JobCodeError):
    """A variable's value did not survive a restart and is used now."""

    def __init__(self, type_name: str, reason: str, path: str = "", statement: str = "") -> None:
        super().__init__(type_name, reason, path, statement)
        self.type_name = type_name
        self.reason = reason
        self.path = path
        self.statement = statement

    def __str__(self) -> str:
        name = f"{self.path} ({self.type_name})" if self.path else f"this value ({self.type_name})"
        made = f"; it was made by: {self.statement}" if self.statement else ""
        return f"{name} could not be kept across a restart: {self.reason}{made}. Make it again."


class NotDurableError(JobCodeError):
    """A value cannot be stored with the job."""

    def __init__(self, name: str, type_name: str, reason: str) -> None:
        super().__init__(name, type_name, reason)
        self.name = name
        self.type_name = type_name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name!r} ({self.type_name}) cannot be stored: {self.reason}"


class SubTaskLimitError(JobCodeError):
    """A job may start no more subtasks.

    Args:
        limit: ``max_subtasks`` or ``max_depth``.
        allowed: What was allowed.
        job: Id of the job whose limit it is: the running one, or one above it.
    """

    def __init__(self, limit: str, allowed: int, job: str) -> None:
        super().__init__(limit, allowed, job)
        self.limit = limit
        self.allowed = allowed
        self.job = job

    def __str__(self) -> str:
        most = f"{self.allowed} jobs" if self.limit == "max_subtasks" else f"{self.allowed} levels of jobs"
        return (
            f"no more subtasks: job {self.job} may have {most} below it; do the rest of the work here, or start that "
            f"job with JobLimits({self.limit}=…)"
        )


class JobEndedError(StatekError):
    """Why a job ended before it was finished; stored as its error."""


class JobStoppedError(JobEndedError):
    """Somebody stopped the job."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"stopped: {self.reason}" if self.reason else "stopped"


class LimitReachedError(JobEndedError):
    """A limit of the job is used up.

    Args:
        limit: ``max_turns`` or ``budget``.
        allowed: What was allowed, as text.
    """

    def __init__(self, limit: str, allowed: str) -> None:
        super().__init__(limit, allowed)
        self.limit = limit
        self.allowed = allowed

    def __str__(self) -> str:
        if self.limit == "max_turns":
            return (
                f"reached the limit of {self.allowed}; send a message to go on for as many, or start with --max-turns"
            )
        return f"reached the limit of {self.allowed}; start again with a higher --budget"
