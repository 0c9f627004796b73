"""The durable calls of a running statement: each acts once, and answers from the store when the statement runs again.

Before a call acts, its entry is in the store; what came of it follows while the code goes on, and is there before the
next call acts. A ``safe`` call acts without an entry; its outcome goes along with the next thing that is written, so
that what was decided after it is decided again in the same way.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from statek_jupyter.engine.call_outcomes import CallStore, Codec, Known, Outcome, Resolved, Settled
from statek_jupyter.engine.calls import Call, known_as, make_call, mark_arguments
from statek_jupyter.engine.effects import Effect, StartSubTask
from statek_jupyter.engine.lanes import CallCounter
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.waiting import Parking
from statek_jupyter.errors import CallFailedError, DivergenceError
from statek_jupyter.executors.journal import CallEntry, CallNote
from statek_jupyter.executors.waits import AnswerWait


class Journal:
    """The calls of one job in one process. Used on the job's thread, and on threads that its code starts.

    Args:
        known: Entries an earlier process has left.
    """

    def __init__(
        self, store: CallStore, codec: Codec, job: LiveJob, parking: Parking, known: Mapping[str, Known]
    ) -> None:
        self._store = store
        self._codec = codec
        self._job = job
        self.parking = parking
        self._known = dict(known)
        self._place = ""
        self._counter: CallCounter | None = None
        self._lock = threading.RLock()
        self._unwritten: list[CallEntry] = []
        self._effects: list[Effect] = []
        self._written: dict[str, None] = dict.fromkeys(known)
        self._notes: list[CallNote] = []
        self._running: dict[str, Call] = {}
        """Calls whose outcome is not there."""
        self.divergence: DivergenceError | None = None

    @property
    def place(self) -> str:
        """Of the statement that runs."""
        return self._place

    # --- for the block -------------------------------------------------------------------------------

    def begin(self, place: str) -> None:
        """A statement starts; `place` tells it from all others of the job: ``item.part.statement``."""
        self._place = place
        self._running.clear()
        self._counter = CallCounter()
        self.divergence = None
        self.parking.begin()

    def end(self) -> None:
        """The statement has ended and will not run again."""
        self._counter = None
        self._notes += [_cut_off(call) for call in self._running.values()]
        self._running.clear()
        for known in [one for one in self._known.values() if _place(one.entry.id) == self._place]:
            del self._known[known.entry.id]
            self._notes.append(_not_made_again(known.entry))

    def abandon(self) -> Settled:
        """What the commit takes along that gives up a statement whose code does not stop."""
        self.end()
        return self.settle()

    def settle(self) -> Settled:
        """What the commit of the statements that have ended takes along."""
        with self._lock:
            settled = Settled(tuple(self._written), tuple(self._notes), (), tuple(self._effects))
            self._written, self._notes, self._effects, self._unwritten = {}, [], [], []
        return settled

    def evict(self) -> Settled:
        """What the commit of a statement that waits takes along: outcomes the store does not have yet."""
        self._store.settle()
        with self._lock:
            settled = Settled((), (), tuple(self._unwritten), tuple(self._effects))
            self._unwritten, self._effects = [], []
        return settled

    # --- for calls -----------------------------------------------------------------------------------

    def new_call(self, name: str, policy: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
        """Number a call, in the moment it is made.

        Raises:
            Evicted: The statement is being unwound.
            DivergenceError: Its calls are not those of its first run.
            RuntimeError: No statement runs: a thread has outlived its own.
        """
        self.check()
        counter = self._counter
        if counter is None:
            raise RuntimeError(f"{name}() was called by a thread that outlived its statement: wait for threads to end")
        mark, text = mark_arguments(args, kwargs)
        return make_call(self._place, counter.next_call(name, mark), name, policy, mark, text)

    def check(self) -> None:
        """Refuse when the statement is not to act any more; also after its code has swallowed the reason."""
        if self.divergence is not None:
            raise self.divergence
        self.parking.check()

    def find(self, call: Call) -> CallEntry | None:
        """The entry of the same call in an earlier run of the statement.

        Raises:
            DivergenceError: Another call was made there.
        """
        self.check()
        known = self._known.get(call.id)
        if known is None:
            return None
        if (known.entry.name, known.entry.fingerprint) != (call.name, call.fingerprint):
            self.divergence = DivergenceError(str(call), str(known_as(known.entry)), _fate(known.entry))
            raise self.divergence
        call.begun_at = known.entry.begun_at
        return known.entry

    def finished(self, call: Call) -> Outcome | None:
        """What came of the call in an earlier run, if that is known; what it printed then is printed again."""
        entry = self.find(call)
        if entry is None or entry.state not in ("returned", "raised", "cancelled"):
            return None
        payload = self._known[call.id].payload
        if payload is None and entry.state != "cancelled":
            return None
        del self._known[call.id]
        call.note = entry.note
        self._job.sink.add_all(entry.outputs)
        value = None if payload is None else self._codec.load(payload)
        outcome = Outcome(entry.state, value)
        call.outcome_text = outcome.text
        self._notes.append(call.told(entry))
        return outcome

    def start(self, call: Call, *, data: Mapping[str, Any] | None = None) -> None:
        """Get ready to act: after this the store knows that the call may have acted.

        Raises:
            Evicted: What an earlier run of the call did is unknown, and a person has not said yet what to do.
        """
        entry = self.find(call)
        if entry is not None and data is not None:
            del self._known[call.id]
            return
        if entry is not None and call.policy == "ask":
            self._interrupted(call, entry)
        if data is not None:
            self._keep(call.entry("waiting", data=data), wait=True)
        elif call.policy != "safe":
            self._keep(call.entry("begun"), wait=True)
        self._running[call.id] = call
        self._known.pop(call.id, None)

    def _interrupted(self, call: Call, entry: CallEntry) -> None:
        given = self._store.answer(call.id)
        if given is None:
            call.note = entry.note or "the process ended while it ran"
            unknown = call.entry("unknown")
            self._keep(unknown, wait=True)
            self.parking.evict_now(
                call.id, (AnswerWait(call.id),), f"a decision: what came of {call} is unknown; {call.note}"
            )
        if not given.retry:
            del self._known[call.id]
            value = self._codec.load(given.payload)
            raise Resolved(Outcome("raised", CallFailedError(value)) if given.failed else Outcome("returned", value))
        call.note = "made again, as a person decided"

    def load(self, payload: Any) -> Any:
        """A stored value."""
        return self._codec.load(payload)

    def close(
        self, call: Call, outcome: Outcome, effects: Sequence[Effect] = (), *, message_id: str | None = None
    ) -> None:
        """Keep what came of a call. It need not be on the disk yet when this returns.

        Args:
            effects: What the call did to the job.
            message_id: A message that the call has taken out of the inbox.
        """
        group = None
        if outcome.state != "cancelled":
            group = self._codec.encode(outcome.value)
            if group.lost:
                call.note = f"its outcome cannot be stored: {group.lost[0].reason}"
                group = None
        call.outcome_text = outcome.text
        entry = call.entry(outcome.state, outcome=group)
        with self._lock:
            self._running.pop(call.id, None)
            self._effects += effects
            self._notes.append(call.told(entry))
        starts = any(isinstance(effect, StartSubTask) for effect in effects)
        if call.policy == "safe" and message_id is None and not starts:
            with self._lock:
                self._unwritten.append(entry)
        else:
            self._keep(entry, wait=starts or message_id is not None, message_id=message_id)

    def _keep(self, entry: CallEntry, *, wait: bool, message_id: str | None = None) -> None:
        with self._lock:
            entries = [*self._unwritten, entry]
            effects, self._unwritten, self._effects = self._effects, [], []
            self._written.update(dict.fromkeys(one.id for one in entries))
            self._store.write(entries, effects, wait=wait, message_id=message_id)


def _place(call_id: str) -> str:
    return ".".join(call_id.split(".")[:3])


def _fate(entry: CallEntry) -> str:
    return {"returned": "which has returned", "raised": "which has failed", "waiting": "which waits"}.get(
        entry.state, "of which it is not known what came"
    )


def _cut_off(call: Call) -> CallNote:
    call.note = "cut off by the end of its statement; what it did is not known"
    return call.told(call.entry("unknown"))


def _not_made_again(entry: CallEntry) -> CallNote:
    call = known_as(entry)
    call.note = "made before an interruption; the statement did not make it again when it ran once more"
    return call.told(replace(entry, note=call.note))
