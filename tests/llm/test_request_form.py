"""The tools a request offers, and a request as a person reads it."""

from __future__ import annotations

import pytest

from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.tool import as_tool
from statek_jupyter.llm.model import ModelRequest
from statek_jupyter.llm.request_preview import request_preview
from statek_jupyter.llm.tool_schemas import PYTHON_TOOL, request_tools


def find(query: str, limit: int = 10) -> list[str]:
    """Find pages."""
    return [query] * limit


def _hidden() -> None:
    """Not for models."""


def test_tools_are_offered_only_where_code_is_called() -> None:
    """In text styles the prompt tells of them instead."""
    tools = [as_tool(find), as_tool(_hidden)]
    assert all(request_tools(tools, style) == () for style in (None, ChatStyle.CONSOLE, ChatStyle.MD_DIALOG))
    python, own = request_tools(tools, ChatStyle.DIRECT)
    assert python is PYTHON_TOOL
    assert own["function"]["name"] == "find" and own["function"]["description"] == "Find pages."
    assert own["function"]["parameters"]["required"] == ["query"]


def test_a_preview_shows_everything_that_would_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message under its role, calls with their arguments, tools as JSON, and no key."""
    monkeypatch.setenv("MY_API_KEY", "do-not-show-this")
    call = {"id": "c1", "type": "function", "function": {"name": "python", "arguments": '{"code": "1"}'}}
    said = (
        {"role": "system", "content": "Be brief. do-not-show-this"},
        {"role": "user", "content": "What is 1?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
    )
    text = request_preview(ModelRequest("openai/x", said, turn=2, tools=(PYTHON_TOOL,), temperature=0.3))
    first, *_ = text.splitlines()
    assert first.startswith("model openai/x · request 2 · 4 messages · about ") and "temperature 0.3" in first
    for piece in (
        "--- user\nWhat is 1?",
        '[calls python as c1: {"code": "1"}]',
        "--- tool (answers c1)\n1",
        '"name": "python"',
    ):
        assert piece in text
    assert "do-not-show-this" not in text
