"""System prompts: sections, difficulties, placeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.model_choice import TaskDifficulty
from statek_jupyter.executors.prompt import fill, parse_system_prompt

LOW, MEDIUM, HIGH = TaskDifficulty

PROMPT = """You are a clerk.

--------
MH: Rules
--------
Follow them.

## high: Hard ones
Think.
```
## L: not a heading
```
### Last
Be kind.
<note difficulty="L" kind="x">
Easy does it.
</note>
"""


def test_sections_are_said_for_their_difficulties() -> None:
    """Ruled titles, headings and boxes; those without a difficulty always; fenced text starts nothing."""
    prompt = parse_system_prompt(PROMPT)
    assert prompt.intro == "You are a clerk."
    assert [section.difficulties for section in prompt.sections] == [{MEDIUM, HIGH}, {HIGH}, set(), {LOW}]
    low = prompt.select(LOW)
    assert low == 'You are a clerk.\n\n### Last\nBe kind.\n\n<note kind="x">\nEasy does it.\n</note>'
    assert "--------\nRules\n--------\nFollow them." in prompt.select(MEDIUM)
    assert "## Hard ones\nThink.\n```\n## L: not a heading\n```" in prompt.select(HIGH)


@pytest.mark.parametrize(
    "text", ["plain", "a {b} {{c}} {", '{"a": {"b": [1, {}]}}', "# Title\n\n- one\n- two", "<b x='1'>\n"]
)
def test_a_prompt_without_sections_stays_as_it_is(text: str) -> None:
    """Word for word."""
    assert Agent("clerk", text).format_prompt() == text.strip()


@given(st.text(max_size=80), st.dictionaries(st.from_regex(r"[a-z]{1,2}", fullmatch=True), st.integers() | st.text()))
def test_filling_never_fails(text: str, values: dict[str, object]) -> None:
    """Whatever braces a prompt has."""
    assert isinstance(fill(text, values), str)
    assert isinstance(Agent("clerk", text).format_prompt(HIGH, values), str)


@given(st.text(max_size=80))
def test_without_values_nothing_is_changed(text: str) -> None:
    """Braces are text then."""
    assert fill(text, {}) == text


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{a}", "1"),
        ("{a}{b}{a}", "1{b}1"),
        ("{a:03d} {a!r} {s!r} {s:>3}", "001 1 'x'   x"),
        ('{"a": {a}}', '{"a": 1}'),
        ("{{a}} {{b}}", "{a} {{b}}"),
        ("{a.b} {a[0]} {0} {}", "{a.b} {a[0]} {0} {}"),
        ("{s:d}", "{s:d}"),
        ("{t}", "{a}"),
    ],
)
def test_known_names_are_filled_in_one_pass(text: str, filled: str) -> None:
    """Unknown names, JSON, attributes and specs that do not fit stay; a value is never read as a template."""
    assert fill(text, {"a": 1, "s": "x", "t": "{a}"}) == filled
