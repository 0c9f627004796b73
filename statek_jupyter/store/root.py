"""The root object of a store: jobs, agents, definitions, and the work that keeps the catalog right at each commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from statek_jupyter.errors import EventCompletedError, JobStateError, UnknownAgentError, UnknownJobError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.executors.job_tally import JobTally
from statek_jupyter.executors.stored_callable import StoredValue
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.executors.waits import Wait
from statek_jupyter.store import placing
from statek_jupyter.store.beats import Beats
from statek_jupyter.store.catalog import Catalog
from statek_jupyter.store.lanes import LaneClock
from statek_jupyter.store.run_queue import RunQueue
from statek_jupyter.store.spending import Spending
from statek_jupyter.store.waiting import Event, Key, WaitIndex

ROOT_KEY = "statek"
FORMAT_KEY = "statek_format"
FORMAT = 2
"""Version of how the store's objects are laid out; raised when older releases could not read what newer ones write."""


class Root(Persistent):
    """What ``store.run(fn)`` and ``store.read(fn)`` pass to `fn`. Everything reached from it is stored."""

    queue: RunQueue = None  # type: ignore[assignment]
    waits: WaitIndex = None  # type: ignore[assignment]
    beats: Beats = None  # type: ignore[assignment]
    spending: Spending | None = None
    """None in a store that was made before there was one, until a call is answered."""

    def __init__(self) -> None:
        self.catalog = Catalog()
        self.queue = RunQueue()
        """Jobs that can go on, and jobs that workers have."""
        self.waits = WaitIndex()
        """What the suspended jobs wait for."""
        self.beats = Beats()
        """Signs of life of the processes, where they are kept in the store."""
        self.spending = Spending()
        self.agents: Any = OOBTree()
        """Role to `Agent`."""
        self.definitions: Any = OOBTree()
        """Fingerprint to `JobDef`; equal definitions of submitted jobs are one."""

    # --- jobs --------------------------------------------------------------------------------------

    def job(self, id_or_number: str | int) -> Job:
        """The stored job.

        Raises:
            UnknownJobError: There is none.
        """
        found = self.catalog.get(_number(id_or_number))
        if found is None:
            raise UnknownJobError(str(id_or_number))
        job: Job = found
        return job

    def add(self, job: Job) -> Job:
        """Take a job that is not stored yet into the store; gives it its number if it has none."""
        if job.number is None:
            job.number = lane_clock(self).next()
        job.tally.job_number = job.number
        if self.catalog.get(job.number) is not None:
            raise JobStateError(job.id, "is in this store already")
        self.catalog.add(job.number, job, catalog_fields(job))
        self._p_jar.add(job)
        _set_catalog_status(job)
        note_change(self, job.number)
        return job

    def remove(self, job: Job) -> None:
        """Take a job out of the store; its records go with the next pack."""
        assert job.number is not None
        self.catalog.remove(job.number, {**catalog_fields(job), "status": _catalog_status(job)})
        placing.leave(self, job)
        self.queue.drop(placing.place_of(job), job.number)
        self._completed(("job", job.number))
        note_change(self, job.number)

    def jobs_by(
        self,
        *,
        status: JobStatus | tuple[JobStatus, ...] | None = None,
        agent: str | None = None,
        definition: str | None = None,
        parent: str | int | None = None,
        since: int = 0,
        before: int | None = None,
    ) -> Iterator[Job]:
        """Jobs with all these values, newest first.

        Args:
            status: One status, or several of which any will do.
            agent: The agent's role.
            definition: Fingerprint of the definition.
            parent: Id or number of the parent job.
            since: Smallest number.
            before: Numbers below this one only.
        """
        fields: dict[str, Any] = {}
        if status is not None:
            wanted = status if isinstance(status, tuple) else (status,)
            fields["status"] = tuple(one.name for one in wanted)
        if agent is not None:
            fields["agent"] = agent
        if definition is not None:
            fields["definition"] = definition
        if parent is not None:
            fields["parent"] = _number(parent)
        for number in self.catalog.newest(fields, before=before, since=since):
            yield self._listed(number)

    def _listed(self, number: int) -> Job:
        job: Job = self.catalog.job(number)
        return job

    def status_counts(self) -> dict[JobStatus, int]:
        """How many jobs have each status; statuses without jobs count 0."""
        counts = self.catalog.status_counts()
        return {status: counts.get(status.name, 0) for status in JobStatus}

    # --- mail --------------------------------------------------------------------------------------

    def note_mail(self, job: Job) -> None:
        """Tell workers that something was put into the job's inbox; call it in the same transaction."""
        assert job.number is not None
        self.catalog.note_mail(job.number)
        note_change(self, job.number)

    def clear_mail(self, job: Job) -> None:
        """The job's worker has taken what lay in the inbox; call it in the same transaction."""
        assert job.number is not None
        self.catalog.clear_mail(job.number)

    # --- waiting -----------------------------------------------------------------------------------

    def suspend(self, job: Job, waits: tuple[Wait, ...]) -> None:
        """Let a job sleep, held by nobody, until one of these comes true; with none of them, until somebody resumes it.

        What has come true already wakes it in this very transaction.
        """
        job.waits = waits
        job.lease = None
        job.set_status(JobStatus.SUSPENDED)

    def wake(self, job: Job) -> None:
        """Let a worker look at a suspended job: it runs its statement again. The worker writes the job, not we."""
        assert job.number is not None
        self.queue.put(placing.place_of(job), job.number)
        note_change(self, job.number)

    def wake_due(self, now: float, most: int) -> None:
        """Wake the jobs whose time has come, at most this many."""
        for number in self.waits.take_due(now, most):
            self._wake_number(number)

    def event(self, name: str) -> Event | None:
        """The outside event of this name, when it was completed."""
        found: Event | None = self.waits.events.get(name)
        return found

    def complete(self, name: str, value: StoredValue) -> None:
        """Complete an outside event, and wake the jobs that wait for it.

        Raises:
            EventCompletedError: It was completed before; the first value stays.
        """
        before = self.event(name)
        if before is not None:
            raise EventCompletedError(name, before.completed_at)
        self.waits.events[name] = Event(value)
        self._completed(("event", name))

    def settle(self, job: Job) -> None:
        """Wake the jobs that wait for a subtask which gives its outcome before it ends."""
        assert job.number is not None
        self._completed(("job", job.number))

    def _completed(self, key: Key) -> None:
        for number in self.waits.completing(key):
            self._wake_number(number)

    def _wake_number(self, number: int) -> None:
        job = self.catalog.get(number)
        if job is not None:
            self.wake(job)

    def add_queue(self) -> None:
        """Give a store that was made before there was one a queue and an index of waits."""
        self.queue, self.waits, self.beats = RunQueue(), WaitIndex(), Beats()
        for status in JobStatus:
            for job in [] if status is JobStatus.DONE else list(self.jobs_by(status=status)):
                placing.follow(self, job)

    def note_spent(self, call: CallUsage, when: datetime) -> None:
        """Count a call that was answered then; call it in the transaction that keeps the answer."""
        if self.spending is None:
            self.spending = Spending()
        self.spending.add(call, when)

    # --- agents and definitions ----------------------------------------------------------------------

    def agent(self, role: str) -> Agent:
        """The stored agent.

        Raises:
            UnknownAgentError: There is none with this role.
        """
        found: Agent | None = self.agents.get(role)
        if found is None:
            raise UnknownAgentError(role)
        return found


