"""Asking a model again when a request failed and a later one may succeed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeGuard

from statek_jupyter.errors import ModelError
from statek_jupyter.llm.model import ModelClient, ModelReply, ModelRequest, ToolCall
from statek_jupyter.llm.own_loop import ForeignError, error_text, on_own_loop
from statek_jupyter.redaction import redact


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how soon a failed request is sent again."""

    max_attempts: int = 6
    """Requests sent in all, the first included."""
    first_delay_seconds: float = 1.0
    """Doubles from attempt to attempt."""
    max_delay_seconds: float = 60.0
    max_retry_after_seconds: float = 600.0
    """A provider that asks for a longer wait than this is not waited for."""

    def delay(self, attempt: int, error: ModelError, chance: float) -> float | None:
        """Seconds to wait before the attempt after this one; None to give up.

        Args:
            attempt: Number of the attempt that failed, from 1.
            error: Why it failed.
            chance: Between 0 and 1; spreads jobs that failed together.
        """
        if not error.retryable or attempt >= self.max_attempts:
            return None
        asked = error.retry_after_seconds
        if asked is not None:
            return None if asked > self.max_retry_after_seconds else asked + chance * min(1.0, 0.1 * asked)
        ceiling = min(self.max_delay_seconds, self.first_delay_seconds * 2.0 ** (attempt - 1))
        return ceiling * (0.5 + 0.5 * chance)


async def complete(
    client: ModelClient,
    request: ModelRequest,
    *,
    on_attempt: Callable[[int], Awaitable[None]],
    on_failure: Callable[[int, ModelError, float | None], Awaitable[None]],
    on_text: Callable[[str], None] | None = None,
    policy: RetryPolicy | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> ModelReply:
    """Ask until there is a reply or no hope of one. Cancelling it cancels the request under way.

    Args:
        client: Who is asked.
        request: What is asked, the same each time.
        on_attempt: Awaited with the attempt's number, from 1, before each request is sent.
        on_failure: Awaited after each failure with the attempt's number, the error, and the seconds until the next
            attempt; None when there will be none.
        on_text: Called with pieces of the text; a new attempt starts the text anew.
        policy: When to give up; the default policy when None.
        sleep: Waits between attempts.

    Raises:
        ModelError: The last failure.
    """
    rules = policy or RetryPolicy()
    attempt = 0
    while True:
        attempt += 1
        await on_attempt(attempt)
        try:
            return await _answer(client, request, on_text)
        except ModelError as error:
            failure = error
        delay = rules.delay(attempt, failure, random.random())
        await on_failure(attempt, failure, delay)
        if delay is None:
            raise failure
        await sleep(delay)


async def _answer(client: ModelClient, request: ModelRequest, on_text: Callable[[str], None] | None) -> ModelReply:
    """One reply, whatever the client does.

    Raises:
        ModelError: Anything it raised, a reply that is none, or no reply in time.
    """
    limit = request.timeout_seconds if getattr(client, "answers_in_time", True) else None
    try:
        async with asyncio.timeout(limit):
            if getattr(client, "blocks_nobody", False):
                reply: object = await client.complete(request, on_text)
            else:
                reply = await on_own_loop(client, lambda: client.complete(request, on_text))
    except ModelError as error:
        raise _plain(error) from error.__cause__
    except ForeignError as raised:
        if isinstance(raised.error, ModelError):
            raise _plain(raised.error) from raised.error.__cause__
        raise ModelError("unknown", request.model, redact(f"the client raised {raised}")) from raised.error
    except TimeoutError as error:
        raise ModelError("timeout", request.model, f"no reply after {request.timeout_seconds:g} s") from error
    except Exception as error:
        raise ModelError("unknown", request.model, redact(f"the client raised {error_text(error)}")) from error
    if not _is_reply(reply):
        said = f"the client returned {type(reply).__name__}: it returns a ModelReply with a text and ToolCalls"
        raise ModelError("unknown", request.model, said)
    return reply


def _plain(error: ModelError) -> ModelError:
    """A client's error with its keys removed, and without a class of its own."""
    said = error.message if isinstance(error.message, str) else error_text(error)
    message = redact(said)
    if type(error) is ModelError and message == error.message:
        return error
    return ModelError(
        error.kind, error.model, message, error.retry_after_seconds, error.status, redact(error.partial_text)
    )


def _is_reply(reply: object) -> TypeGuard[ModelReply]:
    return (
        isinstance(reply, ModelReply)
        and isinstance(reply.text, str)
        and isinstance(reply.reasoning, str)
        and all(isinstance(call, ToolCall) for call in reply.tool_calls)
    )
