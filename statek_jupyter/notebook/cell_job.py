"""A ``%%statek_job`` cell becomes a job, or a look at its first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError
from statek_jupyter.launch.order import JobOrder, read_order
from statek_jupyter.launch.submit import find_agent, preview_job, submit_job
from statek_jupyter.notebook.arguments import CellLine
from statek_jupyter.notebook.bridge import chosen_variables, notebook_agent

if TYPE_CHECKING:
    from statek_jupyter.executors.agent import Agent
    from statek_jupyter.notebook.session import Session
    from statek_jupyter.store import JobHandle, Store

BODY = "-"
"""As the value of ``--ask``: the text of the cell."""


@dataclass(frozen=True, slots=True)
class CellJob:
    """What a cell asks for, everything in it read and checked that needs no store."""

    line: CellLine
    order: JobOrder
    variables: Mapping[str, Any]
    own_agent: Agent | None
    """The agent of that role the notebook holds in a variable."""

    def submit(self, session: Session) -> JobHandle:
        """Commit the job; the session's worker runs it in the background."""
        store = session.store(self.line.store)
        return submit_job(store, self.order, self._agent(store), session.default_model, self.variables)

    def preview(self, session: Session) -> str:
        """The exact first request as text; nothing is stored and no model is called."""
        agent = self.own_agent or find_agent(session.store(self.line.store), self.order.agent)
        return preview_job(self.order, agent, session.default_model, self.variables)

    def _agent(self, store: Store) -> Agent:
        """The notebook's own agent is what its cells define now, so it goes before the stored one."""
        return self.own_agent or find_agent(store, self.order.agent)


def read_cell(line: CellLine, body: str, namespace: Mapping[str, Any]) -> CellJob:
    """Read a cell.

    Args:
        line: Its first line.
        body: The rest: the job's warmup code, or with ``--ask -`` its first message.
        namespace: The notebook's variables.

    Raises:
        UserError: Something in it is wrong; nothing was done.
    """
    values = dict(line.job_values)
    if values.get("ask") == BODY:
        if not body.strip():
            raise BadOptionError(f"--ask {BODY}", "means the text below the line, and there is none")
        values["ask"], body = body.strip(), ""
    order = read_order(values, name=line.name, warmup=body)
    agent = notebook_agent(order.agent, namespace) if order.agent else None
    return CellJob(line, order, chosen_variables(line.with_names, namespace), agent)
