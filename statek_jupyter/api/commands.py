"""What may be asked of a job: read from a request, and put where the job's worker finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from statek_jupyter.api.fields import Field, Number, Text, read_fields
from statek_jupyter.errors import BadOptionError, JobStateError
from statek_jupyter.store import JobHandle
from statek_jupyter.store.history.fork import fork_job
from statek_jupyter.views.standing import question_view
from statek_jupyter.views.wording import REPLY

MAX_TEXT = 100_000
MAX_KEY = 80
Values = Mapping[str, Any]


class CommandAnswer(TypedDict, total=False):
    """What came of a command; it is in the store by then."""

    job: str
    """Id of the new job, for a fork."""


@dataclass(frozen=True, slots=True)
class CommandKind:
    """One command."""

    about: str
    fields: Mapping[str, Field]
    act: Callable[[JobHandle, Values, str | None], CommandAnswer]


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a job."""

    name: str
    values: Values
    key: str | None
    """Given again with the same command it is the same request; None for one that is not repeated."""

    def carry_out(self, handle: JobHandle) -> CommandAnswer:
        """Do it; it is in the store when this returns. The same key for the same job acts once, also after restarts.

        Raises:
            UnknownJobError: There is no such job.
            UserError: The job cannot do this.
        """
        return COMMANDS[self.name].act(handle, self.values, self.key)


def _send(handle: JobHandle, values: Values, key: str | None) -> CommandAnswer:
    handle.send(values["text"], key=key)
    return {}


def _answer(handle: JobHandle, values: Values, key: str | None) -> CommandAnswer:
    question = values["question"]
    if not question.startswith(REPLY):
        handle.answer(values["text"], question, key=key)
        return {}
    asked, done = handle.read(
        lambda job: (question_view(job), key is not None and job.inbox.answer_to(key) is not None)
    )
    if not done and (asked is None or asked["id"] != question):
        raise JobStateError(handle.id, "does not ask this any more")
    handle.send(values["text"], key=key)
    return {}


def _resolve(handle: JobHandle, values: Values, key: str | None) -> CommandAnswer:
    call, told = values["call"], values["text"]
    if values["outcome"] == "again":
        handle.resolve(call, retry=True, key=key)
    elif values["outcome"] == "failed":
        handle.resolve(call, error=told or "a person said that it failed", key=key)
    else:
        handle.resolve(call, outcome=told or None, key=key)
    return {}


def _stop(handle: JobHandle, values: Values, key: str | None) -> CommandAnswer:
    handle.stop(values["text"] or None, key=key)
    return {}


def _resume(handle: JobHandle, values: Values, key: str | None) -> CommandAnswer:
    handle.resume(key=key)
    return {}


def _fork(handle: JobHandle, values: Values, key: str | None) -> CommandAnswer:
    options = {name: values[name] or None for name in ("model", "name")}
    made = fork_job(
        handle, values["turn"], message=values["text"] or None, metadata=None, key=key, any_worker=True, **options
    )
    return {"job": made.id}


_MESSAGE = Text("the message", MAX_TEXT)

COMMANDS: Mapping[str, CommandKind] = {
    "send": CommandKind("A message to the job; one that has ended takes up its work again.", {"text": _MESSAGE}, _send),
    "answer": CommandKind(
        "Answer what the job asks a person.",
        {
            "question": Text("id of the question", MAX_KEY),
            "text": Text("the answer", MAX_TEXT),
            "option": Number("position of the choice that was taken", optional=True),
        },
        _answer,
    ),
    "stop": CommandKind("End the job as soon as possible.", {"text": Text("why", MAX_TEXT, optional=True)}, _stop),
    "resume": CommandKind("Let a job that waits, or that failed, try again.", {}, _resume),
    "fork": CommandKind(
        "A new job that goes on from a turn of this one, which stays as it is.",
        {
            "turn": Number("the last turn both share; the last one that has ended when absent", optional=True),
            "text": Text("a message to begin with", MAX_TEXT, optional=True),
            "model": Text("for the new job; this job's when absent", optional=True),
            "name": Text("for the new job", optional=True),
        },
        _fork,
    ),
    "resolve": CommandKind(
        "Say what came of a call that was cut off: it was done, it failed, or it is to be made again.",
        {
            "call": Text("id of the call", MAX_KEY),
            "outcome": Text("what came of it", choices=("done", "failed", "again")),
            "text": Text("its value when it was done, why when it failed", MAX_TEXT, optional=True),
        },
        _resolve,
    ),
}


def read_command(body: Any) -> Command:
    """The command in a request: its name as ``command``, its fields, and perhaps a ``key``.

    Raises:
        BadOptionError: It is none.
    """
    if not isinstance(body, dict):
        raise BadOptionError("body", 'it must be a JSON object such as {"command": "stop"}')
    name = body.get("command")
    if not isinstance(name, str) or name not in COMMANDS:
        shown = name[:40] if isinstance(name, str) else name
        raise BadOptionError("command", f"{shown!r} is none: use one of {', '.join(COMMANDS)}")
    own = {"command": Text("the command"), "key": Text("names this request", MAX_KEY, optional=True)}
    values = read_fields({**own, **COMMANDS[name].fields}, body)
    if name in ("send", "answer") and not values["text"].strip():
        raise BadOptionError("text", "an empty message cannot be sent")
    return Command(name, values, values["key"] or None)
