"""Small values: limits, styles, locales, ids, settings, handlers."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.chat_log import LLM_LogItem, SubTaskLogItem, SystemLogItem, UserLogItem, WarmupLogItem
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.error_handler import error_handler, is_valid_error_handler
from statek_jupyter.executors.job_def import JobDef
from statek_jupyter.executors.job_id import job_id, job_number
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.locale import StatekLocale, resolve_locale
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.settings import DEFAULT_MODEL, Settings
from statek_jupyter.store import open_store

numbers = st.integers(0, (1 << 65) - 1)


@given(numbers, numbers)
def test_ids_are_thirteen_characters_that_sort_like_numbers(one: int, other: int) -> None:
    """And read back, in any case."""
    first, second = job_id(one), job_id(other)
    assert len(first) == 13 and (first < second) == (one < other)
    assert job_number(first) == job_number(f" {first.upper()} ") == one


def test_letters_that_look_like_digits_are_read_as_them() -> None:
    """An id read aloud or copied by hand still works."""
    assert job_number("OoOoOoOoOoOIl") == job_number("0000000000011")


@pytest.mark.parametrize("text", ["", "abc", "u" * 13, "0" * 14, "é" * 13])
def test_other_texts_are_no_ids(text: str) -> None:
    """Wrong length or letters."""
    with pytest.raises(ValueError, match="is not a job id"):
        job_number(text)


@pytest.mark.parametrize("number", [-1, 1 << 65])
def test_numbers_out_of_range_have_no_id(number: int) -> None:
    """Below 2**65."""
    with pytest.raises(ValueError, match="is not a job number"):
        job_id(number)


def test_entries_of_a_chat_log_say_what_they_are() -> None:
    """Their first words, on one line of bounded length."""
    turn = LLM_LogItem(turn=2)
    turn.reply_text = "Let me see.\n\n" + "word " * 1000
    entries = [UserLogItem("add\nthem"), SystemLogItem("two"), WarmupLogItem(0, CodeBlock("a = 1")), turn]
    assert repr(SubTaskLogItem(SubTaskHandler(None, 7))) == "<SubTaskLogItem 7>"
    shown = [repr(entry) for entry in entries]
    assert shown[:3] == ["<UserLogItem add them>", "<SystemLogItem two>", "<WarmupLogItem 1: a = 1>"]
    assert shown[3].startswith("<LLM_LogItem 2: Let me see. word") and len(shown[3]) < 90


def test_another_kind_of_thing_is_refused_by_name() -> None:
    """One line says what is taken and what came."""
    with pytest.raises(TypeError, match="takes an Agent, not str"):
        JobDef("analyst")  # type: ignore[arg-type]
    with open_store("memory:") as store, pytest.raises(TypeError, match="takes a Job or a JobDef, not str"):
        store.submit("hello")  # type: ignore[arg-type]


def test_limits_have_defaults_and_take_money_as_written() -> None:
    """A float is the decimal a person sees."""
    assert (JobLimits().max_turns, JobLimits().budget_usd, JobLimits().timeout_seconds) == (50, None, None)
    assert JobLimits(budget_usd=0.1).budget_usd == Decimal("0.1")  # type: ignore[arg-type]
    assert JobLimits(max_turns=None, budget_usd="2").budget_usd == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_turns": 0},
        {"max_turns": True},
        {"max_turns": 1.5},
        {"budget_usd": "much"},
        {"budget_usd": -1},
        {"budget_usd": "nan"},
        {"timeout_seconds": 0},
        {"timeout_seconds": float("nan")},
    ],
)
def test_limits_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    """The error names the limit."""
    with pytest.raises(BadOptionError, match=next(iter(wrong))):
        JobLimits(**wrong)


def test_styles_are_read_in_any_case() -> None:
    """None for automatic; a wrong name is answered with the right ones."""
    assert ChatStyle.parse(" md-dialog ") is ChatStyle.MD_DIALOG
    assert ChatStyle.parse("auto") is ChatStyle.parse("") is None
    with pytest.raises(BadOptionError, match="'loud' is none of CONSOLE, MARKDOWN, MD_DIALOG, DIRECT, auto"):
        ChatStyle.parse("loud")


def test_styles_say_what_ends_a_job() -> None:
    """Prose in the two dialog styles; tool calls in DIRECT only."""
    assert [style for style in ChatStyle if style.is_dialog] == [ChatStyle.MD_DIALOG, ChatStyle.DIRECT]
    assert [style for style in ChatStyle if style.uses_tool_calls] == [ChatStyle.DIRECT]


class Language(Enum):
    PL = "PL"


@pytest.mark.parametrize("text", ["PL-PL", "pl_pl", " pl-PL "])
def test_locales_are_read_in_any_case(text: str) -> None:
    """And are equal by value."""
    assert resolve_locale(text) == StatekLocale("PL", "PL") == StatekLocale(Language.PL, "pl")  # type: ignore[arg-type]
    assert str(resolve_locale("pl")) == "PL"


def test_six_languages_have_a_rule_and_a_hint() -> None:
    """Others are taken and say nothing."""
    assert all(StatekLocale(code).language_rule for code in ("EN", "PL", "DE", "FR", "ES", "IT"))
    assert StatekLocale("ja", "jp").language_rule is StatekLocale("ja").language_hint is None


@pytest.mark.parametrize("text", ["", "polish", "pl-", "pl-POL", "1-2"])
def test_other_texts_are_no_locales(text: str) -> None:
    """The error shows how to write one."""
    with pytest.raises(BadOptionError, match="PL-PL"):
        resolve_locale(text)


def test_settings_come_from_the_environment() -> None:
    """Blank counts as not set."""
    assert Settings.from_env({}) == Settings(None, DEFAULT_MODEL, False)
    assert Settings.from_env({"STATEK_STORE": " ", "STATEK_MODEL": ""}) == Settings.from_env({})
    chosen = Settings.from_env({"STATEK_STORE": "~/jobs", "STATEK_MODEL": "ollama/x"})
    assert (chosen.store, chosen.default_model, chosen.model_was_chosen) == ("~/jobs", "ollama/x", True)


def test_a_marked_handler_stays_a_function() -> None:
    """And can be stored by name."""

    def _release(context: Any, error: Any = None) -> str:
        return f"{context} {error}"

    assert error_handler(_release) is _release and _release(1) == "1 None"


@pytest.mark.parametrize("wrong", [lambda: None, lambda a, b: None, lambda a, b, error=None: None, 3])
def test_other_callables_are_no_error_handlers(wrong: Any) -> None:
    """They must take a context and an optional error."""
    assert not is_valid_error_handler(wrong)
    with pytest.raises(BadOptionError, match="error_handler"):
        error_handler(wrong)
