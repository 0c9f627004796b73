"""Keys never reach what is stored or shown."""

from __future__ import annotations

import pytest

from statek_jupyter.redaction import REMOVED, redact


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET", "DB_PASSWORD", "PASSWORD", "AWS_SECRET_ACCESS_KEY", "my_api_key"],
)
def test_secrets_of_the_environment_are_removed(name: str) -> None:
    """By the variable's name, whatever the value looks like."""
    assert redact("it was correct horse", {name: "correct horse"}) == f"it was {REMOVED}"


def test_other_variables_and_short_values_stay() -> None:
    """``HOME`` is no secret, and a key of a few letters would eat ordinary words."""
    assert redact("in /home/me with a key", {"HOME": "/home/me", "X_KEY": "key", "KEYBOARD": "ordinary words"}) == (
        "in /home/me with a key"
    )


def test_no_tail_of_a_longer_secret_is_left() -> None:
    """One secret may begin with another."""
    environ = {"A_KEY": "12345678", "B_KEY": "12345678-and-more"}
    assert redact("12345678-and-more", environ) == REMOVED


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcDEF123456",
        "sk-ant-api03-abc_DEF-123456",
        "sk-or-v1-0123456789abcdef",
        "sk-abc***xyz",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "hf_abcdefghijklmnopqrst",
        "gsk_abcdefghijklmnop1234",
        "AIzaSyA0123456789abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-0123456789-abcdef",
    ],
)
def test_what_looks_like_a_key_is_removed(key: str) -> None:
    """Also a key that is in no variable of this process."""
    assert redact(f"bad key '{key}'.", {}) == f"bad key '{REMOVED}'."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Authorization: Bearer abcdef123456", f"Authorization: Bearer {REMOVED}"),
        ("api_key=abcdef123456&x=1", f"api_key={REMOVED}&x=1"),
        ('{"x-api-key": "abcdef123456"}', f'{{"x-api-key": "{REMOVED}"}}'),
        ("postgresql://me:hunter22@host/db", f"postgresql://me:{REMOVED}@host/db"),
    ],
)
def test_what_carries_a_key_loses_it(text: str, told: str) -> None:
    """Headers, parameters and URLs."""
    assert redact(text, {}) == told


@pytest.mark.parametrize(
    "text", ["the task-runner asks-for nothing", "http://localhost:8000/v1", "risk-averse-investments"]
)
def test_ordinary_words_stay(text: str) -> None:
    """Nothing that is no key is removed."""
    assert redact(text, {}) == text
