"""What a person asks for, read from the texts of options and checked before anything is stored."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.locale import StatekLocale, resolve_locale
from statek_jupyter.executors.warmup import parse_warmup_blocks
from statek_jupyter.launch.options import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """A job as it was asked for. Whether its agent and model exist is not known yet."""

    name: str | None = None
    agent: str | None = None
    model: str | None = None
    ask: str | None = None
    params: Mapping[str, Any] | None = None
    style: ChatStyle | None = None
    locale: StatekLocale | None = None
    limits: JobLimits = field(default_factory=JobLimits)
    priority: int = 0
    warmup: str = ""


def read_order(values: Mapping[str, str], *, name: str | None = None, warmup: str = "") -> JobOrder:
    """Read option texts by name (without dashes); options that are not about the job are left alone.

    Raises:
        BadOptionError: A text cannot be read.
        WarmupSyntaxError: The warmup code does not compile.
    """
    parse_warmup_blocks(warmup)
    return JobOrder(
        name=name,
        agent=_text("agent", values),
        model=_text("model", values),
        ask=_text("ask", values),
        params=read_params(values["params"]) if "params" in values else None,
        style=read_style(values["style"]) if "style" in values else None,
        locale=read_locale(values["locale"]) if "locale" in values else None,
        limits=read_limits(values),
        priority=read_priority(values["priority"]) if "priority" in values else 0,
        warmup=warmup,
    )


def read_params(text: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        BadOptionError: It is none.
    """
    try:
        params = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} at character {error.pos + 1}"
        advice = """write it as --params '{"name": "value"}'"""
        raise BadOptionError("--params", f"{text!r} is no JSON: {where}; {advice}") from None
    if not isinstance(params, dict):
        raise BadOptionError("--params", f'needs a JSON object such as {{"name": "value"}}, got {text!r}')
    return params


def read_style(text: str) -> ChatStyle | None:
    """A chat style by its name, in any case; None for ``auto``.

    Raises:
        BadOptionError: There is no such style.
    """
    try:
        return ChatStyle.parse(text)
    except BadOptionError:
        near = did_you_mean(text.lower(), style_names())
        raise BadOptionError("--style", f"no style {text!r}{near}; there are {', '.join(style_names())}") from None


def style_names() -> list[str]:
    """Chat styles as people write them."""
    return [*(style.name.lower() for style in ChatStyle), "auto"]


def read_locale(text: str) -> StatekLocale:
    """A locale such as ``pl-PL``.

    Raises:
        BadOptionError: The language or country is not known.
    """
    try:
        return resolve_locale(text)
    except BadOptionError as error:
        raise BadOptionError("--locale", error.reason) from None


def read_limits(values: Mapping[str, str]) -> JobLimits:
    """The limits of a job; those not given keep their defaults.

    Raises:
        BadOptionError: A limit is no number above zero.
    """
    given: dict[str, Any] = {}
    if "max-turns" in values:
        given["max_turns"] = _whole("--max-turns", values["max-turns"])
    if "budget" in values:
        amount = values["budget"].removeprefix("$")
        _positive("--budget", amount)
        given["budget_usd"] = Decimal(amount)
    if "timeout" in values:
        given["timeout_seconds"] = _positive("--timeout", values["timeout"])
    if "max-output" in values:
        given["max_output_mb"] = _positive("--max-output", values["max-output"])
    return JobLimits(**given)


def read_priority(text: str) -> int:
    """A whole number, which may be below zero.

    Raises:
        BadOptionError: It is none, or far from all sense.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _PRIORITY_DIGITS):
        raise BadOptionError("--priority", f"needs a whole number such as 10 or -10, got {text!r}")
    return int(text)


_PRIORITY_DIGITS = 6


def _whole(option: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BadOptionError(option, f"needs a whole number above 0, got {text!r}")
    return int(text)


def _positive(option: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise BadOptionError(option, f"needs a number above 0, got {text!r}")
    return number


def _text(option: str, values: Mapping[str, str]) -> str | None:
    text = values.get(option)
    if text is not None and not text.strip():
        raise BadOptionError(f"--{option}", "is empty")
    return text
