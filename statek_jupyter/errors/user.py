"""What a user asked for and cannot have; nothing was changed."""

from __future__ import annotations

from datetime import datetime

from statek_jupyter.errors.base import StatekError


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


class UnknownVariableError(UserError, KeyError):
    """The job has no such variable, or the variable no such part.

    Args:
        job_id: The job.
        name: What was asked for.
        reason: More about it, when the variable itself is there.
    """

    def __init__(self, job_id: str, name: str, reason: str = "") -> None:
        super().__init__(job_id, name, reason)
        self.job_id = job_id
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        if self.reason:
            return f"variable {self.name!r} of job {self.job_id}: {self.reason}"
        return f"job {self.job_id} has no variable {self.name!r}: list(handle.locals) names those it has"


class ValueNotShownError(UserError, RuntimeError):
    """A variable that could not be loaded to show what it holds; it is stored, and the job is not concerned.

    Args:
        name: The variable.
        reason: Why.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot show {self.name!r}: {self.reason}; look at it in a notebook, by handle.locals[{self.name!r}]"


class UnknownEntryError(UserError, IndexError):
    """The job has no such entry in its log, or no such output or value.

    Args:
        job_id: The job.
        what: What was asked for, in words.
    """

    def __init__(self, job_id: str, what: str) -> None:
        super().__init__(job_id, what)
        self.job_id = job_id
        self.what = what

    def __str__(self) -> str:
        return f"job {self.job_id} has no {self.what}: look at the job again, it may have changed"


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


class EventCompletedError(UserError, RuntimeError):
    """An outside event is completed once.

    Args:
        name: The event's.
        completed_at: When that was.
    """

    def __init__(self, name: str, completed_at: datetime) -> None:
        super().__init__(name, completed_at)
        self.name = name
        self.completed_at = completed_at

    def __str__(self) -> str:
        when = self.completed_at.isoformat(" ", "seconds")
        return (
            f"event {self.name!r} was completed already, at {when}: its value stays; another event needs another name"
        )
