"""The definition of jobs: agent, metadata, warmup, prompt values, chat style, locale, limits."""

from __future__ import annotations

import secrets
import time
import traceback as traceback_module
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from statek_jupyter.errors import BadOptionError, MissingModelError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.locale import StatekLocale
from statek_jupyter.executors.model_choice import ModelChoice, TaskDifficulty, default_difficulty
from statek_jupyter.executors.warmup import WarmupBlock, WarmupCode, parse_warmup_blocks, parse_warmup_code
from statek_jupyter.redaction import without_secrets


class JobDefError(Persistent):
    """An error kept as text: the exception itself may hold anything.

    Args:
        error: The exception.
        collect_traceback: Whether to keep the formatted frames of an exception that was raised.
    """

    type_name: str = ""
    """The exception's class name."""

    def __init__(self, error: BaseException, collect_traceback: bool = True) -> None:
        self.error_message = without_secrets(str(error))
        self.type_name = type(error).__name__
        self.traceback: list[str] | None = None
        """Formatted frames, outermost first; None when not collected or never raised. Not to be changed."""
        if collect_traceback and error.__traceback__ is not None:
            self.traceback = traceback_module.format_tb(error.__traceback__)
        self.created_at = datetime.now(UTC)

    @classmethod
    def told(cls, type_name: str, message: str, frames: list[str] | None = None) -> JobDefError:
        """An error that is text already. Making text of an exception runs its own code, which may do anything."""
        told = cls(Exception(message))
        told.type_name, told.traceback = type_name, frames
        return told

    def __str__(self) -> str:
        return f"{self.type_name}: {self.error_message}" if self.error_message else self.type_name

    def __repr__(self) -> str:
        return f"<JobDefError {self}>"


