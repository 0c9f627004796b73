"""What a person asks for, read from texts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from statek_jupyter.errors import BadOptionError, WarmupSyntaxError
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.launch.order import read_order


def test_texts_become_values() -> None:
    """Each option's text is read into what a definition takes."""
    texts = {"style": "md-dialog", "locale": "pl-PL", "params": '{"n": 1}', "max-turns": "7", "budget": "$0.50"}
    order = read_order({**texts, "timeout": "2.5", "agent": "a", "model": "m", "ask": "go"}, name="n", warmup="x = 1")
    assert order.style is ChatStyle.MD_DIALOG
    assert str(order.locale) == "PL-PL"
    assert order.params == {"n": 1}
    assert order.limits == JobLimits(7, Decimal("0.5"), 2.5)
    assert (order.agent, order.model, order.ask, order.name, order.warmup) == ("a", "m", "go", "n", "x = 1")


def test_what_is_not_given_keeps_its_default() -> None:
    """An order without options has the default limits and leaves the rest open."""
    order = read_order({})
    assert (order.limits, order.style, order.params) == (JobLimits(), None, None)


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("params", "{a: 1}", "is no JSON"),
        ("params", "[1]", "needs a JSON object"),
        ("style", "consol", "did you mean console?"),
        ("locale", "pl-", "has no country"),
        ("max-turns", "0", "needs a whole number above 0, got '0'"),
        ("max-turns", "many", "needs a whole number"),
        ("budget", "-1", "needs a number above 0"),
        ("budget", "nan", "needs a number above 0"),
        ("timeout", "inf", "needs a number above 0"),
        ("ask", "  ", "is empty"),
        ("max-output", "0", "needs a number above 0"),
        ("priority", "high", "needs a whole number such as 10 or -10, got 'high'"),
        ("priority", "1.5", "needs a whole number"),
        ("priority", "--1", "needs a whole number"),
    ],
)
def test_a_wrong_text_is_told_in_one_line(option: str, text: str, told: str) -> None:
    """The text names the option and says what would do."""
    with pytest.raises(BadOptionError) as caught:
        read_order({option: text})
    assert caught.value.option == f"--{option}"
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_warmup_that_does_not_compile_is_told_with_its_line() -> None:
    """The line number counts in the code as it was written, over all blocks."""
    with pytest.raises(WarmupSyntaxError, match=r"line 4: .*def f"):
        read_order({}, warmup="x = 1\n# ----------\ny = 2\ndef f(:\n")
