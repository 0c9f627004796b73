"""A request as a person reads it before it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator

from statek_jupyter.llm.model import Message, ModelRequest
from statek_jupyter.llm.pricing import estimated_tokens
from statek_jupyter.llm.scripted import request_size
from statek_jupyter.redaction import redact


def request_preview(request: ModelRequest) -> str:
    """The whole request as text: a line of facts, every message under its role, the tools. Keys are removed."""
    return redact("\n\n".join(_parts(request)))


def _parts(request: ModelRequest) -> Iterator[str]:
    yield _facts(request)
    for message in request.messages:
        yield _message(message)
    for tool in request.tools:
        yield f"--- tool\n{json.dumps(tool, indent=2, ensure_ascii=False, default=str)}"


def _facts(request: ModelRequest) -> str:
    facts = [
        f"model {request.model}",
        f"request {request.turn}",
        f"{len(request.messages)} messages",
        f"about {estimated_tokens(request_size(request)):,} tokens",
    ]
    if request.temperature is not None:
        facts.append(f"temperature {request.temperature:g}")
    if request.max_output_tokens is not None:
        facts.append(f"at most {request.max_output_tokens:,} tokens in the reply")
    return " · ".join(facts)


def _message(message: Message) -> str:
    answered = message.get("tool_call_id")
    head = f"--- {message['role']}" + (f" (answers {answered})" if answered else "")
    calls = [
        f"[calls {call['function']['name']} as {call['id']}: {call['function']['arguments']}]"
        for call in message.get("tool_calls") or ()
    ]
    return "\n".join([head, *([message["content"]] if message.get("content") else []), *calls])
