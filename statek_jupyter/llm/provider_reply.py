"""A provider's answer, whole or in pieces, as a `ModelReply`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from statek_jupyter.llm.model import ModelReply, ModelRequest, TokenUsage, ToolCall
from statek_jupyter.llm.pricing import estimated_tokens
from statek_jupyter.llm.scripted import reply_size, request_size


@dataclass
class _CallParts:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class ReplyParts:
    """A reply as it comes together."""

    opened: bool = False
    """Whether the server has begun to stream it."""
    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    response_model: str | None = None
    request_id: str | None = None
    calls: dict[int, _CallParts] = field(default_factory=dict)
    """By their index in the reply."""

    def add_chunk(self, chunk: Any) -> str:
        """Take in one chunk of a stream; returns the text it brings."""
        self._note(chunk)
        for choice in chunk.choices[:1]:
            self.finish_reason = choice.finish_reason or self.finish_reason
            return self._take(choice.delta)
        return ""

    def add_response(self, response: Any) -> None:
        """Take in a whole response."""
        self._note(response)
        for choice in response.choices[:1]:
            self.finish_reason = choice.finish_reason
            self._take(choice.message)

    def _note(self, answer: Any) -> None:
        self.response_model = getattr(answer, "model", None) or self.response_model
        self.request_id = getattr(answer, "id", None) or self.request_id

    def _take(self, message: Any) -> str:
        text = _text(getattr(message, "content", None))
        self.text += text
        self.reasoning += _text(getattr(message, "reasoning_content", None))
        for position, call in enumerate(getattr(message, "tool_calls", None) or ()):
            index = getattr(call, "index", None)
            parts = self.calls.setdefault(position if index is None else index, _CallParts())
            parts.id = call.id or parts.id
            parts.name += call.function.name or ""
            parts.arguments += call.function.arguments or ""
        return text

    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls in order, each with an id of its own."""
        ordered = [parts for _, parts in sorted(self.calls.items())]
        taken: set[str] = set()
        calls: list[ToolCall] = []
        for number, parts in enumerate(ordered, 1):
            call_id = parts.id if parts.id and parts.id not in taken else f"{parts.id or 'call'}-{number}"
            taken.add(call_id)
            calls.append(tool_call(call_id, parts.name, parts.arguments))
        return tuple(calls)

    def reply(self, request: ModelRequest, usage: TokenUsage | None) -> ModelReply:
        """The reply so far, its usage estimated when there is none; cost and times are the caller's."""
        said = ModelReply(
            text=self.text,
            tool_calls=self.tool_calls(),
            reasoning=self.reasoning,
            finish_reason=self.finish_reason,
            response_model=self.response_model,
            request_id=self.request_id,
        )
        sent, received = request_size(request), reply_size(said)
        estimate = TokenUsage(estimated_tokens(sent), 0, estimated_tokens(received), 0, estimated=True)
        return replace(said, usage=usage or estimate, bytes_sent=sent, bytes_received=received)


def tool_call(call_id: str, name: str, arguments: str) -> ToolCall:
    """A call with its arguments read; what is no JSON object is reported in the call, never raised."""
    try:
        values = json.loads(arguments or "{}")
    except ValueError as error:
        return ToolCall(call_id, name, {}, f"the arguments are not JSON ({error}): {_shortened(arguments)}")
    if not isinstance(values, dict):
        return ToolCall(call_id, name, {}, f"the arguments are not a JSON object: {_shortened(arguments)}")
    return ToolCall(call_id, name, values)


def token_usage(reported: Any) -> TokenUsage | None:
    """The provider's counts; None when it sent none, or only zeros, which no call can have used."""
    counts = (_count(reported, "prompt_tokens"), _count(reported, "completion_tokens"))
    if not any(counts):
        return None
    return TokenUsage(
        input_tokens=counts[0],
        cached_tokens=_count(getattr(reported, "prompt_tokens_details", None), "cached_tokens"),
        output_tokens=counts[1],
        reasoning_tokens=_count(getattr(reported, "completion_tokens_details", None), "reasoning_tokens"),
    )


def last_usage(chunks: Iterable[Any]) -> Any:
    """The last usage the provider sent in a stream, or None."""
    found = [usage for chunk in chunks if (usage := getattr(chunk, "usage", None)) is not None]
    return found[-1] if found else None


def _count(holder: Any, name: str) -> int:
    value = getattr(holder, name, None)
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _text(content: Any) -> str:
    """Text of a content field: a text, nothing, or a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
