"""The next request of a job: its system prompt, its chat log as messages, the tools its style offers."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field

from statek_jupyter.engine.prompt import system_prompt
from statek_jupyter.executors.chat_log import ChatLogEntry, ChatLogItem
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.job import Job
from statek_jupyter.llm.model import Message, ModelRequest
from statek_jupyter.llm.tool_schemas import request_tools
from statek_jupyter.llm.transcript import assemble, item_messages


@dataclass(slots=True)
class MessageCache:
    """Messages of finished entries, which never change; a long job builds them once per process."""

    parts: list[tuple[Message, ...]] = field(default_factory=list)

    def all_parts(
        self, entries: Sequence[ChatLogEntry], style: ChatStyle | None, hint: str | None = None
    ) -> list[tuple[Message, ...]]:
        """The messages of a chat log, see `item_messages`; reads only the entries not yet seen finished."""
        known = len(self.parts)
        fresh = [(entry, item_messages(entry, style, hint=hint)) for entry in entries[known:]]
        for entry, part in fresh:
            if not _finished(entry):
                break
            self.parts.append(part)
        return [*self.parts, *(part for _, part in fresh[len(self.parts) - known :])]


def _finished(entry: ChatLogEntry) -> bool:
    return not isinstance(entry, ChatLogItem) or entry.executed


def build_request(job: Job, turn: int, cache: MessageCache | None = None) -> ModelRequest:
    """The request for one turn; called inside a read of the store, or with a job that no store holds."""
    parts = (cache or MessageCache()).all_parts(job.chat_log, job.chat_style, job.language_hint)
    return ModelRequest(
        model=job.concrete_model(),
        messages=assemble(parts, system_prompt=job_system_prompt(job)),
        turn=turn,
        tools=request_tools(job.job_def.agent.tools, job.chat_style),
        temperature=job.job_def.temperature,
        job_id=job.id,
    )


def job_system_prompt(job: Job) -> str:
    """The whole system prompt of a job."""
    return system_prompt(
        job.system_prompt(),
        job.chat_style,
        tool_stubs=[tool.stub() for tool in job.job_def.agent.tools],
        language_rule=job.language_rule or "",
        python_version=".".join(platform.python_version_tuple()[:2]),
    )
