"""The store as people use it: `open_store` and `Store`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from statek_jupyter.errors import StoreReadOnlyError, UnknownJobError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.executors.job_status import Outcome
from statek_jupyter.executors.stored_callable import StoredValue
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.store import arguments, opening
from statek_jupyter.store.handle import JobHandle
from statek_jupyter.store.presence import Presence

if TYPE_CHECKING:
    from statek_jupyter.store.database import Database
    from statek_jupyter.store.live_text import LiveTexts
    from statek_jupyter.store.root import Root
    from statek_jupyter.store.upkeep import StoreInfo
    from statek_jupyter.store.verification import Report

T = TypeVar("T")


def open_store(where: str | os.PathLike[str] | None = None, *, read_only: bool = False) -> Store:
    """Open a store; creates it where there is none.

    Args:
        where: A folder path, or a URL (``sqlite:``, ``file:``, ``memory:``, ``zeo://``, ``postgresql://``). None means
            ``$STATEK_STORE``, else a folder of this user beside Jupyter's data.
        read_only: Refuse every change.

    Raises:
        StoreLocationError: This is no place for a store.
        StoreError: It is damaged, locked, of another version, read-only or on a full disk; the subclass says which.
    """
    return Store(opening.acquire(where, read_only=read_only))


class Store:
    """An open store; safe to use from any thread. Stores of one place in a process share all but `close`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._closed = False

    # --- about it ----------------------------------------------------------------------------------------

    @property
    def where(self) -> str:
        """The path or URL, as shown to people."""
        return self._database.where

    @property
    def kind(self) -> str:
        """``sqlite`` (a folder), ``file``, ``memory``, ``zeo`` or ``postgresql``."""
        return self._database.location.kind

    @property
    def read_only(self) -> bool:
        return self._database.read_only

    @property
    def presence(self) -> Presence:
        """This process among the users of the store."""
        return self._database.presence

    def live_texts(self) -> LiveTexts:
        """A place where processes show one another what running jobs say between commits."""
        from statek_jupyter.store.live_text import LiveTexts

        return LiveTexts(self._database.location)

    @property
    def closed(self) -> bool:
        return self._closed or self._database.closed

    def _open(self) -> Database:
        if self._closed:
            from statek_jupyter.store.commit_thread import closed_error

            raise closed_error(self.where)
        return self._database

    # --- transactions --------------------------------------------------------------------------------------

    def run(self, fn: Callable[[Root], T], *, wait_for_room: bool = False) -> T:
        """Run ``fn(root)`` as one transaction on the store's thread and return its value once that is on the disk.

        Args:
            fn: Short; gives plain data. May run several times, so it must not do anything else than change the store.
            wait_for_room: On a full disk, try again until there is room, in place of raising `StoreFullError`.

        Raises:
            CommitInterrupted: Ctrl-C; ``committed`` tells whether the transaction is in the store.
            StoreError: Nothing was changed; the subclass says why.
        """
        __tracebackhide__ = True
        return self._open().run(fn, wait_for_room=wait_for_room)

    def begin(self, fn: Callable[[Root], T], *, wait_for_room: bool = False) -> Future[T]:
        """Start `run` and return at once. What one caller begins is committed in that order."""
        from statek_jupyter.store.commit_tasks import Task

        task = Task(fn, wait_for_room=wait_for_room)
        self._open().put(task)
        return task.future

    async def arun(self, fn: Callable[[Root], T], *, wait_for_room: bool = False) -> T:
        """`run` for coroutines. A cancelled caller leaves no transaction behind whose outcome is open."""
        from statek_jupyter.store.commit_tasks import Task

        task = Task(fn, wait_for_room=wait_for_room)
        self._open().put(task)
        waiter = asyncio.wrap_future(task.future)
        try:
            return await asyncio.shield(waiter)
        except asyncio.CancelledError:
            task.given_up.set()
            await asyncio.wait([waiter])
            if not waiter.cancelled():
                waiter.exception()
            raise

    def read(self, fn: Callable[[Root], T]) -> T:
        """Run ``fn(root)`` on a fresh snapshot, on the calling thread, and return its value: plain data."""
        __tracebackhide__ = True
        return self._open().read(fn)

    def transaction(self) -> AbstractContextManager[Root]:
        """``with store.transaction() as root:`` commits at the end of the block, or changes nothing if it raises.

        On stores of this machine the block is alone: it cannot conflict, and everybody else's commits wait for it. So
        keep it short, never around a model call, and do not open another one inside.
        """
        return self._open().transaction()

    # --- jobs ----------------------------------------------------------------------------------------------

    def submit(
        self,
        job_or_job_def: Job | JobDef | SubTaskHandler,
        *,
        message: str | None = None,
        locals: Mapping[str, Any] | None = None,
        name: str | None = None,
        parent: JobHandle | Job | str | None = None,
        priority: int = 0,
    ) -> JobHandle:
        """Store a job; it is durable when this returns. The objects passed stay as they are.

        Args:
            job_or_job_def: A job no store holds, a definition to make one from, or what a `subtask` function gave. The
                agent is stored with it.
            message: The first message from the person.
            locals: Variables the job starts with.
            name: For people; need not be unique.
            parent: The job this one is a subtask of.
            priority: Workers take jobs with a higher one first.

        Raises:
            BadOptionError: A name or a message is no text, or code could not name one of the variables.
            NotDurableError: A value cannot be stored; nothing was written.
            UnknownJobError: There is no such parent.
        """
        from statek_jupyter.store.submission import JobOrder

        database = self._open()
        database.check(writing=True)
        job = Job(job_or_job_def) if isinstance(job_or_job_def, JobDef) else job_or_job_def
        while True:
            order = JobOrder(
                job,
                database.clock.next(),
                message=message,
                values=locals,
                name=name,
                parent=None if parent is None else arguments.number(parent),
                home=database.presence.id,
                priority=priority,
            )
            if self.run(order.write):
                return JobHandle(self, job_id(order.number))

    def job(self, id: str) -> JobHandle:
        """The handle of a stored job: the one with this id, else the newest one with this name.

        Raises:
            UnknownJobError: There is neither.
        """
        try:
            found = self.read(lambda root: root.job(id).id)
        except UnknownJobError:
            named = (one for one in self.jobs(text=id, limit=None) if one.name == id)
            if (newest := next(named, None)) is None:
                raise
            return newest
        assert found is not None
        return JobHandle(self, found)

    def jobs(
        self,
        status: JobStatus | str | Iterable[JobStatus | str] | None = None,
        agent: Agent | str | None = None,
        job_def: JobDef | None = None,
        parent: JobHandle | Job | str | None = None,
        since: datetime | float | None = None,
        text: str | None = None,
        limit: int | None = 50,
        after: JobHandle | str | None = None,
        outcome: Outcome | None = None,
    ) -> list[JobHandle]:
        """Jobs with all these properties, newest first.

        Args:
            status: One, or several of which any will do; a name in any case will do, too.
            agent: An agent or its role.
            job_def: Jobs of this definition or an equal one.
            parent: Subtasks of this job.
            since: Created at this time or later.
            text: Occurs in the name, the id, the agent's role, the first message or the answer, in any case.
            limit: Most jobs to return; None for all.
            after: Continue below this job: the last one of the page before.
            outcome: Ended this way: ``ok``, ``failed`` or ``stopped``.

        Raises:
            BadOptionError: There is no such status, or no such time or number.
        """
        from statek_jupyter.store.query import Query

        most = arguments.limit(limit)
        query = Query(
            status=arguments.statuses(status),
            agent=agent.role if isinstance(agent, Agent) else agent,
            job_def=job_def,
            parent=None if parent is None else arguments.number(parent),
            since=arguments.first_number(since),
            text=text,
            outcome=outcome,
            before=None if after is None else arguments.number(after),
        )
        return [JobHandle(self, one) for one in self.read(lambda root: query.ids(root, most))]

    def counts(self) -> dict[JobStatus, int]:
        """How many jobs have each status."""
        return self.read(lambda root: root.status_counts())

    def complete(self, name: str, value: Any = None) -> None:
        """Complete the outside event `name`, from any process: jobs that wait for ``external_event(name)`` go on.

        Args:
            value: What those calls give, also those that come later.

        Raises:
            EventCompletedError: It was completed before; the first value stays.
            BadOptionError: The name is no text.
            NotDurableError: The value cannot be stored; nothing was written.
        """
        name = arguments.text("name", name)
        kept = StoredValue(value, f"event {name}")
        kept.encoded()
        self.run(lambda root: root.complete(name, kept))

    # --- changes -------------------------------------------------------------------------------------------

    def changes(self, since: int | None = None) -> tuple[int, list[str]]:
        """What changed after a cursor: ``(new cursor, ids of changed jobs)``, each id once, latest change last.

        Args:
            since: A cursor of an earlier call; 0 for everything; None to get a cursor that stands for now.
        """
        database = self._open()
        with database.reading():
            if since is None:
                return database.backend.feed.newest(), []
            cursor, numbers = database.backend.feed.since(int(since))
        return cursor, [job_id(number) for number in numbers]

    def watch(self, callback: Callable[[list[str]], object]) -> Callable[[], None]:
        """Call `callback` with the ids of changed jobs, on a background thread, soon after each commit of any process.

        Returns:
            A function that ends the watch.
        """
        database = self._open()
        database.check()
        return database.watch.add(callback)

    # --- agents --------------------------------------------------------------------------------------------

    def put_agent(self, agent: Agent) -> None:
        """Store an agent, or update the stored one with the same role."""
        from statek_jupyter.store.submission import AgentOrder

        order = AgentOrder(agent)
        self.run(lambda root: order.write(root).role)

    def agent(self, role: str) -> Agent:
        """A copy of the stored agent, to make definitions with.

        Raises:
            UnknownAgentError: There is none with this role.
        """
        from statek_jupyter.store.copies import agent_copy

        return self.read(lambda root: agent_copy(root.agent(role)))

    def resolve(self, reference: tuple[str, Any]) -> Any:
        """What stands for a job in copies that leave the store: its handle. For an agent or a definition, its name."""
        kind, key = reference
        return JobHandle(self, job_id(key)) if kind == "job" else key

    # --- upkeep --------------------------------------------------------------------------------------------

    def pack(self, keep_days: float = 30) -> None:
        """Drop old revisions and deleted jobs that are older than `keep_days`; a job's history begins there."""
        from statek_jupyter.store import upkeep

        upkeep.pack(self._writable(), keep_days)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the store, while it is in use, to a new place that `open_store` opens."""
        from statek_jupyter.store import upkeep

        upkeep.backup(self._open(), path)

    def verify(self) -> Report:
        """Check every record and the catalog."""
        from statek_jupyter.store.verification import verify

        return verify(self._open())

    def info(self) -> StoreInfo:
        """Size, versions and counts, for people."""
        from statek_jupyter.store import upkeep

        return upkeep.info(self._open())

    def _writable(self) -> Database:
        database = self._open()
        if self.read_only:
            raise StoreReadOnlyError(self.where, "it was opened with read_only=True")
        return database

    def close(self) -> None:
        """End the use of the store; waits for commits and reads under way. Closing twice is nothing."""
        if not self._closed:
            self._database.refuse_closing()
            self._closed = True
            opening.release(self._database)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self.where!r}{' (closed)' if self.closed else ''}>"
