"""Definitions for tests: a scripted agent, and what its job printed."""

from __future__ import annotations

from typing import Any

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle


def define(replies: list[Any], **options: Any) -> JobDef:
    """A definition whose model answers with these replies."""
    register_model("test", ScriptedModel(replies))
    tools = options.pop("tools", ())
    agent = Agent("tester", "Test.", tools=tools, metadata={"MODEL": "scripted/test"})
    return JobDef(agent, **options)


def outputs(handle: JobHandle) -> str:
    """Everything the job printed and echoed."""
    return "".join(handle.console)
