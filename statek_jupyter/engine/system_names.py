"""Names every job's code finds without importing them: ``exit``, ``answer``, ``display`` and the agent's tools.

They lie in the job's own ``__builtins__``, beneath its variables: a variable of the same name hides them, ``del``
brings them back, and none of them is ever stored with the job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from statek_jupyter.engine.echo import rich_forms
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.sink import current_sink


class JobExit(BaseException):
    """Unwinds the statement that called ``exit`` or ``answer``, as `SystemExit` would."""

    def __init__(self, status: Any = None, answer: str | None = None) -> None:
        super().__init__(status, answer)
        self.status = status
        self.answer = answer
        self.variable: str | None = None
        """Where the status lies among the job's variables, when it is no plain data."""


class JobEnding:
    """Remembers that the job asked to end, even when its code swallowed the exception that says so."""

    def __init__(self) -> None:
        self.requested: JobExit | None = None

    def exit(self, status: Any = None) -> NoReturn:
        """End the job with this status; nothing after it in the block runs."""
        self.requested = JobExit(status)
        raise self.requested

    def answer(self, text: str) -> NoReturn:
        """Give the person this answer and end the job; `text` becomes its result."""
        self.requested = JobExit(answer=str(text))
        raise self.requested


def system_names(
    job: LiveJob,
    ending: JobEnding,
    calls: Mapping[str, Callable[..., Any]],
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a job's ``__builtins__`` holds beside Python's own.

    Args:
        calls: The waiting calls and the agent's tools, as functions that go through the journal.
        more: The job's persistent globals; everything else goes before them.
    """
    names: dict[str, Any] = {**(more or {}), **calls}
    names.update(exit=ending.exit, quit=ending.exit, answer=ending.answer, display=display, input=_no_input)
    names.update(find_sub_task_handler=job.find_sub_task_handler)
    return names


def display(*values: Any) -> None:
    """Show values in their richest form: pictures, tables, HTML."""
    sink = current_sink()
    for value in values:
        if sink is not None:
            sink.display(rich_forms(value))


def _no_input(prompt: str = "") -> NoReturn:
    """There is no keyboard behind a job."""
    raise RuntimeError("input() has nobody to answer it: end the reply with a question, or call answer(text)")
