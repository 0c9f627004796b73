"""How far a job may go: turns, money, time, output."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.record import stored

DEFAULT_MAX_TURNS = 50
DEFAULT_MAX_SUBTASKS = 200
DEFAULT_MAX_DEPTH = 4
DEFAULT_MAX_OUTPUT_MB = 100


@stored
@dataclass(frozen=True, slots=True)
class JobLimits:
    """Limits of one job, frozen when the job is made."""

    max_turns: int | None = DEFAULT_MAX_TURNS
    """Most requests whose reply is kept; None for no limit."""
    budget_usd: Decimal | None = None
    """Most US dollars of known cost; None for no limit. Floats and texts are taken as written."""
    timeout_seconds: float | None = None
    """Longest time one statement may run; None for no limit."""
    max_subtasks: int | None = DEFAULT_MAX_SUBTASKS
    """Most jobs that code may ever make below the job, on all levels together; None for no limit."""
    max_depth: int | None = DEFAULT_MAX_DEPTH
    """Most levels of jobs that code may make below the job; None for no limit."""
    max_output_mb: float | None = DEFAULT_MAX_OUTPUT_MB
    """Most megabytes of output that are kept of the job, in millions of characters and bytes; None for no limit. What
    it prints beyond is cut to a few characters per statement, and the job goes on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget_usd", _amount(self.budget_usd))
        if self.max_turns is not None and (type(self.max_turns) is not int or self.max_turns < 1):
            raise BadOptionError("max_turns", f"{self.max_turns!r} is not a number of turns from 1")
        for name in ("max_subtasks", "max_depth"):
            most = getattr(self, name)
            if most is not None and (type(most) is not int or most < 0):
                raise BadOptionError(name, f"{most!r} is not a number from 0")
        if self.timeout_seconds is not None and not self.timeout_seconds > 0:
            raise BadOptionError("timeout_seconds", f"{self.timeout_seconds!r} is not a time above 0")
        if self.max_output_mb is not None and not 0 < self.max_output_mb < math.inf:
            raise BadOptionError("max_output_mb", f"{self.max_output_mb!r} is not a number of megabytes above 0")


def _amount(value: Decimal | float | str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise BadOptionError("budget_usd", f"{value!r} is not an amount of US dollars") from None
    if not amount.is_finite() or amount < 0:
        raise BadOptionError("budget_usd", f"{value!r} is not an amount of US dollars from 0")
    return amount
