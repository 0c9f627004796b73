"""For tests of agents, yours and ours: a model that answers by script and remembers what it was asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from statek_jupyter.errors import ModelError
from statek_jupyter.llm import registry
from statek_jupyter.llm.model import ModelClient, ModelReply, ModelRequest

__all__ = ["ScriptedTest", "script"]

_numbers = itertools.count(1)


class ScriptedTest:
    """A model of one test, made by `script`."""

    def __init__(self, name: str, client: ModelClient) -> None:
        self.name = name
        """What to put as ``MODEL``."""
        self.requests: list[ModelRequest] = []
        """What it was asked, oldest first; tries that failed too."""
        self._client = client

    @property
    def metadata(self) -> dict[str, str]:
        """``{"MODEL": name}``, for an `Agent` or a `JobDef`."""
        return {"MODEL": self.name}

    @property
    def last_messages(self) -> tuple[Mapping[str, Any], ...]:
        """The OpenAI-style messages of the last request.

        Raises:
            IndexError: It was not asked.
        """
        return tuple(self.requests[-1].messages)

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """Answer as scripted; called by the engine."""
        self.requests.append(request)
        return await self._client.complete(request, on_text)


@contextmanager
def script(replies: Sequence[str | ModelReply | ModelError] | Callable[..., Any]) -> Iterator[ScriptedTest]:
    """Register a model for the length of a ``with`` block, under a name nobody else has.

    Args:
        replies: One per request, as `ScriptedModel` takes them; or a function of ``(messages, **request)``.
    """
    name = f"test-{next(_numbers)}"
    test = ScriptedTest(f"{registry.SCRIPTED}{name}", registry.client_of(replies))
    registry.register_model(name, test)
    try:
        yield test
    finally:
        registry.forget_model(name)
