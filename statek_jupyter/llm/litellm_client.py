"""The client for real providers, through litellm: the one file that imports it, on the first call or check.

What litellm would do on its own is turned off: hidden retries, a time limit of 6000 s, a price list over the network,
reading ``.env`` files, log output, token counters that download, giving up on monotonous replies. Retrying, prices and
time limits are ours.

A reply is streamed only while somebody listens: each streamed chunk costs processor time here, which a worker with many
jobs cannot spare. Without a listener one request brings the whole reply, and the time limit for the whole reply is the
only one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import MissingKeyError, ModelError, ModelErrorKind, UnknownModelError
from statek_jupyter.llm import io_loop
from statek_jupyter.llm.model import ModelReply, ModelRequest
from statek_jupyter.llm.pricing import cost_of, listed_context_limit, listed_price, registered_price
from statek_jupyter.llm.provider_failure import failure
from statek_jupyter.llm.provider_keys import base_url, check_key, provider_name, provider_of
from statek_jupyter.llm.provider_reply import ReplyParts, last_usage, token_usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONNECT_SECONDS = 30.0

OnText = Callable[[str], None]

_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
}
"""Read by litellm when it is imported: no price list, no header list over the network, no ``.env`` into the process."""

_OWN_WARNING = ("ignore", re.compile("Accessing the '\\w+' attribute on the instance is deprecated"), Warning, None, 0)
"""The filter for a warning that litellm provokes in pydantic at the end of each stream."""

_import_lock = threading.Lock()


@cache
def shared_client() -> LiteLLMClient:
    """The client of this process; it has no state of its own."""
    return LiteLLMClient()


class LiteLLMClient:
    """Answers for every model litellm knows; ``openai/…`` with ``OPENAI_BASE_URL`` for any compatible server."""

    blocks_nobody = True

    async def complete(self, request: ModelRequest, on_text: OnText | None = None) -> ModelReply:
        """Send one request. Can be awaited on any event loop; cancelling it closes the connection.

        Args:
            request: What to ask.
            on_text: Called, on the caller's loop, with pieces of the text; None asks for the whole reply at once.

        Raises:
            ModelError: There is no whole reply.
        """
        listener = _on_loop_of_caller(on_text) if on_text is not None else None
        return await io_loop.run(_complete(request, listener))

    def check(self, model: str) -> None:
        """Check that litellm knows the model's provider and that its key is set. Imports litellm, which takes seconds.

        Raises:
            UnknownModelError: It belongs to no provider.
            MissingKeyError: The key is not in the environment.
        """
        litellm = _litellm()
        try:
            litellm.get_llm_provider(model)
        except Exception as error:
            advice = "write it as provider/model, for example 'openai/gpt-5-mini', or register it with register_model()"
            raise UnknownModelError(model, advice) from error
        missing = litellm.validate_environment(model).get("missing_keys") or []
        if missing:
            raise MissingKeyError(model, missing[0])

    def warm_up(self) -> None:
        """Import litellm in the background, so that the first request does not wait for it."""
        threading.Thread(target=_litellm, name="statek-import-litellm", daemon=True).start()


# --- one request, on the provider loop --------------------------------------------------------------


async def _complete(request: ModelRequest, on_text: OnText | None) -> ModelReply:
    _check_key(request.model)
    litellm = await asyncio.get_running_loop().run_in_executor(None, _litellm)
    _ignore_own_warnings()
    parameters = _parameters(litellm, request)
    parts = ReplyParts()
    started = time.monotonic()
    first_text: list[float] = []
    try:
        async with asyncio.timeout(request.timeout_seconds):
            if on_text is None:
                usage = await _whole(litellm, parameters, parts)
            else:
                usage = await _streamed(litellm, parameters, parts, request, _timed(on_text, started, first_text))
    except ModelError:
        raise
    except TimeoutError as error:
        said = f"no whole reply after {request.timeout_seconds:g} s"
        raise ModelError("timeout", request.model, said, partial_text=parts.text) from error
    except Exception as error:
        raise failure(error, request.model, partial_text=parts.text, streaming=parts.opened) from None
    reply = _checked(parts, request).reply(request, token_usage(usage))
    seconds = time.monotonic() - started
    return replace(
        _priced(litellm, reply, request.model, usage),
        seconds=seconds,
        seconds_to_first_text=first_text[0] if first_text else None,
    )


async def _whole(litellm: Any, parameters: dict[str, Any], parts: ReplyParts) -> Any:
    response = await litellm.acompletion(**parameters)
    parts.add_response(response)
    return getattr(response, "usage", None)


async def _streamed(
    litellm: Any, parameters: dict[str, Any], parts: ReplyParts, request: ModelRequest, on_text: OnText
) -> Any:
    async with _closing_stream(litellm, parameters, request) as stream:
        parts.opened = True
        while True:
            chunk = await _within(stream.__anext__(), request, parts)
            if chunk is None:
                break
            if text := parts.add_chunk(chunk):
                on_text(text)
        usage = last_usage(stream.chunks)
        if getattr(stream, "received_finish_reason", "stop") is None and usage is None:
            # litellm makes up a finish reason when a connection ends in the middle of a reply.
            said = "the connection ended before the reply was complete" if _has_begun(parts) else "no reply came"
            kind: ModelErrorKind = "stream_broken" if _has_begun(parts) else "unavailable"
            raise ModelError(kind, request.model, said, partial_text=parts.text)
        return usage


@asynccontextmanager
async def _closing_stream(litellm: Any, parameters: dict[str, Any], request: ModelRequest) -> AsyncIterator[Any]:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    stream = await _within(litellm.acompletion(**parameters, **options), request, ReplyParts())
    try:
        yield stream
    finally:
        await stream.aclose()


async def _within(piece: Any, request: ModelRequest, parts: ReplyParts) -> Any:
    """The next piece of a stream, None at its end, a timeout when it takes longer than the request allows."""
    limit = asyncio.timeout(request.stall_seconds)
    try:
        async with limit:
            return await piece
    except StopAsyncIteration:
        return None
    except TimeoutError as error:
        if not limit.expired():
            raise
        said = f"nothing came for {request.stall_seconds:g} s"
        raise ModelError("timeout", request.model, said, partial_text=parts.text) from error


def _parameters(litellm: Any, request: ModelRequest) -> dict[str, Any]:
    import httpx

    parameters: dict[str, Any] = {
        "model": provider_name(request.model),
        "messages": [dict(message) for message in request.messages],
        "timeout": httpx.Timeout(request.timeout_seconds + 5, connect=CONNECT_SECONDS),
        "num_retries": 0,
        "max_retries": 0,
        "drop_params": True,
    }
    if request.tools:
        parameters["tools"] = [dict(tool) for tool in request.tools]
    if request.temperature is not None:
        parameters["temperature"] = request.temperature
    if request.max_output_tokens is not None:
        parameters["max_tokens"] = request.max_output_tokens
    if provider_of(request.model) == "openai" and base_url() and not os.environ.get("OPENAI_API_KEY"):
        parameters["api_key"] = "none"
    return parameters


def _check_key(model: str) -> None:
    provider = provider_of(model)
    try:
        if provider is not None:
            check_key(model, provider)
    except MissingKeyError as error:
        raise ModelError("auth", model, str(error)) from error


def _checked(parts: ReplyParts, request: ModelRequest) -> ReplyParts:
    if parts.text or parts.calls or parts.reasoning:
        return parts
    if parts.finish_reason == "content_filter":
        raise ModelError("content_blocked", request.model, "the provider's content filter held the reply back")
    if parts.finish_reason is None:
        raise ModelError("unavailable", request.model, "the answer holds no reply")
    return parts


def _has_begun(parts: ReplyParts) -> bool:
    return bool(parts.text or parts.reasoning or parts.calls)


def _timed(on_text: OnText, started: float, first: list[float]) -> OnText:
    def listen(text: str) -> None:
        if not first:
            first.append(time.monotonic() - started)
        on_text(text)

    return listen


def _on_loop_of_caller(on_text: OnText) -> OnText:
    loop = asyncio.get_running_loop()

    def listen(text: str) -> None:
        with suppress(RuntimeError):  # the caller's loop has ended, and nobody listens any more
            loop.call_soon_threadsafe(on_text, text)

    return listen


# --- prices -----------------------------------------------------------------------------------------


def _priced(litellm: Any, reply: ModelReply, model: str, usage: Any) -> ModelReply:
    assert reply.usage is not None
    cost = cost_of(
        reply.usage,
        reported_usd=getattr(usage, "cost", None),
        registered=registered_price(model),
        listed=listed_price(litellm.model_cost, model, reply.usage.input_tokens),
    )
    limit = listed_context_limit(litellm.model_cost, model)
    return replace(reply, cost_usd=cost.usd, cost_source=cost.source, pricing=cost.pricing, context_limit=limit)


# --- litellm ----------------------------------------------------------------------------------------


def _litellm() -> Any:
    """The library, imported and silenced. The first call takes some seconds."""
    with _import_lock:
        return _imported()


@cache
def _imported() -> Any:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    import litellm

    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    litellm.suppress_debug_info = True
    litellm.disable_token_counter = True
    litellm.disable_hf_tokenizer_download = True
    litellm.disable_streaming_logging = True
    # A hundred equal pieces, a ruled line say, are no failure.
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = 1_000_000_000  # type: ignore[attr-defined]
    _build_models(litellm)
    return litellm


def _ignore_own_warnings() -> None:
    """Put the filter that litellm sets when it is imported back in place: where warnings are errors, streams break.

    A filter lasts only as long as the block of `warnings.catch_warnings` it was set in, for example one test.
    """
    if _OWN_WARNING not in warnings.filters:
        warnings.filters.insert(0, _OWN_WARNING)  # type: ignore[attr-defined]


def _build_models(litellm: Any) -> None:
    """Have pydantic build litellm's reply classes now: deferred to the first reply, it warns where nobody expects it.

    litellm silences those warnings when it is imported, which lasts only as long as the filters of that moment.
    """
    litellm.ModelResponse()
    litellm.types.utils.ModelResponseStream(choices=[litellm.types.utils.StreamingChoices()])
