"""An agent: a role, a prompt, tools and metadata, shared by all its jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from persistent import Persistent

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.model_choice import TaskDifficulty
from statek_jupyter.executors.prompt import fill, parse_system_prompt, with_tools
from statek_jupyter.executors.tool import Tool, as_tool

AnyTool = Callable[..., Any] | Tool


class Agent(Persistent):
    """Who does a job. The same role in one store is one agent.

    Args:
        role: Its name; not empty.
        system_prompt: What its models are told; see `prompt.parse_system_prompt` for sections and placeholders.
        tools: Callables its jobs can call and its models are told of; a name that begins with ``_`` makes one internal.
        internal_tools: Callables its jobs can call and its models are not told of.
        metadata: ``MODEL`` and more; copied, and copied again into each definition. ``MAX_RUNNING_JOBS`` is the most
            jobs of the agent that run at once.
        description: What it can do, in a few words.

    Raises:
        BadOptionError: The role is empty, two tools have one name, or ``MAX_RUNNING_JOBS`` is no whole number above 0.
    """

    def __init__(
        self,
        role: str,
        system_prompt: str = "",
        tools: Iterable[AnyTool] = (),
        internal_tools: Iterable[AnyTool] = (),
        metadata: Mapping[str, str] | None = None,
        description: str = "",
    ) -> None:
        if not isinstance(role, str) or not role.strip():
            raise BadOptionError("role", f"{role!r} is no name for an agent")
        offered = [as_tool(one) for one in tools]
        self.role = role
        self.system_prompt = system_prompt or ""
        self.tools: tuple[Tool, ...] = tuple(one for one in offered if not one.internal)
        hidden = (one for one in offered if one.internal)
        self.internal_tools: tuple[Tool, ...] = (*hidden, *(as_tool(one) for one in internal_tools))
        self.description = description
        self._metadata = dict(metadata or {})
        max_running_jobs(self._metadata)
        _check_names(self.all_tools)

    @property
    def metadata(self) -> Mapping[str, str]:
        """Read only; `update_metadata` replaces it."""
        return MappingProxyType(self._metadata)

    @property
    def all_tools(self) -> tuple[Tool, ...]:
        """Tools, then internal tools."""
        return (*self.tools, *self.internal_tools)

    def tool(self, name: str) -> Tool | None:
        """The tool, internal or not, that jobs call `name`."""
        return next((one for one in self.all_tools if one.name == name), None)

    def append_tool(self, function: AnyTool) -> None:
        """Offer one more tool, in place of one with the same name."""
        new = as_tool(function)
        others = tuple(one for one in (self.internal_tools if new.internal else self.tools) if one.name != new.name)
        if new.internal:
            self.internal_tools = (*others, new)
        else:
            self.tools = (*others, new)

    def format_prompt(
        self,
        difficulty: TaskDifficulty = TaskDifficulty.medium,
        job_params: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> str:
        """The prompt for a job: sections for `difficulty`, tool stubs, placeholders filled; never fails on braces."""
        known = {**(job_params or {}), **values}
        shared = known.get("shared_vars") or ()
        known.setdefault("shared_var_names", ", ".join(str(name) for name in shared))
        text = parse_system_prompt(self.system_prompt).select(difficulty)
        return fill(with_tools(text, self.all_tools), known)

    def update_system_prompt(self, system_prompt: str) -> bool:
        """Replace the prompt; False and nothing written when it is the same."""
        return self._update(system_prompt=system_prompt or "")

    def update_metadata(self, metadata: Mapping[str, str] | None) -> bool:
        """Replace the metadata; existing definitions keep theirs. False and nothing written when it is the same."""
        max_running_jobs(metadata or {})
        return self._update(_metadata=dict(metadata or {}))

    def update_description(self, description: str) -> bool:
        """Replace the description; False and nothing written when it is the same."""
        return self._update(description=description)

    def update_from(self, other: Agent) -> bool:
        """Become what `other` is; False and nothing written when nothing differs. Roles must be equal."""
        if other.role != self.role:
            raise BadOptionError("agent", f"{other.role!r} is another agent than {self.role!r}")
        return self._update(
            system_prompt=other.system_prompt,
            description=other.description,
            _metadata=dict(other.metadata),
            tools=other.tools,
            internal_tools=other.internal_tools,
        )

    def _update(self, **values: Any) -> bool:
        changed = {name: value for name, value in values.items() if getattr(self, name) != value}
        for name, value in changed.items():
            setattr(self, name, value)
        return bool(changed)

    def __repr__(self) -> str:
        return f"<Agent {self.role!r}>"


def _check_names(tools: Iterable[Tool]) -> None:
    names = [one.name for one in tools]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadOptionError("tools", f"two tools are called {', '.join(twice)}: name one of them with @tool(name=...)")


def max_running_jobs(metadata: Mapping[str, str]) -> int | None:
    """``MAX_RUNNING_JOBS`` of an agent's metadata: how many of its jobs run at once at most; None for no limit.

    Raises:
        BadOptionError: It is no whole number above 0.
    """
    text = metadata.get("MAX_RUNNING_JOBS")
    if text is None:
        return None
    if not str(text).strip().isdecimal() or int(text) < 1:
        raise BadOptionError("MAX_RUNNING_JOBS", f"needs a whole number above 0, got {text!r}")
    return int(text)
