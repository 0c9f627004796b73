"""Which jobs a worker may take, and taking them: one transaction that makes it the only one to run them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from statek_jupyter.engine.commits import Held, begin_warmup, deliver
from statek_jupyter.executors.agent import max_running_jobs
from statek_jupyter.executors.chat_log import SystemLogItem
from statek_jupyter.executors.inbox import ResumeRequest, StopRequest
from statek_jupyter.executors.job import Job, JobStatus, Lease
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.store.locals import summaries
from statek_jupyter.store.mail import comes_back, drop_old_stops
from statek_jupyter.store.placing import RUNNABLE, has_come, place_of
from statek_jupyter.store.root import Root
from statek_jupyter.store.run_queue import Place, Turn
from statek_jupyter.store.sub_tasks import ancestors, descendants

NO_TURN: Turn = ("", 0)
MOST_DUE = 500
"""Most sleeping jobs woken in one transaction."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who asks for jobs."""

    worker: str
    """Presence id of this process; written into the lease."""
    alive: Callable[[str | None], bool]
    """Whether the process with a presence id still uses the store."""
    can_run: Callable[[str], bool]
    """Whether this process has the model of that name."""
    only: Collection[str] | None = None
    """Ids of the jobs it runs, wherever they come from; None for all but those that other processes run themselves."""
    serves: Callable[[str | None], bool] | None = None
    """Whether the process with a presence id has a worker for its own jobs; None for whether it is alive."""

    def accepts(self, home: str, model: str) -> bool:
        """Whether it runs jobs of this home that ask this model."""
        serves = self.serves or self.alive
        near = self.only is not None or home in ("", self.worker) or not serves(home)
        return near and (not model or self.can_run(model))

    def accepts_job(self, job: Job) -> bool:
        """Whether it is not restricted to other jobs; jobs below its own are its own, too."""
        return self.only is None or any(one.id in self.only for one in (job, *ancestors(job)))


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim gave."""

    held: tuple[Held, ...]
    turn: Turn
    """The agent and parent whose turn was last."""


def work_to_do(root: Root, claimant: Claimant, turn: Turn = NO_TURN) -> bool:
    """Whether `claim` may find something; looks at the heads of the queue only, whatever else there is."""
    due = root.waits.next_due()
    return (
        (due is not None and due <= time.time())
        or next(_orphans(root, claimant), None) is not None
        or next(_in_line(root, claimant, turn, Counter()), None) is not None
        or next(_strays(root, claimant), None) is not None
        or next(_with_mail(root, claimant), None) is not None
    )


def claim(root: Root, claimant: Claimant, room: int, turn: Turn = NO_TURN) -> Claimed:
    """Take at most `room` jobs; each is then run by this worker alone, until it gives the job back or dies."""
    root.wake_due(time.time(), MOST_DUE)
    held: list[Held] = []
    taken: Counter[str] = Counter()
    for job in _to_take(root, claimant, turn, taken):
        held.append(_take(job, claimant.worker))
        place = place_of(job)
        turn = place.agent, place.parent
        taken[place.agent] += 1
        if len(held) == room:
            break
    return Claimed(tuple(held), turn)


def _to_take(root: Root, claimant: Claimant, turn: Turn, taken: Counter[str]) -> Iterator[Job]:
    """Jobs to take, each ready to go on: those of dead workers, those in line, those at rest that have mail."""
    for number in _orphans(root, claimant):
        if (job := _find(root, number)) is not None:
            yield job
    for place, number in chain(_in_line(root, claimant, turn, taken), _strays(root, claimant)):
        job = _find(root, number)
        if job is None or job.lease is not None or job.status is JobStatus.DONE:
            root.queue.drop(place, number)
        else:
            yield job
    for number in _with_mail(root, claimant):
        job = _find(root, number)
        if job is None:
            root.catalog.clear_mail(number)
        elif _brought_back(root, job):
            if not _is_full(root, taken, job.job_def.agent.role) or _has(job, StopRequest):
                yield job
            elif job.status is JobStatus.SUSPENDED:
                root.wake(job)  # it stands in line until there is room


def _find(root: Root, number: int) -> Job | None:
    found: Job | None = root.catalog.get(number)
    return found


def _orphans(root: Root, claimant: Claimant) -> Iterator[int]:
    """Jobs whose worker is dead."""
    for worker in root.queue.workers():
        if worker == claimant.worker or claimant.alive(worker):
            continue
        for number in root.queue.held_by(worker):
            job = _find(root, number)
            if job is not None and claimant.accepts_job(job) and claimant.accepts(*place_of(job)[:2]):
                yield number


def _in_line(root: Root, claimant: Claimant, turn: Turn, taken: Counter[str]) -> Iterator[tuple[Place, int]]:
    is_full = partial(_is_full, root, taken)
    if claimant.only is None:
        yield from root.queue.waiting(claimant.accepts, is_full, turn)
        return
    for job in _only(root, claimant.only):
        number, place = job.number or 0, place_of(job)
        if not root.queue.has(place, number):
            continue
        if claimant.accepts(place.home, place.model) and not is_full(place.agent):
            yield place, number


def _strays(root: Root, claimant: Claimant) -> Iterator[tuple[Place, int]]:
    """Subtasks that this process submitted and whose model it does not have. It takes them to say so: a job waits."""

    def unknown(home: str, model: str) -> bool:
        return home == claimant.worker and bool(model) and not claimant.can_run(model)

    for place, number in root.queue.subtasks(unknown):
        job = _find(root, number)
        if job is None or claimant.accepts_job(job):
            yield place, number


def _only(root: Root, ids: Collection[str]) -> Iterator[Job]:
    """The jobs with these ids, and the jobs below them that have not ended."""
    for number in map(job_number, ids):
        job = _find(root, number)
        if job is not None:
            yield job
            yield from (one for one in descendants(root, job) if one.status is not JobStatus.DONE)


def _is_full(root: Root, taken: Counter[str], agent: str) -> bool:
    """Whether as many jobs of the agent run as its ``MAX_RUNNING_JOBS`` allows, with those taken just now."""
    known = root.agents.get(agent)
    most = None if known is None else max_running_jobs(known.metadata)
    return most is not None and root.queue.running(agent) + taken[agent] >= most


def _with_mail(root: Root, claimant: Claimant) -> Iterator[int]:
    """Jobs that nobody runs and that have mail for which they may have to be brought back."""
    for number in root.catalog.with_mail():
        job = _find(root, number)
        if job is None:
            yield number  # it was deleted while somebody wrote to it
        elif job.lease is None and claimant.accepts_job(job):
            stopped = job.status is not JobStatus.DONE and _has(job, StopRequest)
            if stopped or (job.status not in RUNNABLE and claimant.accepts(*place_of(job)[:2])):
                yield number


def _has(job: Job, kind: type) -> bool:
    return any(isinstance(entry, kind) for entry in job.inbox.pending())


def _brought_back(root: Root, job: Job) -> bool:
    """Look at the mail of a job that nobody runs; True when it brings the job back, or has it end."""
    if job.lease is not None:
        return False  # taken a moment ago
    if job.status is not JobStatus.DONE and _has(job, StopRequest):
        return True
    root.clear_mail(job)
    resumed = _drop_resumes(job)
    if job.status is not JobStatus.DONE:
        return resumed or any(has_come(root, job, wait) for wait in job.waits)
    if comes_back(job) or (resumed and job.error is not None):
        drop_old_stops(job)
        return job.reactivate()
    if job.inbox.pending():
        deliver(root, job)
        job.inbox.take()
        job.touch()
    return False


def _drop_resumes(job: Job) -> bool:
    """Take the requests to try again out of the inbox, so that none of them counts later; True when there were some."""
    requests = [entry for entry in job.inbox.pending() if isinstance(entry, ResumeRequest)]
    for request in requests:
        job.inbox.drop(request.id)
    return bool(requests)


def _take(job: Job, worker: str) -> Held:
    job.lease_token += 1
    job.lease = Lease(worker, job.lease_token)
    if job.status is JobStatus.READY:
        job.set_status(JobStatus.WARMING_UP)
        _tell_variables(job)
        begin_warmup(job, 0)
    elif job.status is JobStatus.SUSPENDED:
        job.waits = ()
        job.set_status(JobStatus.STARTED if job.warmup_block_num is None else JobStatus.WARMING_UP)
    job.touch()
    assert job.id is not None
    return Held(job.id, worker, job.lease_token)


def _tell_variables(job: Job) -> None:
    """Let the model know the variables the job was given; its code has not made them, so nothing else tells."""
    given = summaries(job.py_env.local_state)
    if given:
        lines = [f"- {one.name} ({one.type_name}): {one.text}" for one in given]
        job.chat_log.append(SystemLogItem("\n".join(["These variables are there already:", *lines])))
