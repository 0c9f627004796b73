"""Agents that delegate, for tests: factories that are found by import, as in a user's module."""

from __future__ import annotations

from typing import Any

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.subtask import complete_sub_task, subtask
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel


def code(*lines: str) -> str:
    """A reply that runs these lines."""
    return "```python\n" + "\n".join(lines) + "\n```"


@subtask
def research(topic: str, **kwargs: Any) -> Job:
    """Let somebody look into a topic."""
    job = Job(JobDef(Agent("researcher", metadata={"MODEL": "scripted/researcher"})))
    job.add_locals(topic=topic)
    return job


@subtask
def split(depth: int, **kwargs: Any) -> Job:
    """Let somebody do a part, who may do the same."""
    job = Job(JobDef(Agent("splitter", tools=[split], metadata={"MODEL": "scripted/splitter"})))
    job.add_locals(depth=depth)
    return job


def research_many(topics: list[str]) -> list[Any]:
    """Let several look at once."""
    return [research(topic, id=topic) for topic in topics]


@subtask
async def research_later(topic: str, **kwargs: Any) -> Job:
    """The same, as a coroutine."""
    return research(topic).job  # type: ignore[no-any-return]


@subtask
def ask_nobody(**kwargs: Any) -> Job:
    """A subtask whose model nobody knows."""
    return Job(JobDef(Agent("nobody", metadata={"MODEL": "scripted/unknown to all"})))


def finish_early(text: str) -> None:
    """Tell the parent, and go on."""
    complete_sub_task(text)


@subtask
def early(**kwargs: Any) -> Job:
    """A subtask that tells its outcome before it ends."""
    return Job(JobDef(Agent("early", tools=[finish_early], metadata={"MODEL": "scripted/early"})))


TOOLS = (research, research_many, research_later, split, ask_nobody, early)


def boss(*replies: Any, limits: JobLimits | None = None, name: str = "boss") -> JobDef:
    """A definition whose agent can delegate."""
    register_model(name, ScriptedModel(list(replies)))
    return JobDef(Agent(name, tools=TOOLS, metadata={"MODEL": f"scripted/{name}"}), limits=limits)


def researchers(*replies: Any) -> None:
    """What every researcher says."""
    register_model("researcher", ScriptedModel(list(replies)))
