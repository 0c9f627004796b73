"""A thread-safe view of one stored job: holds the store and the id, reads afresh each time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from statek_jupyter.errors import BadOptionError, JobStateError
from statek_jupyter.executors.chat_log import ChatLogEntry
from statek_jupyter.executors.inbox import InboxMessage, Message, ResumeRequest, StopRequest
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.executors.usage import LLM_Usage
from statek_jupyter.store import arguments
from statek_jupyter.store.handle_waiting import WaitsForJob, settled_status
from statek_jupyter.store.once import once
from statek_jupyter.store.sub_tasks import count_deleted, descendants, forget_sub_task, stop_below, subtree_usage

if TYPE_CHECKING:
    from statek_jupyter.store.history.diff import LocalsDiff
    from statek_jupyter.store.history.view import JobView
    from statek_jupyter.store.root import Root
    from statek_jupyter.store.store import Store

T = TypeVar("T")


_NOTHING: Any = object()


class JobHandle(WaitsForJob):
    """See the module's text. Two handles of the same job in stores at the same place are equal."""

    def __init__(self, store: Store, id: str) -> None:
        self.store = store
        self.id = id

    def read(self, fn: Callable[[Job], T]) -> T:
        """``fn(job)`` on a fresh snapshot; it returns plain data.

        Raises:
            UnknownJobError: The job was deleted.
        """
        __tracebackhide__ = True
        return self.store.read(lambda root: fn(root.job(self.id)))

    # --- what the job is ---------------------------------------------------------------------------------

    @property
    def name(self) -> str | None:
        return self.read(lambda job: job.name)

    @property
    def status(self) -> JobStatus:
        return self.read(lambda job: job.status)

    @property
    def error(self) -> JobDefError | None:
        """A copy of what ended the job, or None."""
        return self.read_copy(lambda job: job.error)

    @property
    def result(self) -> Any:
        """What the job's code passed to ``exit``, else its final answer; None while it runs."""
        variable = self.read(lambda job: job.py_env.exit_variable if job.py_env.exited else None)
        return self.read(lambda job: job.result) if variable is None else self.locals[variable]

    @property
    def awaiting(self) -> str | None:
        """What a SUSPENDED job waits for, for people."""
        return self.read(lambda job: job.awaiting)

    @property
    def created_at(self) -> datetime:
        return self.read(lambda job: job.created_at)

    @property
    def model(self) -> str | None:
        return self.read(lambda job: job.model)

    @property
    def agent(self) -> str:
        """The agent's role."""
        return self.read(lambda job: job.job_def.agent.role)

    @property
    def turns(self) -> int:
        """How many model replies the job has kept."""
        return self.read(lambda job: job.num_turns)

    @property
    def usage(self) -> LLM_Usage:
        return self.read(lambda job: job.usage)

    @property
    def subtree_usage(self) -> LLM_Usage:
        """The usage of the job and of all jobs ever made below it."""
        return self.read(subtree_usage)

    @property
    def console(self) -> list[str]:
        """Everything the job printed, oldest first."""
        return self.read(lambda job: list(job.py_env.console))

    @property
    def chat_log(self) -> list[ChatLogEntry]:
        """Copies of the entries, oldest first."""
        return self.read_copy(lambda job: list(job.chat_log))

    @property
    def locals(self) -> Mapping[str, Any]:
        """The job's variables as of its last commit; each is loaded when it is asked for, as a copy.

        What is one object in the job is one object in the mapping; another mapping has copies of its own.
        """
        from statek_jupyter.store.history.present_locals import PresentLocals

        return PresentLocals(self)

    @property
    def parent(self) -> JobHandle | None:
        found = self.read(lambda job: None if job.parent_job is None else job.parent_job.id)
        return None if found is None else JobHandle(self.store, found)

    @property
    def children(self) -> list[JobHandle]:
        """Its subtasks, oldest first."""
        return list(reversed(self.store.jobs(parent=self, limit=None)))

    def read_copy(self, part: Callable[[Job], T]) -> T:
        """A copy of a part of the job that need not be plain data; other jobs in it become handles."""
        from statek_jupyter.store.copies import Copied

        copied = self.read(lambda job: Copied(part(job), outwards=True))
        value: T = copied.paste(lambda reference: self.store.resolve(reference))
        return value

    # --- its turns ---------------------------------------------------------------------------------------

    def at(self, turn: int) -> JobView:
        """The job as it was after a turn: 0 is after the warmup, `turns` the last one, -1 the last one, too.

        Raises:
            UnknownTurnError: The job has no such turn.
        """
        from statek_jupyter.store.history.view import JobView

        return JobView(self, turn)

    def diff(self, a: int, b: int) -> LocalsDiff:
        """What is different in the variables after turn `b`, compared with those after turn `a`.

        Raises:
            UnknownTurnError: The job has no such turn.
        """
        from statek_jupyter.store.history.diff import diff_locals

        return diff_locals(self.at(a), self.at(b))

    def fork(
        self,
        at: int | None = None,
        *,
        model: str | None = None,
        message: str | None = None,
        metadata: Mapping[str, str] | None = None,
        name: str | None = None,
        key: str | None = None,
    ) -> JobHandle:
        """A new job that goes on from a turn of this one, which stays as it is. They share what neither changes.

        Subtasks that had completed come along as copies; handlers of those that were running have an error.

        The new job asks the model next, as if the turns after `at` had not been. If that turn was one the job itself
        ended with, it is DONE like the original, until it gets a message.

        Args:
            at: The last turn both share; the last one that has ended when None.
            model: For the new job, in the grammar of ``MODEL``; the original's when None.
            message: A message to begin with.
            metadata: Entries that go before those of the original's definition.
            name: ``NAME@TURN`` when None and the original has a name.
            key: See `send`; the job made the first time is returned.

        Raises:
            UnknownTurnError: The job has no such turn.
            JobStateError: The turn has not ended yet.
            BadModelError: `model` cannot be read.
        """
        from statek_jupyter.store.history.fork import fork_job

        return fork_job(self, at, model=model, message=message, metadata=metadata, name=name, key=key)

    @property
    def forked_from(self) -> tuple[JobHandle, int] | None:
        """The job this one was forked from, which may be gone, and the last turn they share; None for other jobs."""
        found = self.read(lambda job: job.origin.fork)
        return None if found is None else (JobHandle(self.store, job_id(found.job)), found.turn)

    # --- asking something of the job -----------------------------------------------------------------------

    def send(self, message: str, data: Any = None, *, key: str | None = None) -> None:
        """Send a message; a DONE job goes on with it.

        Args:
            message: The text.
            data: A picklable value that goes with it.
            key: Of the request, for who repeats one whose outcome they do not know: the same key acts once.

        Raises:
            BadOptionError: The message is no text.
        """
        self._post(Message(arguments.text("message", message), data), key)

    def stop(self, reason: str | None = None, *, subtree: bool = True, key: str | None = None) -> None:
        """Ask the job to end; its worker does so at the next possible moment. What was sent before is not answered.

        Args:
            reason: For people; becomes part of the job's error.
            subtree: Stop the jobs below it, too, also those of a job that has ended. False lets them go on.
            key: See `send`.

        Raises:
            BadOptionError: The reason is no text.
        """
        reason = arguments.optional_text("reason", reason)

        def write(root: Root) -> str:
            job = root.job(self.id)
            if job.status is not JobStatus.DONE or settled_status(job) is None:
                job.inbox.post(StopRequest(reason, subtree=subtree))
                root.note_mail(job)
            if subtree:
                stop_below(root, job, reason)
            return ""

        self.store.run(once(self.id, key, write))

    def resume(self, *, key: str | None = None) -> None:
        """Ask a SUSPENDED job to try again what it waits for."""
        self._post(ResumeRequest(), key)

    def answer(self, value: Any, call: str | None = None, *, key: str | None = None) -> None:
        """Answer the question that the job asks; `call` says which, where it asks several. For `key` see `send`.

        Raises:
            JobStateError: It asks nothing, or somebody has answered already, or it is too late.
            BadOptionError: The value is none of the options.
            NotDurableError: The value cannot be stored.
        """
        from statek_jupyter.store import answers

        group = answers.encode(self.id, value)
        self.store.run(once(self.id, key, lambda root: answers.answer(root, self.id, value, group, call)))

    def resolve(
        self,
        call: str | None = None,
        *,
        outcome: Any = _NOTHING,
        retry: bool = False,
        error: str | None = None,
        key: str | None = None,
    ) -> None:
        """Say what came of a call that was cut off: its `outcome`, its `error`, or that it is to be made again.

        For `key` see `send`.

        Raises:
            BadOptionError: Not exactly one of the three is given.
            JobStateError: No outcome is unknown, or somebody has decided already.
            NotDurableError: The outcome cannot be stored.
        """
        from statek_jupyter.store import answers

        if [retry, outcome is not _NOTHING, error is not None].count(True) != 1:
            raise BadOptionError("resolve", "give one of outcome=VALUE, error=TEXT and retry=True")
        group = None if retry else answers.encode(self.id, outcome if error is None else error)
        failed = error is not None
        self.store.run(once(self.id, key, lambda root: answers.resolve(root, self.id, group, call, failed=failed)))

    def delete(self) -> None:
        """Take the job and the jobs below it out of the store.

        Raises:
            JobStateError: A worker that is alive runs one of them; stop it first.
        """
        alive = self.store.presence.alive
        self.store.run(lambda root: _delete(root, root.job(self.id), alive))

    def _post(self, message: InboxMessage, key: str | None = None) -> None:
        def write(root: Root) -> str:
            job = root.job(self.id)
            job.inbox.post(message)
            root.note_mail(job)
            return ""

        self.store.run(once(self.id, key, write))

    # --- showing it ----------------------------------------------------------------------------------------

    def view(self, panes: str | Sequence[str] = ("chat", "locals", "subtasks", "usage")) -> Any:
        """A live widget of the job, or of some panes of it: ``view("chat")`` for one alone.

        Raises:
            BadOptionError: There is no such pane.
        """
        from statek_jupyter.notebook.widget import JobWidget

        return JobWidget(self, panes=panes)

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the job to a file; its suffix says how: ``.html``, ``.md``, ``.json`` or ``.ipynb``."""
        from statek_jupyter.views.export import export

        export(self, path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        from statek_jupyter.notebook.widget import display_bundle

        return display_bundle(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as the id, within what one process stores of another job: a future's `deps`, say."""
        from statek_jupyter.store.locals.stored_objects import get_job, store_place

        place = store_place(self.store)
        return get_job, (place, self.id, place)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JobHandle):
            return NotImplemented
        return (self.store.where, self.id) == (other.store.where, other.id)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        try:
            name, status, outcome = self.read(lambda job: (job.name, job.status.name, job.outcome))
        except Exception:  # deleted, or in a store that is closed, busy or damaged: a repr raises nothing
            return f"<JobHandle {self.id}>"
        told = outcome if outcome in ("failed", "stopped") else status.lower().replace("_", " ")
        return f"<JobHandle {self.id}{f' {name!r}' if name else ''} {told}>"


def _delete(root: Root, job: Job, alive: Callable[[str | None], bool]) -> None:
    doomed = [job, *descendants(root, job)]
    for one in doomed:
        if one.lease is not None and alive(one.lease.worker):
            raise JobStateError(one.id, "is run by a worker just now: stop it first, then delete it")
    forget_sub_task(root, job)
    count_deleted(job, len(doomed))
    for one in doomed:
        root.remove(one)
