"""Calls of job code that wait: for a time, a person, a message, another job, an outside event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from statek_jupyter.engine.call_outcomes import Outcome
from statek_jupyter.engine.call_store import JobCalls
from statek_jupyter.engine.calls import Call
from statek_jupyter.engine.effects import Effect, ReadSubTask
from statek_jupyter.engine.journal import Journal
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.waiting import HOT_SECONDS, Suspension
from statek_jupyter.errors import BadOptionError, WaitedJobError
from statek_jupyter.executors.inbox import Message
from statek_jupyter.executors.job_id import job_id, job_number
from statek_jupyter.executors.waits import AnswerWait, EventWait, JobWait, MessageWait, TimeWait, Wait
from statek_jupyter.redaction import without_secrets
from statek_jupyter.store.job_end import End, end_of_child, end_of_job
from statek_jupyter.store.sub_task_view import StoredSubTask

Data = Mapping[str, Any]

SHORT_SECONDS = 2.0
"""A time that is no further away is waited for in memory: code that looks again each second is not evicted for it."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One kind of waiting.

    Args:
        begin: What to keep when the call is made first: when it is due, what it asks.
        waits: What wakes the job.
        look: Gives the value in a tuple, None while it is not there; gets the call and what `begin` gave.
        text: What it waits for, for people.
        hot_seconds: How long it is worth waiting in memory; gets what `begin` gave.
    """

    begin: Callable[[], Data]
    waits: Callable[[Call, Data], tuple[Wait, ...]]
    look: Callable[[Call, Data], tuple[Any] | None]
    text: Callable[[Data], str]
    hot_seconds: Callable[[Data], float] = lambda data: HOT_SECONDS


class SystemCalls:
    """The waiting calls of one job.

    Args:
        awaiting: Whether the caller is a coroutine.
    """

    def __init__(self, job: LiveJob, journal: Journal, store: JobCalls, awaiting: Callable[[], bool]) -> None:
        self._job = job
        self._journal = journal
        self._store = store
        self._awaiting = awaiting
        self._taken: dict[str, str] = {}
        self._effects: dict[str, Effect] = {}

    def names(self) -> dict[str, Callable[..., Any]]:
        """As job code finds them."""
        calls = (self.sleep, self.until, self.ask_human, self.wait_for_message, self.wait_for_job, self.external_event)
        return {call.__name__: call for call in calls}

    # --- what job code calls -------------------------------------------------------------------------

    def sleep(self, seconds: float) -> Any:
        """Let the job rest for some seconds; the time counts on while no process runs."""
        duration = timedelta(seconds=float(seconds))
        return self._wait("sleep", (seconds,), _until(lambda: datetime.now(UTC) + duration))

    def until(self, time: datetime | str | float) -> Any:
        """Let the job rest until a time: a datetime (local when it names no zone), an ISO text or a Unix time."""
        moment = _moment(time)
        return self._wait("until", (moment.isoformat(),), _until(lambda: moment))

    def ask_human(self, question: str, options: Sequence[Any] | None = None, timeout: float | None = None) -> Any:
        """Ask the person a question and give their answer; None when `timeout` seconds have passed without one.

        With options the answer is one of them, as it was given here.
        """
        given = None if options is None else [_offered(option) for option in options]
        asked = Awaited(
            begin=lambda: {
                "kind": "question",
                "question": without_secrets(str(question)),
                "options": given,
                "expires_at": None if timeout is None else datetime.now(UTC) + timedelta(seconds=float(timeout)),
            },
            waits=lambda call, data: (AnswerWait(call.id), *([TimeWait(data["expires_at"])] if timeout else [])),
            look=self._answer,
            text=lambda data: f"an answer: {data['question']}",
            hot_seconds=lambda data: 0.0,
        )
        return self._wait("ask_human", (str(question), given), asked)

    def wait_for_message(self) -> Any:
        """Give the next message that is sent to the job; one that waits already comes at once."""
        awaited = Awaited(
            begin=lambda: {"kind": "message"},
            waits=lambda call, data: (MessageWait(),),
            look=self._message,
            text=lambda data: "a message",
        )
        return self._wait("wait_for_message", (), awaited)

    def wait_for_job(self, job: Any) -> Any:
        """Give the result of another job (a subtask, a handle, an id) when it is done; raises when it has none."""
        child = job if isinstance(job, StoredSubTask) else None
        number = job_number(child.job_id if child is not None else str(getattr(job, "id", job)))
        awaited = Awaited(
            begin=lambda: {"kind": "job", "job": job_id(number), "name": self._name_of(number)},
            waits=lambda call, data: (JobWait(number),),
            look=lambda call, data: self._job_result(call, number, child),
            text=lambda data: f"job {data['name']} ({data['job']})" if data.get("name") else f"job {data['job']}",
        )
        return self._wait("wait_for_job", (job_id(number),), awaited)

    def external_event(self, name: str) -> Any:
        """Give the value that ``store.complete(name, value)`` is called with, in any process."""
        awaited = Awaited(
            begin=lambda: {"kind": "event", "name": str(name)},
            waits=lambda call, data: (EventWait(str(name)),),
            look=lambda call, data: self._event(str(name)),
            text=lambda data: f"the event {name!r}",
        )
        return self._wait("external_event", (str(name),), awaited)

    # --- looking -------------------------------------------------------------------------------------

    def _answer(self, call: Call, data: Data) -> tuple[Any] | None:
        given = self._store.answer(call.id)
        if given is not None:
            value = self._journal.load(given.payload)
            return (next((one for one in data["options"] or () if str(one) == str(value)), value),)
        expires = data["expires_at"]
        return (None,) if expires is not None and datetime.now(UTC) >= expires else None

    def _message(self, call: Call, data: Data) -> tuple[Any] | None:
        taken = set(self._taken.values())

        def first(job: Any) -> tuple[str, str] | None:
            waiting = (one for one in job.inbox.pending() if isinstance(one, Message) and one.id not in taken)
            return next(((one.id, one.text) for one in waiting), None)

        found = self._store.read(first)
        if found is None:
            return None
        self._taken[call.id] = found[0]
        return (found[1],)

    def _job_result(self, call: Call, number: int, child: StoredSubTask | None) -> tuple[Any] | None:
        def look(root: Any) -> tuple[End | None, bool]:
            own = root.job(self._job.id).sub_tasks
            end = end_of_job(root, number) if child is None else end_of_child(root, child.parent_id, number)
            return end, own is not None and number in own

        end, is_own = self._store.read_root(look)
        if end is None:
            return None
        if is_own:
            self._effects[call.id] = ReadSubTask(number)
        if end.error is not None:
            raise WaitedJobError(job_id(number), end.error)
        return (end.result(),)

    def _name_of(self, number: int) -> str | None:
        def look(root: Any) -> str | None:
            job = root.catalog.get(number)
            return None if job is None else job.name

        return self._store.read_root(look)

    def _event(self, name: str) -> tuple[Any] | None:
        def look(root: Any) -> tuple[Any] | None:
            event = root.event(name)
            return None if event is None else (event.value,)

        found = self._store.read_root(look)
        return None if found is None else (found[0].load(),)

    # --- waiting -------------------------------------------------------------------------------------

    def _wait(self, name: str, args: tuple[Any, ...], awaited: Awaited) -> Any:
        call = self._journal.new_call(name, "safe", args, {})
        return self._later(call, awaited) if self._awaiting() else self._now(call, awaited)

    def _now(self, call: Call, awaited: Awaited) -> Any:
        known = self._journal.finished(call)
        if known is not None:
            return known.get()
        data, parked = self._begin(call, awaited)
        try:
            value = self._journal.parking.wait(
                call.id, parked, lambda: awaited.look(call, data), hot_seconds=awaited.hot_seconds(data)
            )
        except Exception as error:
            return self._close(call, Outcome("raised", error))
        return self._close(call, Outcome("returned", value))

    async def _later(self, call: Call, awaited: Awaited) -> Any:
        known = self._journal.finished(call)
        if known is not None:
            return known.get()
        data, parked = self._begin(call, awaited)
        try:
            value = await self._journal.parking.await_(
                call.id, parked, lambda: awaited.look(call, data), hot_seconds=awaited.hot_seconds(data)
            )
        except Exception as error:
            return self._close(call, Outcome("raised", error))
        return self._close(call, Outcome("returned", value))

    def _begin(self, call: Call, awaited: Awaited) -> tuple[Data, Suspension]:
        entry = self._journal.find(call)
        data = awaited.begin() if entry is None or entry.data is None else entry.data
        self._journal.start(call, data=data)
        return data, Suspension(awaited.waits(call, data), awaited.text(data))

    def _close(self, call: Call, outcome: Outcome) -> Any:
        did = self._effects.pop(call.id, None)
        self._journal.close(call, outcome, () if did is None else (did,), message_id=self._taken.pop(call.id, None))
        return outcome.get()


def _offered(option: Any) -> Any:
    """An option as it is kept: itself when it is plain, else its text."""
    return option if isinstance(option, str | int | float) else str(option)


def _until(due: Callable[[], datetime]) -> Awaited:
    return Awaited(
        begin=lambda: {"kind": "time", "due": due()},
        waits=lambda call, data: (TimeWait(data["due"]),),
        look=lambda call, data: (None,) if datetime.now(UTC) >= data["due"] else None,
        text=lambda data: f"{data['due'].isoformat(' ', 'seconds')}",
        hot_seconds=lambda data: _short_time(data["due"]),
    )


def _short_time(due: datetime) -> float:
    """How long to wait in memory for a time: until it has come when that is soon, else not at all."""
    left = (due - datetime.now(UTC)).total_seconds()
    return left + HOT_SECONDS if left <= SHORT_SECONDS else 0.0


def _moment(time: datetime | str | float) -> datetime:
    try:
        if isinstance(time, str):
            time = datetime.fromisoformat(time)
        if isinstance(time, datetime):
            return time.astimezone(UTC)
        return datetime.fromtimestamp(float(time), UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadOptionError("until", f"{time!r} is no time: give a datetime, an ISO text or a Unix time") from error
