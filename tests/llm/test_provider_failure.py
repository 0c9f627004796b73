"""Waits, words and kinds that the contract with a real server does not reach."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from statek_jupyter.llm.provider_failure import MESSAGE_CHARACTERS, failure, plain_message, retry_after_seconds

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "20"}, 20.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Tue, 24 Nov 2026 12:01:30 GMT"}, 90.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and HTTP dates are read; nonsense is no wait."""
    assert retry_after_seconds(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("litellm.RateLimitError: RateLimitError: OpenAIException - slow down", "slow down"),
        (
            'litellm.APIError: APIError: OpenrouterException - {"error": {"message": "no credits", "code": 402}}',
            "no credits",
        ),
        ('AnthropicException - {"type": "error", "message": "overloaded"}', "overloaded"),
        ("[1, 2]", "[1, 2]"),
        ("plain words", "plain words"),
    ],
)
def test_the_providers_own_words(words: str, told: str) -> None:
    """Without the names of exceptions around them and out of their JSON."""
    assert plain_message(words) == told


def test_long_messages_are_cut() -> None:
    """An error is not a place for a whole page."""
    assert len(plain_message("x" * 10_000)) == MESSAGE_CHARACTERS


class ClaimedError(Exception):
    """A client library's error with a status nobody sent."""

    def __init__(self, words: str, status_code: int) -> None:
        super().__init__(words)
        self.status_code = status_code


def test_a_claimed_500_without_an_answer_is_unknown() -> None:
    """Nothing is retried because a library made up a status; a claimed 4xx is its own refusal to send."""
    assert failure(ClaimedError("what?", 500), "m").kind == "unknown"
    assert failure(ClaimedError("unsupported parameter", 400), "m").kind == "bad_request"
    assert failure(ClaimedError("no key", 401), "m").kind == "auth"


def test_causes_are_looked_at() -> None:
    """A broken connection beneath is what happened, also when the chain of causes bites its tail."""
    outer, inner = ClaimedError("oops", 500), ConnectionResetError("gone")
    outer.__cause__, inner.__context__ = inner, outer
    assert failure(outer, "m").kind == "transport"
    assert failure(outer, "m", streaming=True, partial_text="half").partial_text == "half"
    assert failure(outer, "m", streaming=True).kind == "stream_broken"