def _number(id_or_number: str | int) -> int:
    if isinstance(id_or_number, int):
        return id_or_number
    try:
        return job_number(id_or_number)
    except ValueError:
        raise UnknownJobError(id_or_number) from None


def catalog_fields(job: Job) -> Mapping[str, Any]:
    """What the catalog knows of a job, by the names of its indexes."""
    fields: dict[str, Any] = {"status": job.job_status.name, "agent": job.job_def.agent.role}
    fingerprint = definition_fingerprint(job.job_def)
    if fingerprint is not None:
        fields["definition"] = fingerprint
    if job.parent_job is not None and job.parent_job.number is not None:
        fields["parent"] = job.parent_job.number
    return fields


def definition_fingerprint(job_def: JobDef) -> str | None:
    """The key under which a definition lies in `Root.definitions`, or None for one that was not submitted."""
    found: str | None = getattr(job_def, "fingerprint", None)
    return found


def _catalog_status(job: Job) -> str:
    """The status under which the catalog has the job."""
    status: str = getattr(job, "catalog_status", job.job_status.name)
    return status


def _set_catalog_status(job: Job) -> None:
    vars(job)["catalog_status"] = job.job_status.name
    job._p_changed = True


# --- once per transaction ------------------------------------------------------------------------------


def note_change(root: Root, number: int) -> None:
    """Say that this transaction changes job `number`, for the change feed."""
    _changed(root).add(number)


def changed_jobs(root: Root) -> tuple[int, ...]:
    """Numbers of the jobs this transaction changes, as noted so far."""
    return tuple(sorted(_changed(root)))


def _changed(root: Root) -> set[int]:
    current = root._p_jar.transaction_manager.get()
    try:
        numbers: set[int] = current.data(root)
    except KeyError:
        numbers = set()
        current.set_data(root, numbers)
    return numbers


def index_changes(root: Root, connection: Any) -> None:
    """Bring the catalog up to date with the jobs this transaction changed."""
    for changed in list(connection._registered_objects):
        if isinstance(changed, JobTally) and changed.job_number is not None:
            note_change(root, changed.job_number)
        elif isinstance(changed, Job) and changed.number is not None and changed._p_oid is not None:
            note_change(root, changed.number)
            if root.catalog.get(changed.number) is not None:  # else it was taken out
                _index_change(root, changed, changed.number)


def _index_change(root: Root, job: Job, number: int) -> None:
    before = _catalog_status(job)
    if before != job.job_status.name:
        root.catalog.move_status(number, before, job.job_status.name)
        _set_catalog_status(job)
        if job.job_status is JobStatus.DONE:
            root._completed(("job", number))
    placing.follow(root, job)


# --- numbers -------------------------------------------------------------------------------------------


def lane_clock(root: Root) -> LaneClock:
    """The clock that numbers the jobs this process creates; `Database` puts it on the ZODB database object."""
    clock: LaneClock = root._p_jar.db().lane_clock
    return clock
