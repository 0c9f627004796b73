"""From what a person asks for to a committed job; every check comes before the first write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.engine.first_request import first_request
from statek_jupyter.engine.prompt import DEFAULT_ROLE
from statek_jupyter.errors import UnknownAgentError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.model_choice import TaskDifficulty
from statek_jupyter.launch.order import JobOrder
from statek_jupyter.llm import registry
from statek_jupyter.llm.request_preview import request_preview

if TYPE_CHECKING:
    from statek_jupyter.store import JobHandle, Store


def define_job(order: JobOrder, agent: Agent, default_model: str | None) -> JobDef:
    """The definition of the job.

    Args:
        order: What was asked for.
        agent: Who does it.
        default_model: The MODEL when neither the order nor the agent names one.

    Raises:
        MissingModelError: Nobody names a model.
    """
    metadata = dict(agent.metadata or {})
    model = order.model or metadata.get("MODEL") or default_model
    if model:
        metadata["MODEL"] = model
    return JobDef(
        agent,
        metadata,
        dict(order.params) if order.params is not None else None,
        order.warmup,
        order.style,
        order.locale,
        limits=order.limits,
    )


def find_agent(store: Store, role: str | None) -> Agent:
    """The agent of this role in the store; the general one that writes Python when no role is given."""
    try:
        return store.agent(role or DEFAULT_ROLE)
    except UnknownAgentError:
        if role and role != DEFAULT_ROLE:
            raise
        return Agent(DEFAULT_ROLE, description="writes Python to do what the person asks")


def submit_job(
    store: Store, order: JobOrder, agent: Agent, default_model: str | None, variables: Mapping[str, Any] | None = None
) -> JobHandle:
    """Commit the job; it is durable when this returns.

    Raises:
        MissingModelError: Nobody names a model.
        UnknownModelError: Nothing answers to the model's name.
        MissingKeyError: The model's provider needs a key that is not set.
        NotDurableError: A variable cannot be stored.
    """
    definition = define_job(order, agent, default_model)
    for model in dict.fromkeys(definition.model_choice.name_for(difficulty).text for difficulty in TaskDifficulty):
        registry.check(model)
    return store.submit(definition, message=order.ask, locals=variables, name=order.name, priority=order.priority)


def preview_job(
    order: JobOrder, agent: Agent, default_model: str | None, variables: Mapping[str, Any] | None = None
) -> str:
    """The exact first request of the job, as text. Nothing is stored and no model is called.

    Raises:
        MissingModelError: Nobody names a model.
    """
    definition = define_job(order, agent, default_model)
    return request_preview(first_request(definition, message=order.ask, locals=variables))
