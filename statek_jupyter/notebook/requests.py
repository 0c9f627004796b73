"""What a widget's browser side may ask for, read strictly: a message can come from any page that reaches the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

MAX_TEXT = 100_000
QUESTIONS = {"items": ("start", "stop"), "output": ("item", "index", "start")}
"""What may be asked, with the numbers that belong to it."""


@dataclass(frozen=True, slots=True)
class FullRequest:
    """The whole view, unless the asker has this version."""

    have: int


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question about the job; see `QUESTIONS`."""

    request: str
    name: str
    fields: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """An action on the job."""

    request: str
    command: Literal["send", "stop", "resume"]
    text: str


@dataclass(frozen=True, slots=True)
class SelectRequest:
    """The job to show beside the list."""

    job: str


Request = FullRequest | AskRequest | CommandRequest | SelectRequest


def read_request(content: Any) -> Request | None:
    """The request, or None for anything that is not exactly one."""
    if not isinstance(content, dict):
        return None
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError):
        return None


def _read(content: dict[str, Any]) -> Request | None:
    match content.get("type"):
        case "full":
            return FullRequest(_number(content["have"], least=-1))
        case "ask":
            name = content["name"]
            fields = {field: _number(content[field]) for field in QUESTIONS[name]}
            return AskRequest(_text(content["request"], 80), name, fields)
        case "command":
            command = content["command"]
            if command not in ("send", "stop", "resume"):
                return None
            text = _text(content.get("text", ""), MAX_TEXT)
            return CommandRequest(_text(content["request"], 80), command, text)
        case "select":
            return SelectRequest(_text(content["job"], 80))
        case _:
            return None


def _number(value: Any, least: int = 0) -> int:
    if type(value) is not int or value < least:
        raise ValueError(value)
    return value


def _text(value: Any, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError(type(value))
    return value