class JobDef(Persistent):
    """What jobs are made from. Jobs copy what they need when they are made: a change here is for later jobs only.

    Args:
        agent: Who does the jobs.
        metadata: ``MODEL`` and more; the agent's when None. Copied.
        job_params: Values for the placeholders of the prompt. Copied.
        warmup_code: Python run before the first request; see `warmup.parse_warmup_code`.
        _chat_style: Overrides the metadata's ``CHAT_STYLE``; None for that one.
        locale: The language of the person.
        limits: Limits of the jobs.

    Raises:
        MissingModelError: No ``MODEL`` in the metadata (a ValueError).
        BadModelError: ``MODEL`` cannot be read (a ValueError).
        BadOptionError: ``TEMPERATURE``, ``DEFAULT_DIFFICULTY`` or ``CHAT_STYLE`` cannot be read, or style, locale or
            limits are something else (a ValueError).
        WarmupSyntaxError: Warmup code that does not compile (a SyntaxError).
    """

    def __init__(
        self,
        agent: Agent,
        metadata: Mapping[str, str] | None = None,
        job_params: Mapping[str, Any] | None = None,
        warmup_code: WarmupCode = None,
        _chat_style: ChatStyle | None = None,
        locale: StatekLocale | None = None,
        *,
        limits: JobLimits | None = None,
    ) -> None:
        if agent is not None and not isinstance(agent, Agent):
            raise TypeError(f"a definition takes an Agent, not {type(agent).__name__}: {agent!r}")
        for option, given, kind in (
            ("_chat_style", _chat_style, ChatStyle),
            ("locale", locale, StatekLocale),
            ("limits", limits, JobLimits),
        ):
            if given is not None and not isinstance(given, kind):
                raise BadOptionError(option, f"{given!r} is no {kind.__name__}")
        chosen = dict(agent.metadata if metadata is None and agent is not None else metadata or {})
        if chosen.get("MODEL") is None:
            raise MissingModelError(getattr(agent, "role", "<unknown>"))
        ModelChoice.parse(chosen["MODEL"])
        self.agent = agent
        self._metadata = chosen
        self._job_params = None if job_params is None else dict(job_params)
        self._warmup_blocks = parse_warmup_blocks(warmup_code)
        self._chat_style = _chat_style
        self.locale = locale
        self.limits = limits if limits is not None else JobLimits()
        self._errors: Any = OOBTree()
        _check_metadata(self)

    @property
    def metadata(self) -> Mapping[str, str]:
        """Read only."""
        return MappingProxyType(self._metadata)

    @property
    def job_params(self) -> Mapping[str, Any] | None:
        """Read only; None when none were given."""
        return None if self._job_params is None else MappingProxyType(self._job_params)

    @property
    def warmup_blocks(self) -> tuple[WarmupBlock, ...]:
        """The warmup as blocks, in order."""
        return self._warmup_blocks

    @property
    def warmup_code(self) -> WarmupBlock | list[WarmupBlock] | None:
        """The warmup as it was parsed: None, the only block, or a list of blocks."""
        return parse_warmup_code(self._warmup_blocks)

    @property
    def model_choice(self) -> ModelChoice:
        """``MODEL``, read."""
        return ModelChoice.parse(self._metadata["MODEL"])

    @property
    def model(self) -> str | None:
        """The model's name, or ``L:a,M:b,H:c`` when the difficulties have different ones."""
        return self.model_choice.text

    @property
    def model_family(self) -> str | None:
        """The family of the model; None when it names none, or the models of a mapping differ in it."""
        return self.model_choice.family

    @property
    def provider(self) -> str | None:
        """Who serves the model: the name's provider part, else ``PROVIDER`` of the metadata, else its first part.

        None when nothing says it, or the models of a mapping differ in it.
        """
        choice = self.model_choice
        named = {choice.name_for(difficulty).provider for difficulty in TaskDifficulty}
        if named == {None}:
            return self._metadata.get("PROVIDER") or choice.provider
        return choice.provider

    @property
    def default_difficulty(self) -> TaskDifficulty:
        """``DEFAULT_DIFFICULTY`` of the metadata, else medium."""
        return default_difficulty(self._metadata)

    @property
    def temperature(self) -> float | None:
        """``TEMPERATURE`` of the metadata; None to leave it to the model."""
        text = self._metadata.get("TEMPERATURE")
        return None if text is None else _temperature(text)

    @property
    def language_rule(self) -> str | None:
        """What the locale adds to the system prompt; None without one, or with ``AUTO_LANG_RULE`` ``False``."""
        return self.language_rule_of(self.locale)

    def language_rule_of(self, locale: StatekLocale | None) -> str | None:
        """`language_rule` for a job that has its locale from a job above it."""
        return locale.language_rule if locale is not None and self._says("AUTO_LANG_RULE") else None

    @property
    def language_hint(self) -> str | None:
        """What the locale adds to each message; None without one, or with ``AUTO_LANG_HINT`` ``False``."""
        return self.language_hint_of(self.locale)

    def language_hint_of(self, locale: StatekLocale | None) -> str | None:
        """`language_hint` for a job that has its locale from a job above it."""
        return locale.language_hint if locale is not None and self._says("AUTO_LANG_HINT") else None

    def _says(self, switch: str) -> bool:
        return str(self._metadata.get(switch, "True")).strip().lower() != "false"

    @property
    def chat_style(self) -> ChatStyle | None:
        """The style of the jobs; None lets the engine choose."""
        if self._chat_style is not None:
            return self._chat_style
        return ChatStyle.parse(self._metadata.get("CHAT_STYLE") or "")

    def set_chat_style(self, chat_style: ChatStyle | None) -> None:
        """Set or clear the override, for jobs made afterwards."""
        if chat_style is not self._chat_style:
            self._chat_style = chat_style

    def update_warmup_code(self, warmup_code: WarmupCode) -> None:
        """Parse, and replace when different, for jobs made afterwards; None clears.

        Raises:
            WarmupSyntaxError: It does not compile; nothing was replaced.
        """
        blocks = parse_warmup_blocks(warmup_code)
        if blocks != self._warmup_blocks:
            self._warmup_blocks = blocks

    def set_error(self, error: BaseException | JobDefError, collect_traceback: bool = True) -> None:
        """Keep `error` as a `JobDefError` until `clear_errors`."""
        kept = error if isinstance(error, JobDefError) else JobDefError(error, collect_traceback)
        self._errors[f"{time.time_ns():016x}-{secrets.token_hex(4)}"] = kept

    def get_errors(self) -> Iterator[JobDefError]:
        """The errors, newest first."""
        yield from reversed(list(self._errors.values()))

    def has_errors(self) -> bool:
        """Whether there are errors."""
        return bool(self._errors)

    def clear_errors(self) -> None:
        """Forget all errors."""
        if self._errors:
            self._errors.clear()

    def __repr__(self) -> str:
        return f"<JobDef of {getattr(self.agent, 'role', None)!r} with {self.model}>"


def _check_metadata(job_def: JobDef) -> None:
    """Read what is read later, so that a mistake is told where it was made."""
    _ = job_def.temperature, job_def.default_difficulty, job_def.chat_style


def _temperature(text: str | float) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = -1.0
    if not 0.0 <= value <= 2.0:
        raise BadOptionError("TEMPERATURE", f"{text!r} is no number from 0 to 2")
    return value
