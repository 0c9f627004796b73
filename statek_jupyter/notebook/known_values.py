"""The values Tab may offer, from what is already in memory: nothing is opened for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.engine.prompt import DEFAULT_ROLE
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.launch.order import style_names
from statek_jupyter.llm.registry import registered_models
from statek_jupyter.notebook.bridge import notebook_roles, variable_names

if TYPE_CHECKING:
    from statek_jupyter.notebook.session import Session

JOBS_OFFERED = 30
PROVIDERS = ("openai/", "anthropic/", "openrouter/", "ollama/", "human")
FIXED = {
    "style": style_names(),
    "locale": ["en-GB", "en-US", "pl-PL", "de-DE", "fr-FR", "es-ES", "it-IT"],
    "status": [status.name.lower() for status in JobStatus],
    "worker": ["start", "stop"],
}


def known_values(kind: str, session: Session, namespace: Mapping[str, Any]) -> Iterable[str]:
    """The values of a kind, in the order they are offered.

    Args:
        kind: As the tables of options and commands name it.
        session: Its open stores are asked for jobs and agents.
        namespace: The notebook's variables.
    """
    if kind == "variable":
        return variable_names(namespace)
    if kind == "agent":
        return sorted({DEFAULT_ROLE, *notebook_roles(namespace), *_stored_roles(session)})
    if kind == "model":
        return [*(f"scripted/{name}" for name in registered_models()), *PROVIDERS]
    if kind == "job":
        return [handle.id for row in session.opened for handle in row.store.jobs(limit=JOBS_OFFERED)]
    return FIXED.get(kind, [])


def _stored_roles(session: Session) -> set[str]:
    return {role for row in session.opened for role in row.store.read(lambda root: list(root.agents))}
