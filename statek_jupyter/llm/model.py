"""What a model client is asked and what it answers: plain data and one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from statek_jupyter.executors.usage import CostSource, ModelPricing

Message = dict[str, Any]
"""An OpenAI-style chat message: ``role``, ``content``, and ``tool_calls`` or ``tool_call_id`` where they apply."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request. Everything in it is JSON-able, so that it can be shown as it was sent."""

    model: str
    """The model as the job names it, for example ``openai/gpt-5-mini`` or ``scripted/demo``."""
    messages: tuple[Message, ...]
    turn: int = 1
    """Which request of the job this is, from 1; a scripted model answers by it."""
    tools: tuple[Mapping[str, Any], ...] = ()
    """OpenAI-style function tools; empty for text styles."""
    temperature: float | None = None
    max_output_tokens: int | None = None
    timeout_seconds: float = 600.0
    """Limit for the whole reply."""
    stall_seconds: float = 120.0
    """Limit between two pieces of a streamed reply, the first included."""
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of a reply, its arguments parsed."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    arguments_error: str | None = None
    """Why the arguments could not be read as a JSON object, or None."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Token counts of one call; ``input_tokens`` includes cached, ``output_tokens`` includes reasoning."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    """True when counted by us because the provider sent no counts."""


@dataclass(frozen=True, slots=True)
class ModelReply:
    """One reply, as received. Model functions and scripts may return it in place of a text."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    finish_reason: str | None = None
    usage: TokenUsage | None = None
    cost_usd: Decimal | None = None
    """None when nobody knows; never 0 for unknown."""
    cost_source: CostSource = "unknown"
    pricing: ModelPricing | None = None
    seconds: float = 0.0
    seconds_to_first_text: float | None = None
    response_model: str | None = None
    request_id: str | None = None
    bytes_sent: int = 0
    bytes_received: int = 0
    context_limit: int | None = None
    """Most input tokens the model takes; None when nobody knows."""


class ModelClient(Protocol):
    """Anything that answers requests.

    A client runs on an event loop of its own, so that one that blocks blocks nobody else. One with ``blocks_nobody``
    set is trusted to run on the caller's; one with ``answers_in_time = False`` may take longer than the request allows.
    """

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """Answer one request with exactly one provider call.

        Args:
            request: What to ask.
            on_text: Called with pieces of the reply as they arrive, when somebody is looking; may be ignored.

        Raises:
            ModelError: The request failed; ``kind`` says how. Retrying is the caller's business.
        """
