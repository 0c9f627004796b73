"""Every error of statek_jupyter, one tree.

::

    StatekError
    ├── JobCodeError                the job's own code
    │   ├── FutureError               a value is not ready yet: the job waits
    │   ├── StatementTimeoutError     a statement ran longer than allowed
    │   ├── LostValueError            a variable could not be kept across a restart
    │   └── NotDurableError           a value cannot be stored
    ├── JobEndedError               why a job ended before it was finished
    │   ├── JobStoppedError           somebody stopped it
    │   └── LimitReachedError         max_turns or the budget is used up
    ├── UserError                   what was asked for cannot be done as asked
    │   ├── MissingModelError         no MODEL in the metadata          (also ValueError)
    │   ├── BadModelError             MODEL cannot be read              (also ValueError)
    │   ├── UnknownModelError         no such model is registered       (also LookupError)
    │   ├── MissingKeyError           the provider's key is not set
    │   ├── UnknownJobError           no such job in the store          (also KeyError)
    │   ├── UnknownAgentError         no such agent in the store        (also KeyError)
    │   ├── UnknownTurnError          the job has no such turn          (also IndexError)
    │   ├── BadOptionError            an option or argument is wrong    (also ValueError)
    │   ├── WarmupSyntaxError         warmup code does not compile      (also SyntaxError)
    │   ├── StoreLocationError        this is no place for a store      (also ValueError)
    │   └── JobStateError             the job's status does not allow it (also RuntimeError)
    └── WorldError                  us, or the world
        ├── StoreError
        │   ├── StoreVersionError     written by another format version
        │   ├── StoreDamagedError     cannot be read as a store
        │   ├── StoreLockedError      another process holds it alone
        │   ├── StoreReadOnlyError    opened, or lying, where nothing can be written
        │   ├── StoreFullError        no room on the disk; nothing was lost
        │   ├── StoreBusyError        somebody else changed the same objects
        │   ├── StoreClosedError      used after close()
        │   ├── ForkedStoreError      used in a forked child
        │   └── LeaseLostError        another worker runs this job now
        └── ModelError              a model request failed; see ``kind``

Errors take their values as arguments and build the text in ``__str__``, so they survive pickling. The text says what
happened, with the value, and then what to do.
"""

from __future__ import annotations

from typing import Any, Literal


class StatekError(Exception):
    """Base of every error this package raises on purpose."""


# --- the job's own code ---------------------------------------------------------------------------


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


# --- jobs that ended early --------------------------------------------------------------------------


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


# --- the user -------------------------------------------------------------------------------------


class UserError(StatekError):
    """What was asked for cannot be done as asked; nothing was changed."""


class MissingModelError(UserError, ValueError):
    """A job definition without MODEL metadata."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role

    def __str__(self) -> str:
        return f"agent {self.role!r} has no MODEL: pass metadata={{'MODEL': 'openai/gpt-5-mini'}} or --model"


class BadModelError(UserError, ValueError):
    """MODEL text that cannot be read."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text, reason)
        self.text = text
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot read MODEL {self.text!r}: {self.reason}"


class UnknownModelError(UserError, LookupError):
    """A model name nothing answers to."""

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(name, advice)
        self.name = name
        self.advice = advice

    def __str__(self) -> str:
        return f"unknown model {self.name!r}: {self.advice}"


class MissingKeyError(UserError):
    """The provider of a model needs a key that is not set in the environment."""

    def __init__(self, model: str, variable: str) -> None:
        super().__init__(model, variable)
        self.model = model
        self.variable = variable

    def __str__(self) -> str:
        return f"model {self.model!r} needs {self.variable}, which is not set: set it in the environment and try again"


class _NotFound(UserError, KeyError):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class UnknownJobError(_NotFound):
    """No job with this id."""

    def __str__(self) -> str:
        return f"no job {self.what!r} in this store: 'statek-jupyter jobs' lists them"


class UnknownAgentError(_NotFound):
    """No agent with this role."""

    def __str__(self) -> str:
        return f"no agent {self.what!r} in this store: add it with store.put_agent(Agent({self.what!r}, ...))"


