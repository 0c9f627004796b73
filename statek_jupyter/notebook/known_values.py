"""The values Tab may offer, from what is already in memory: nothing is opened for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.launch.order import style_names
from statek_jupyter.llm.registry import registered_models
from statek_jupyter.notebook.bridge import notebook_roles, variable_names

if TYPE_CHECKING:
    from statek_jupyter.notebook.session import Session

STATUSES = tuple(status.name.lower() for status in JobStatus)
JOBS_OFFERED = 30
PROVIDERS = ("openai/", "anthropic/", "openrouter/", "ollama/", "human")
LOCALES = ("en-GB", "en-US", "pl-PL", "de-DE", "fr-FR", "es-ES", "it-IT")
"""Those with language rules of their own."""


class KnownValues:
    """Values by kind, for one notebook."""

    def __init__(self, session: Session, namespace: Mapping[str, Any]) -> None:
        self._session = session
        self._namespace = namespace

    def __call__(self, kind: str) -> Iterable[str]:
        """The values of a kind, in the order they are offered."""
        if kind == "variable":
            return variable_names(self._namespace)
        if kind == "agent":
            return sorted({*notebook_roles(self._namespace), *self._stored_roles()})
        if kind == "model":
            return [*(f"scripted/{name}" for name in registered_models()), *PROVIDERS]
        if kind == "job":
            return [handle.id for row in self._session.opened for handle in row.store.jobs(limit=JOBS_OFFERED)]
        fixed = {"style": style_names(), "locale": LOCALES, "status": STATUSES, "worker": ("start", "stop")}
        return fixed.get(kind, ())

    def _stored_roles(self) -> set[str]:
        return {role for row in self._session.opened for role in row.store.read(lambda root: list(root.agents))}
