"""What may be asked of the server, read strictly: anything else is refused with one line that says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statek_jupyter.errors import BadOptionError, UnknownJobError
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.executors.job_id import job_id, job_number
from statek_jupyter.store.query import Query

COMMANDS = ("send", "stop", "resume")
MAX_TEXT = 100_000
MAX_ROWS = 500
DEFAULT_ROWS = 50
MAX_ITEMS = 200
MAX_NUMBER = 2**53
"""Beyond it JavaScript does not count."""


@dataclass(frozen=True, slots=True)
class JobsQuestion:
    """Which jobs of the list; also the name of a list that is followed."""

    query: Query
    limit: int = DEFAULT_ROWS


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a job."""

    command: str
    text: str
    key: str
    """Given again with the same command it is the same request; empty for one that is not repeated."""


def checked_id(text: str) -> str:
    """The id in the one form it has in the store, whatever its letters' case.

    Raises:
        UnknownJobError: It can be no job's.
    """
    try:
        return job_id(job_number(text))
    except ValueError:
        raise UnknownJobError(text) from None


def read_question(values: Mapping[str, Any]) -> JobsQuestion:
    """The filters of a list: ``status`` (one or a list), ``agent``, ``parent``, ``text``, ``after`` and ``limit``.

    Raises:
        BadOptionError: One of them is wrong, or there are others.
    """
    for name in values.keys() - {"status", "agent", "parent", "text", "after", "limit"}:
        raise BadOptionError(name, "there is no such filter: use status, agent, parent, text, after or limit")
    parent, after = values.get("parent"), values.get("after")
    query = Query(
        status=_statuses(values.get("status")),
        agent=_text("agent", values.get("agent") or "", 200) or None,
        parent=job_number(checked_id(_text("parent", parent, 40))) if parent else None,
        text=_text("text", values.get("text") or "", 200).strip() or None,
        before=job_number(checked_id(_text("after", after, 40))) if after else None,
    )
    return JobsQuestion(query, number("limit", values.get("limit", DEFAULT_ROWS), least=1, most=MAX_ROWS))


def read_command(body: Any) -> Command:
    """The command in a request's body.

    Raises:
        BadOptionError: It is none.
    """
    if not isinstance(body, dict):
        raise BadOptionError("body", 'it must be a JSON object such as {"command": "stop"}')
    command = body.get("command")
    if command not in COMMANDS:
        raise BadOptionError("command", f"{command!r} is none: use one of {', '.join(COMMANDS)}")
    text = _text("text", body.get("text", ""), MAX_TEXT)
    if command == "send" and not text.strip():
        raise BadOptionError("text", "an empty message cannot be sent")
    return Command(command, text, _text("key", body.get("key", ""), 80))


def number(name: str, value: Any, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    """A whole number in a range, also as text.

    Raises:
        BadOptionError: It is none, or outside.
    """
    try:
        read = int(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if type(read) is not int or not least <= read <= most:
        raise BadOptionError(name, f"{value!r} is no whole number from {least} to {most}")
    return read


def _text(name: str, value: Any, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise BadOptionError(name, f"it must be a text of at most {limit:,} characters")
    return value


def _statuses(value: Any) -> tuple[JobStatus, ...] | None:
    names = [value] if isinstance(value, str) else value
    if not names:
        return None
    if not isinstance(names, list | tuple):
        raise BadOptionError("status", "it must be a name or a list of names")
    unknown = [name for name in names if name not in JobStatus.__members__]
    if unknown:
        raise BadOptionError("status", f"{unknown[0]!r} is none: use some of {', '.join(JobStatus.__members__)}")
    return tuple(sorted((JobStatus[name] for name in set(names)), key=lambda status: status.name))
