"""What a widget's browser side may ask for, read strictly: a message can come from any page that reaches the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FullRequest:
    """The whole view, unless the asker has this version."""

    have: int


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question about the job; `statek_jupyter.api.questions` reads its fields."""

    request: str
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """An action on the job; `statek_jupyter.api.commands` reads its fields."""

    request: str
    fields: Mapping[str, Any]
    """With the command's name as ``command``."""


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
            return AskRequest(_text(content["request"], 80), _text(content["question"], 80), _rest(content, "question"))
        case "command":
            return CommandRequest(_text(content["request"], 80), _rest(content))
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


def _rest(content: dict[str, Any], *others: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in ("type", "request", *others)}
