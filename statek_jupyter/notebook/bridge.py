"""Notebook variables and agents on their way into a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.launch.options import did_you_mean

if TYPE_CHECKING:
    from statek_jupyter.store import JobHandle


def chosen_variables(names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The named variables of the notebook. The job gets copies: the store takes them when the job is submitted.

    Raises:
        BadOptionError: The notebook has no variable of that name.
    """
    names = tuple(names)
    for name in names:
        if name not in namespace:
            near = did_you_mean(name, variable_names(namespace))
            raise BadOptionError("--with", f"the notebook has no variable {name!r}{near}")
    return {name: namespace[name] for name in names}


def copy_into_notebook(job: JobHandle, names: str, namespace: MutableMapping[str, Any]) -> str:
    """Copy variables of a job, as of its last commit, over the notebook's of the same names; says so.

    What is one object in the job is one object in the notebook. Nothing is copied unless all of them can be.

    Args:
        job: The job.
        names: Names, with commas.
        namespace: The notebook's variables.

    Raises:
        BadOptionError: The job has no variable of that name.
    """
    present = job.at(-1).locals
    wanted = [name for name in (part.strip() for part in names.split(",")) if name]
    for name in wanted:
        if name not in present:
            near = did_you_mean(name, present)
            raise BadOptionError("--into-notebook", f"job {job.id} has no variable {name!r}{near}")
    values = {name: present[name] for name in wanted}
    namespace.update(values)
    return f"copied {', '.join(values)} from job {job.id}"


def variable_names(namespace: Mapping[str, Any]) -> list[str]:
    """The variables a person made, without IPython's own."""
    own = {"In", "Out", "exit", "quit", "get_ipython", "open"}
    return sorted(name for name in namespace if not name.startswith("_") and name not in own)


def notebook_agent(role: str, namespace: Mapping[str, Any]) -> Agent | None:
    """The agent the notebook has under this role: the variable of that name, else the last one made with that role."""
    own = [value for name, value in namespace.items() if isinstance(value, Agent) and not name.startswith("_")]
    named = namespace.get(role)
    if isinstance(named, Agent):
        return named
    return next((agent for agent in reversed(own) if agent.role == role), None)


def notebook_roles(namespace: Mapping[str, Any]) -> set[str]:
    """Roles of the agents the notebook holds in variables."""
    return {v.role for name, v in namespace.items() if isinstance(v, Agent) and not name.startswith("_")}
