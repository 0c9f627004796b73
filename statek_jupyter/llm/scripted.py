"""Models that answer from a list or from a Python function: no network, no key."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, cast

from statek_jupyter.errors import ModelError
from statek_jupyter.executors.usage import ModelPricing
from statek_jupyter.llm.model import ModelReply, ModelRequest, TokenUsage
from statek_jupyter.llm.own_loop import ForeignError, in_own_thread, on_own_loop
from statek_jupyter.llm.pricing import cost_of, estimated_tokens
from statek_jupyter.redaction import redact

OFFLINE_PRICING = ModelPricing(Decimal("0.25"), Decimal("0.025"), Decimal("2.00"))
"""What scripted and function models pretend to cost, so that views and budgets have something to work on offline."""

PIECE_CHARACTERS = 12
"""Length of the pieces a reply is handed out in when somebody listens."""

OnText = Callable[[str], None]


class ScriptedModel:
    """Answers the n-th request of a job with the n-th of its replies, in any process.

    Args:
        replies: Texts, whole replies, or errors to raise, one per request.
        pricing: Unit prices of its calls; None for a model whose price nobody knows.
        seconds_per_reply: How long it takes to answer; the text arrives in pieces meanwhile.
    """

    def __init__(
        self,
        replies: Sequence[str | ModelReply | ModelError],
        *,
        pricing: ModelPricing | None = OFFLINE_PRICING,
        seconds_per_reply: float = 0.0,
    ) -> None:
        if isinstance(replies, str):
            raise TypeError(f"ScriptedModel takes a list of replies, not one text: ScriptedModel([{replies[:40]!r}])")
        self.replies = tuple(replies)
        self.pricing = pricing
        self.seconds_per_reply = seconds_per_reply
        for reply in cast(tuple[object, ...], self.replies):
            if not isinstance(reply, str | ModelReply | ModelError):
                got = type(reply).__name__
                raise TypeError(f"a reply is a text, a ModelReply or a ModelError, not {got}: {reply!r}")

    blocks_nobody = True

    async def complete(self, request: ModelRequest, on_text: OnText | None = None) -> ModelReply:
        """The reply of the request's turn.

        Raises:
            ModelError: The script says so, or it has no reply for this turn (kind ``exhausted``).
        """
        started = time.monotonic()
        reply = self._reply(request)
        text = reply if isinstance(reply, str) else reply.text
        await _speak(text, self.seconds_per_reply, on_text)
        return finished(reply, request, self.pricing, time.monotonic() - started)

    def _reply(self, request: ModelRequest) -> str | ModelReply:
        if not 1 <= request.turn <= len(self.replies):
            raise ModelError(
                "exhausted",
                request.model,
                f"request {request.turn} came, but the script has {self._count()}: add one, or end the job "
                "with exit() before",
            )
        reply = self.replies[request.turn - 1]
        if isinstance(reply, ModelError):
            raise ModelError(
                reply.kind, request.model, reply.message, reply.retry_after_seconds, reply.status, reply.partial_text
            )
        return reply

    def __repr__(self) -> str:
        return f"<ScriptedModel with {self._count()}>"

    def _count(self) -> str:
        return "1 reply" if len(self.replies) == 1 else f"{len(self.replies)} replies"


class FunctionModel:
    """Answers with what a function returns.

    Args:
        fn: ``fn(messages, **request)``, plain or async, returning a text or a `ModelReply`. It gets the OpenAI-style
            messages and, as far as it takes them, ``model``, ``turn``, ``tools``, ``temperature``,
            ``max_output_tokens`` and ``job_id``. A plain function runs in a thread of its
            own, an async one on an event loop of its own: one that blocks blocks nobody else.
        pricing: Unit prices of its calls; None for a model whose price nobody knows.
    """

    def __init__(self, fn: Callable[..., Any], *, pricing: ModelPricing | None = OFFLINE_PRICING) -> None:
        if not callable(fn):
            raise TypeError(f"FunctionModel takes a function of (messages, **request), not {type(fn).__name__}: {fn!r}")
        self.fn = fn
        self.pricing = pricing

    blocks_nobody = True

    async def complete(self, request: ModelRequest, on_text: OnText | None = None) -> ModelReply:
        """What the function answers.

        Raises:
            ModelError: The function raised one, raised anything else (kind ``unknown``), took longer than the request
                allows (kind ``timeout``), or returned something that is no reply (kind ``unknown``).
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(request.timeout_seconds):
                reply = await self._call(request)
        except TimeoutError as error:
            raise ModelError("timeout", request.model, f"no reply after {request.timeout_seconds:g} s") from error
        if not isinstance(reply, str | ModelReply):
            got = type(reply).__name__
            raise ModelError("unknown", request.model, f"the function returned {got}: return a text or a ModelReply")
        await _speak(reply if isinstance(reply, str) else reply.text, 0.0, on_text)
        return finished(reply, request, self.pricing, time.monotonic() - started)

    async def _call(self, request: ModelRequest) -> Any:
        call = partial(self.fn, _copied(request), **_accepted(self.fn, _parameters(request)))
        try:
            if inspect.iscoroutinefunction(self.fn) or inspect.iscoroutinefunction(type(self.fn).__call__):
                return await on_own_loop(self, call)
            result = await in_own_thread(call)
            return await on_own_loop(self, lambda: result) if inspect.isawaitable(result) else result
        except ForeignError as raised:
            if isinstance(raised.error, ModelError):
                raise raised.error from None
            said = f"the function raised {raised}"
            raise ModelError("unknown", request.model, redact(said)) from raised.error

    def __repr__(self) -> str:
        return f"<FunctionModel {getattr(self.fn, '__qualname__', self.fn)!s}>"


