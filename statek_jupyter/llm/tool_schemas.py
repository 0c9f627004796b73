"""The tools a request offers, in OpenAI's form: ``python`` for code, and each of the agent's tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.tool import Tool

PYTHON_TOOL: Mapping[str, Any] = {
    "type": "function",
    "function": {
        "name": "python",
        "description": (
            "Run Python in the job's workspace. Variables stay from call to call. What the code prints, the value of "
            "each expression at top level and its error come back as the result."
        ),
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "Python source; `await` works at top level."}},
            "required": ["code"],
        },
    },
}


def request_tools(tools: Iterable[Tool], style: ChatStyle | None) -> tuple[Mapping[str, Any], ...]:
    """The tools of a request; none for styles whose code is text."""
    if style is None or not style.uses_tool_calls:
        return ()
    return (PYTHON_TOOL, *(tool_schema(tool) for tool in tools if not tool.internal))


def tool_schema(tool: Tool) -> dict[str, Any]:
    """One of the agent's tools as a function tool."""
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}
