"""Asking again: how often, after how long, and what the caller is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from statek_jupyter.errors import ModelError
from statek_jupyter.llm.model import ModelReply, ModelRequest
from statek_jupyter.llm.retry import RetryPolicy, complete

REQUEST = ModelRequest("m", ({"role": "user", "content": "hi"},))


class Failing:
    """Fails with each of the errors in turn, then answers."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        if self.errors:
            raise self.errors.pop(0)
        return ModelReply("at last")


class Log:
    """What the callbacks were told, in order."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def on_attempt(self, number: int) -> None:
        self.events.append(("attempt", number))

    async def on_failure(self, number: int, error: ModelError, delay: float | None) -> None:
        self.events.append(("failed", number, error.kind, None if delay is None else "again"))

    async def sleep(self, seconds: float) -> None:
        self.events.append(("slept", seconds))


async def ask(client: Any, log: Log, policy: RetryPolicy | None = None) -> ModelReply:
    return await complete(
        client, REQUEST, on_attempt=log.on_attempt, on_failure=log.on_failure, policy=policy, sleep=log.sleep
    )


async def test_a_passing_failure_is_tried_again() -> None:
    """The caller is told before each attempt and after each failure, before the wait."""
    log = Log()
    reply = await ask(Failing(ModelError("rate_limited", "m", "slow down", 2.0)), log)
    assert reply.text == "at last"
    kinds = [event[0] for event in log.events]
    assert kinds == ["attempt", "failed", "slept", "attempt"]
    assert log.events[1] == ("failed", 1, "rate_limited", "again")
    assert 2.0 <= log.events[2][1] <= 2.2


@pytest.mark.parametrize(
    "kind", ["auth", "context_overflow", "quota_exhausted", "bad_request", "not_found", "exhausted"]
)
async def test_a_lasting_failure_is_not_tried_again(kind: Any) -> None:
    """One attempt, and the error comes out as it was."""
    log, error = Log(), ModelError(kind, "m", "no")
    with pytest.raises(ModelError) as caught:
        await ask(Failing(error), log)
    assert caught.value is error
    assert log.events == [("attempt", 1), ("failed", 1, kind, None)]


async def test_attempts_are_limited() -> None:
    """The last failure is raised after the last attempt, without a wait."""
    log = Log()
    with pytest.raises(ModelError, match="still down"):
        await ask(Failing(*(ModelError("unavailable", "m", "still down") for _ in range(9))), log, RetryPolicy(3))
    assert [event[0] for event in log.events] == ["attempt", "failed", "slept"] * 2 + ["attempt", "failed"]


async def test_what_a_client_raises_by_mistake_becomes_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of the user's own may raise anything; the job gets one kind of error, keys removed, cause kept."""
    monkeypatch.setenv("SOME_API_KEY", "very-secret-value")
    log = Log()
    with pytest.raises(ModelError, match=r"ValueError: bad \[key removed\]") as caught:
        await ask(Failing(ValueError("bad very-secret-value")), log)
    assert caught.value.kind == "unknown" and isinstance(caught.value.__cause__, ValueError)


async def test_cancelling_is_not_a_failure() -> None:
    """It passes through, and nobody is told of a failure."""
    log, asked = Log(), threading.Event()

    class Silent:
        async def complete(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
            asked.set()
            await asyncio.sleep(60)
            return ModelReply()

    asking = asyncio.create_task(ask(Silent(), log))
    await asyncio.to_thread(asked.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert log.events == [("attempt", 1)]


def test_delays_double_up_to_a_limit_and_are_spread() -> None:
    """Between half and the whole of 1, 2, 4 … seconds, at most a minute."""
    policy, error = RetryPolicy(max_attempts=20), ModelError("transport", "m", "x")
    assert [policy.delay(n, error, 1.0) for n in (1, 2, 3, 10)] == [1.0, 2.0, 4.0, 60.0]
    assert [policy.delay(n, error, 0.0) for n in (1, 2, 3, 10)] == [0.5, 1.0, 2.0, 30.0]


def test_the_providers_wish_is_honoured_within_reason() -> None:
    """Never earlier than asked; a wait of hours is not waited for."""
    policy = RetryPolicy()
    assert policy.delay(1, ModelError("rate_limited", "m", "x", 30.0), 0.0) == 30.0
    assert policy.delay(1, ModelError("rate_limited", "m", "x", 30.0), 1.0) == 31.0
    assert policy.delay(1, ModelError("rate_limited", "m", "x", 7200.0), 0.5) is None