def finished(
    reply: str | ModelReply, request: ModelRequest, pricing: ModelPricing | None, seconds: float
) -> ModelReply:
    """The reply with what it leaves open filled in: usage (estimated), cost, sizes, finish reason and time."""
    whole = ModelReply(text=reply) if isinstance(reply, str) else reply
    sent, received = request_size(request), reply_size(whole)
    usage = whole.usage or TokenUsage(
        input_tokens=estimated_tokens(sent), output_tokens=estimated_tokens(received), estimated=True
    )
    if whole.cost_usd is None:
        cost = cost_of(usage, registered=pricing)
        whole = replace(whole, cost_usd=cost.usd, cost_source=cost.source, pricing=cost.pricing)
    return replace(
        whole,
        usage=usage,
        finish_reason=whole.finish_reason or ("tool_calls" if whole.tool_calls else "stop"),
        seconds=whole.seconds or seconds,
        response_model=whole.response_model or request.model,
        bytes_sent=whole.bytes_sent or sent,
        bytes_received=whole.bytes_received or received,
    )


def request_size(request: ModelRequest) -> int:
    """Bytes of the request's messages and tools as JSON."""
    return len(json.dumps([request.messages, request.tools], default=str).encode())


def reply_size(reply: ModelReply) -> int:
    """Bytes of what a reply says: text, reasoning and tool calls."""
    calls = "".join(call.name + json.dumps(dict(call.arguments), default=str) for call in reply.tool_calls)
    return len((reply.text + reply.reasoning + calls).encode("utf-8", "surrogatepass"))


async def _speak(text: str, seconds: float, on_text: OnText | None) -> None:
    if on_text is None:
        await asyncio.sleep(seconds)
        return
    pieces = list(_pieces(text))
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        on_text(piece)


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), PIECE_CHARACTERS):
        yield text[start : start + PIECE_CHARACTERS]


def _parameters(request: ModelRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "turn": request.turn,
        "tools": [dict(tool) for tool in request.tools],
        "temperature": request.temperature,
        "max_output_tokens": request.max_output_tokens,
        "job_id": request.job_id,
    }


def _copied(request: ModelRequest) -> list[dict[str, Any]]:
    return [dict(message) for message in request.messages]


def _accepted(fn: Callable[..., Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters `fn` can take by name, its first one (the messages) apart."""
    try:
        declared = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return {}
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in declared):
        return dict(parameters)
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = {parameter.name for parameter in declared[1:] if parameter.kind in by_name}
    names |= {parameter.name for parameter in declared[:1] if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    return {name: value for name, value in parameters.items() if name in names}
