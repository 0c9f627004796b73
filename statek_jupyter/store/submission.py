"""Taking a job into the store: encoded on the caller's thread, written in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import JobStateError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.executors.job_id import job_id, job_number
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.executors.subtask import HANDLER_LOCAL
from statek_jupyter.redaction import data_without_secrets
from statek_jupyter.store import arguments
from statek_jupyter.store.copies import Copied, Reference, fingerprint
from statek_jupyter.store.locals import encode_values, give
from statek_jupyter.store.root import Root
from statek_jupyter.store.sub_tasks import adopt

if TYPE_CHECKING:
    from statek_jupyter.store.store import Store


class AgentOrder:
    """An agent on its way into the store. The same role is the same agent; what differs is updated."""

    def __init__(self, agent: Agent) -> None:
        self.role = agent.role
        self._mark = fingerprint(agent)
        self._copied = Copied(agent)

    def write(self, root: Root) -> Agent:
        stored: Agent | None = root.agents.get(self.role)
        if stored is None:
            stored = root.agents[self.role] = self._new()
        elif getattr(stored, "fingerprint", None) != self._mark:
            stored.update_from(self._new())
            vars(stored)["fingerprint"] = self._mark
            stored._p_changed = True
        return stored

    def _new(self) -> Agent:
        agent: Agent = self._copied.paste(_nothing)
        vars(agent)["fingerprint"] = self._mark
        return agent


class _DefinitionOrder:
    def __init__(self, mark: str, definition: JobDef) -> None:
        self._mark = mark
        self._copied = Copied(definition)
        self.agents = {role: AgentOrder(agent) for role, agent in self._copied.agents.items()}

    def write(self, root: Root) -> JobDef:
        found: JobDef | None = root.definitions.get(self._mark)
        if found is None:
            found = self._copied.paste(lambda reference: root.agents[reference[1]])
            vars(found)["fingerprint"] = self._mark
            root.definitions[self._mark] = found
        return found


class _HandlerOrder:
    """What the parent will know of a subtask: the caller's handler without its job, or a new one."""

    def __init__(self, handler: SubTaskHandler | None) -> None:
        state = {"id": None} if handler is None else vars(handler)
        kept = {name: value for name, value in state.items() if name != "job"}
        self._copied = Copied((type(handler) if handler is not None else SubTaskHandler, kept))

    def make(self, job: Job) -> SubTaskHandler:
        kind, kept = self._copied.paste(_nothing)
        made: SubTaskHandler = kind.__new__(kind)
        vars(made).update(kept, job=job)
        return made


class JobOrder:
    """A job on its way into the store.

    Args:
        job: The caller's job, or the handler of a subtask and with it its job; copied, and stays what it is.
        number: The stored job's number.
        message: Added to the chat log.
        values: Added to the job's variables.
        name: The stored job's name; the caller's job's own when None.
        parent: Number of the stored parent job.
        home: Presence id of this process.
        priority: The stored job's.

    Raises:
        NotDurableError: A value or a callable cannot be stored; nothing was written.
    """

    def __init__(
        self,
        job: object,
        number: int,
        *,
        message: str | None = None,
        values: Mapping[str, Any] | None = None,
        name: str | None = None,
        parent: int | None = None,
        home: str | None = None,
        priority: int = 0,
    ) -> None:
        if not isinstance(job, Job | SubTaskHandler):
            raise TypeError(f"a store takes a Job or a JobDef, not {type(job).__name__}: make one with JobDef(agent)")
        given = job if isinstance(job, SubTaskHandler) else None
        job = _job_of(job)
        if job.number is not None:
            raise JobStateError(job.id, "is in a store already")
        self.number = number
        self._message, self._name = arguments.optional_text("message", message), arguments.optional_text("name", name)
        self._parent, self._home = parent, home
        self.model = job.concrete_model()
        self._priority = arguments.priority(priority)
        variables = {**job.py_env.local_state.unsaved, **arguments.variables(values or {})}
        own = variables.get(HANDLER_LOCAL)
        if isinstance(own, SubTaskHandler) and own.job is job:
            del variables[HANDLER_LOCAL]  # the store has a place for it
            given = own if given is None else given
        self._handler = _HandlerOrder(given)
        self._change = encode_values(variables, job_id=job_id(number), strict=True) if variables else None
        self._copied = Copied(job)
        self._definitions = {mark: _DefinitionOrder(mark, one) for mark, one in self._copied.definitions.items()}

    def write(self, root: Root) -> bool:
        """Put the job into the store; runs again from the start when the transaction is tried again.

        False and nothing done when another process took the number, which takes more processes than there are lanes.
        """
        if root.catalog.get(self.number) is not None:
            return False
        for definition in self._definitions.values():
            for agent in definition.agents.values():
                agent.write(root)
        job: Job = self._copied.paste(lambda reference: self._resolve(root, reference))
        job.number, job.home = self.number, self._home
        job.name = data_without_secrets(self._name if self._name is not None else job.name)
        job.priority = self._priority
        if self._parent is not None:
            job.parent_job = root.job(self._parent)
        if self._message is not None:
            job.chat_log.append(UserLogItem(self._message))
        root.add(job)
        if job.parent_job is not None:
            handler = self._handler.make(job)
            adopt(root, job, handler)
            job.name = job.name or (handler.id if isinstance(handler.id, str) else None)
            handler.id = job.name if handler.id is None else handler.id
        if self._change is not None:
            give(job.py_env.local_state, self._change)
        return True

    def _resolve(self, root: Root, reference: Reference) -> Any:
        kind, key = reference
        if kind == "definition":
            return self._definitions[key].write(root)
        return root.agents[key] if kind == "agent" else root.job(key)


def _job_of(started: Job | SubTaskHandler) -> Job:
    if isinstance(started, Job):
        return started
    if not isinstance(started.job, Job):
        raise JobStateError(getattr(started, "job_id", None), "is a subtask in a store already")
    return started.job


def _nothing(reference: Reference) -> Any:
    raise JobStateError(None, f"an agent cannot refer to {reference[0]} {reference[1]!r}")


def sub_task_order(store: Store, parent: str, started: Job | SubTaskHandler) -> JobOrder:
    """A subtask of a stored job, made by that job's code."""
    job = _job_of(started)
    job.parent_job = None  # its factory knows the running job only by what stands for it
    database = store._open()
    return JobOrder(started, database.clock.next(), parent=job_number(parent), home=database.presence.id)
