"""A block of code as a warmup or a reply gives it: Python text, tool calls, metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from statek_jupyter.executors.record import stored

CODE_TOOL_NAMES = frozenset({"python", "python_cli"})
"""Tool calls by these names are code to run in the workspace; every other name is one of the agent's tools."""


@stored
@dataclass(frozen=True, slots=True)
class CallSpec:
    """One tool call asked for by a warmup annotation or by a model."""

    id: str
    func_name: str
    args: tuple[Any, ...] | None = None
    kwargs: Mapping[str, Any] | None = None

    def format(self) -> str:
        """The call as Python text, for people."""
        parts = [repr(arg) for arg in self.args or ()]
        parts += [f"{name}={value!r}" for name, value in (self.kwargs or {}).items()]
        return f"{self.func_name}({', '.join(parts)})"


class CodeBlock:
    """Code, tool calls and metadata of one block; an immutable value that pickles as its three parts.

    Equal to another block with the same code, calls and metadata, and to a ``str`` when it is only that code.
    """

    __slots__ = ("code", "metadata", "tool_calls")

    code: str | None
    tool_calls: tuple[CallSpec, ...] | None
    metadata: Mapping[str, Any] | None

    def __init__(
        self,
        code: str | None = None,
        tool_calls: Iterable[CallSpec] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        calls = tuple(tool_calls or ())
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "tool_calls", calls or None)
        object.__setattr__(self, "metadata", MappingProxyType(dict(metadata)) if metadata else None)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a CodeBlock does not change: make a new one with another {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a CodeBlock does not change: {name} stays")

    def __reduce__(self) -> tuple[Any, ...]:
        return CodeBlock, (self.code, self.tool_calls, dict(self.metadata) if self.metadata else None)

    @property
    def hidden(self) -> bool:
        """Whether the block is kept from the model: metadata ``hidden`` is exactly True."""
        return self.metadata is not None and self.metadata.get("hidden") is True

    def get_tool_calls(self, accept: Callable[[CallSpec], bool] | None = None) -> list[CallSpec] | None:
        """The calls `accept` takes, in order; None when there are none."""
        calls = [call for call in self.tool_calls or () if accept is None or accept(call)]
        return calls or None

    def get_regular_tool_calls(self) -> list[CallSpec] | None:
        """Calls of the agent's tools, in order; None when there are none."""
        return self.get_tool_calls(lambda call: call.func_name not in CODE_TOOL_NAMES)

    def get_cli_tool_calls(self) -> list[CallSpec] | None:
        """Calls whose argument is code to run in the workspace; None when there are none."""
        return self.get_tool_calls(lambda call: call.func_name in CODE_TOOL_NAMES)

    def get_tool_call_id(self, call: CallSpec) -> str | None:
        """The id of exactly this call object; None when it is not one of this block."""
        return next((one.id for one in self.tool_calls or () if one is call), None)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return not self.tool_calls and not self.metadata and (self.code or "") == other
        if not isinstance(other, CodeBlock):
            return NotImplemented
        return (self.code or "", self.tool_calls, self.metadata) == (other.code or "", other.tool_calls, other.metadata)

    def __hash__(self) -> int:
        return hash(self.code or "")

    def __repr__(self) -> str:
        metadata = dict(self.metadata) if self.metadata else None
        return f"CodeBlock(code={self.code!r}, tool_calls={self.tool_calls!r}, metadata={metadata!r})"
