"""A job as it was after one of its turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import JobStoppedError
from statek_jupyter.executors.chat_log import ChatLogEntry, ChatLogItem
from statek_jupyter.executors.history import JobEnd
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.executors.usage import LLM_Usage
from statek_jupyter.store.history.past_locals import PastLocals
from statek_jupyter.store.history.timeline import end_at, read_turn, stop_after, timeline_at, usage_at

if TYPE_CHECKING:
    from statek_jupyter.store.handle import JobHandle


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is read when the view is made."""

    turn: int
    turns: int
    stop: int
    status: JobStatus
    status_text: str
    awaiting: str | None
    places: dict[str, int]
    class_places: dict[str, int]


class JobView:
    """A job after one of its turns: read only, and the same however the job goes on.

    The last turn of a job that runs is shown as far as it had come when the view was made.

    Args:
        handle: The job.
        turn: 0 for what was there when the first request was made; negative turns count from the end.

    Raises:
        UnknownTurnError: The job has no such turn.
        UnknownJobError: The job was deleted.
    """

    def __init__(self, handle: JobHandle, turn: int) -> None:
        self.handle = handle
        moment = handle.read(lambda job: _read_moment(job, turn))
        self.turn = moment.turn
        self.turns = moment.turns
        """How many turns the job had when the view was made."""
        self.status = moment.status
        """What the job's status was when the next turn began; its present one for the last turn."""
        self.status_text = moment.status_text
        """The same for people: ``running``, ``waits for ...``, ``done``, ``failed: ...``, ``stopped: ...``."""
        self.awaiting = moment.awaiting
        self.locals = PastLocals(handle, moment.places, moment.class_places)
        """The variables; each is loaded when it is asked for."""
        self._stop = moment.stop

    @property
    def chat_log(self) -> list[ChatLogEntry]:
        """Copies of the entries there were, oldest first."""
        return self.handle.read_copy(lambda job: job.chat_log[: self._stop])

    @property
    def console(self) -> list[str]:
        """What the job had printed, oldest first."""
        return self.handle.read(lambda job: _console(job, self._stop))

    @property
    def usage(self) -> LLM_Usage:
        """What the job had used itself; a fork begins with nothing."""
        return self.handle.read(lambda job: usage_at(job, self._stop))

    @property
    def result(self) -> Any:
        """What the job had given, had it ended then: exit status or final answer."""
        end = self._end()
        if end is None or not end.exited:
            return None if end is None else end.answer
        return self.locals.get(end.exit_variable) if end.exit_variable is not None else end.exit_status

    @property
    def error(self) -> JobDefError | None:
        """A copy of what had ended the job."""
        return self.handle.read_copy(lambda job: None if (end := end_at(job, self.turn)) is None else end.error)

    def _end(self) -> JobEnd | None:
        return self.handle.read_copy(lambda job: end_at(job, self.turn))

    def __repr__(self) -> str:
        entries = "1 entry" if self._stop == 1 else f"{self._stop} entries"
        count = "1 variable" if len(self.locals) == 1 else f"{len(self.locals)} variables"
        return (
            f"<job {self.handle.id} after turn {self.turn} of {self.turns}: {self.status_text}, "
            f"{entries} in its chat log, {count}>"
        )

    def _repr_html_(self) -> str:
        from statek_jupyter.views.html import job_html
        from statek_jupyter.views.past_view import read_job_at

        return job_html(self.handle.read(lambda job: read_job_at(job, self.turn)))


def _read_moment(job: Job, turn: int) -> _Moment:
    turn = read_turn(job, turn)
    stop = stop_after(job.chat_log, turn)
    places, class_places = timeline_at(job, stop).alive()
    status, text = status_at(job, turn)
    return _Moment(
        turn=turn,
        turns=job.num_turns,
        stop=stop,
        status=status,
        status_text=text,
        awaiting=job.awaiting if turn == job.num_turns else None,
        places=places,
        class_places=class_places,
    )


def status_at(job: Job, turn: int) -> tuple[JobStatus, str]:
    """(status, in words) a job had after a turn."""
    if turn == job.num_turns and job.status is not JobStatus.DONE:
        return job.status, f"waits for {job.awaiting}" if job.awaiting else "running"
    end = end_at(job, turn)
    if end is None:
        return (JobStatus.DONE, "done") if turn == job.num_turns else (JobStatus.STARTED, "running")
    if end.error is None:
        return JobStatus.DONE, "done"
    if end.error.type_name == JobStoppedError.__name__:
        return JobStatus.DONE, end.error.error_message
    return JobStatus.DONE, f"failed: {end.error.error_message}"


def _console(job: Job, stop: int) -> list[str]:
    entries = list(job.py_env.preamble)
    for item in job.chat_log[:stop]:
        if isinstance(item, ChatLogItem):
            entries += [output.text for output in item.outputs if output.kind != "note" and output.text]
    return entries