class UnknownTurnError(UserError, IndexError):
    """The job has no turn of this number.

    Args:
        job_id: The job.
        turn: What was asked for.
        last: The job's last turn.
    """

    def __init__(self, job_id: str, turn: int, last: int) -> None:
        super().__init__(job_id, turn, last)
        self.job_id = job_id
        self.turn = turn
        self.last = last

    def __str__(self) -> str:
        count = f"turns 0 (its warmup) to {self.last}" if self.last else "only turn 0, its warmup, as yet"
        return f"job {self.job_id} has no turn {self.turn!r}: it has {count}; negative numbers count from the end"


class BadOptionError(UserError, ValueError):
    """An option or argument that is wrong.

    Args:
        option: Its name as the user wrote it, for example ``--params``.
        reason: What is wrong and what to do.
    """

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(option, reason)
        self.option = option
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.option}: {self.reason}"


class WarmupSyntaxError(UserError, SyntaxError):
    """Warmup code that does not compile."""

    def __init__(self, message: str, line: int, text: str = "") -> None:
        super().__init__(message)
        self.args = (message, line, text)
        self.message = message
        self.line = line
        self.source_text = text

    def __str__(self) -> str:
        shown = f": {self.source_text.strip()}" if self.source_text.strip() else ""
        return f"warmup code, line {self.line}: {self.message}{shown}"


class StoreLocationError(UserError, ValueError):
    """A path or URL that cannot hold a store."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot open a store at {self.where!r}: {self.reason}"


class JobStateError(UserError, RuntimeError):
    """The job's status does not allow what was asked."""

    def __init__(self, job_id: str | None, reason: str) -> None:
        super().__init__(job_id, reason)
        self.job_id = job_id
        self.reason = reason

    def __str__(self) -> str:
        return f"job {self.job_id}: {self.reason}" if self.job_id else self.reason


# --- us, or the world -----------------------------------------------------------------------------


class WorldError(StatekError):
    """Disk, network, provider, other processes, or a fault of ours."""


class StoreError(WorldError):
    """The store cannot do this now.

    Args:
        where: The store's location.
        reason: What happened and what to do.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"store {self.where!r}: {self.reason}"


class StoreVersionError(StoreError):
    """Written by another format version."""


class StoreDamagedError(StoreError):
    """Cannot be read as a store."""


class StoreLockedError(StoreError):
    """Another process holds it alone."""


class StoreReadOnlyError(StoreError):
    """Nothing can be written here."""


class StoreFullError(StoreError):
    """No room on the disk. The transaction was rolled back; nothing committed was lost."""


class StoreBusyError(StoreError):
    """Somebody else changed the same objects and retrying did not help."""


class StoreClosedError(StoreError):
    """Used after ``close()``."""


class ForkedStoreError(StoreError):
    """Used in a forked child process."""


class LeaseLostError(StoreError):
    """Another worker runs this job now; nothing of this worker's was written."""


ModelErrorKind = Literal[
    "rate_limited",
    "quota_exhausted",
    "context_overflow",
    "auth",
    "not_found",
    "bad_request",
    "content_blocked",
    "timeout",
    "transport",
    "stream_broken",
    "unavailable",
    "exhausted",
    "unknown",
]
"""Stable names of what can go wrong with a request; stored with each attempt. ``exhausted``: a script that ran out."""


class ModelError(WorldError):
    """A model request failed.

    Args:
        kind: One of `ModelErrorKind`; decides whether a retry can help.
        model: The model as the job names it.
        message: The provider's own words, keys removed.
        retry_after_seconds: What the provider asked to wait, or None.
        status: HTTP status, or None when there was no answer.
        partial_text: Text received before a stream broke.
    """

    RETRYABLE = frozenset({"rate_limited", "timeout", "transport", "stream_broken", "unavailable"})

    def __init__(
        self,
        kind: ModelErrorKind,
        model: str,
        message: str,
        retry_after_seconds: float | None = None,
        status: int | None = None,
        partial_text: str = "",
    ) -> None:
        super().__init__(kind, model, message, retry_after_seconds, status, partial_text)
        self.kind = kind
        self.model = model
        self.message = message
        self.retry_after_seconds = retry_after_seconds
        self.status = status
        self.partial_text = partial_text

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in self.RETRYABLE

    def __str__(self) -> str:
        status = f" (HTTP {self.status})" if self.status else ""
        return f"{self.model}: {self.kind.replace('_', ' ')}{status}: {self.message}"
