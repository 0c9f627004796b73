"""What a person can ask of a job that exists, each answered by a line that says what happens next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError, JobStateError
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.executors.model_choice import ModelChoice, TaskDifficulty
from statek_jupyter.llm import registry

if TYPE_CHECKING:
    from statek_jupyter.store import JobHandle, Store


def send_message(handle: JobHandle, text: str) -> str:
    """Send a message; a finished job takes up its work again.

    Raises:
        BadOptionError: There is nothing in the message.
    """
    if not text.strip():
        raise BadOptionError("TEXT", "the message is empty")
    handle.send(text)
    return f"sent to {handle.id}"


def stop_job(handle: JobHandle, reason: str | None = None) -> str:
    """Ask a job to end.

    Raises:
        JobStateError: It has ended already.
    """
    if handle.status is JobStatus.DONE:
        raise JobStateError(handle.id, "has ended already")
    handle.stop(reason)
    return f"asked {handle.id} to stop"


def resume_job(handle: JobHandle) -> str:
    """Let a job that waits, or that failed, try again.

    Raises:
        JobStateError: There is nothing to try again.
    """
    status = handle.status
    if status is JobStatus.DONE and handle.error is None:
        raise JobStateError(handle.id, "has ended well; send it a message to go on with it")
    if status not in (JobStatus.DONE, JobStatus.SUSPENDED):
        raise JobStateError(handle.id, f"is {status.name.lower().replace('_', ' ')}, not suspended or failed")
    handle.resume()
    return f"asked {handle.id} to go on"


def complete_event(store: Store, name: str, text: str | None) -> str:
    """Complete an outside event; the value is JSON where the text is some, else the text itself.

    Raises:
        BadOptionError: The name is empty.
        EventCompletedError: It was completed before.
    """
    if not name.strip():
        raise BadOptionError("NAME", "the event needs a name")
    store.complete(name, _value(text))
    return f"completed {name}"


def _value(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def answer_job(handle: JobHandle, text: str, call: str | None = None) -> str:
    """Answer the question of a job.

    Raises:
        JobStateError: It asks nothing, or somebody has answered already.
        BadOptionError: The text is none of the options.
    """
    handle.answer(text, call)
    return f"answered {handle.id}"


def resolve_job(
    handle: JobHandle, call: str | None, *, outcome: str | None = None, error: str | None = None, retry: bool = False
) -> str:
    """Say what came of a call: its outcome, JSON or else a text; why it failed; or that it is to be made again.

    Raises:
        BadOptionError: Not exactly one of them is given.
        JobStateError: No outcome is unknown, or somebody has decided already.
    """
    if retry + (outcome is not None) + (error is not None) != 1:
        raise BadOptionError("resolve", "needs one of --outcome VALUE, --error TEXT and --retry")
    if retry:
        handle.resolve(call, retry=True)
        return f"{handle.id} makes the call again"
    if error is not None:
        handle.resolve(call, error=error)
        return f"{handle.id} goes on with that error"
    handle.resolve(call, outcome=_value(outcome))
    return f"{handle.id} goes on with that outcome"


def fork_job(handle: JobHandle, values: Mapping[str, str]) -> JobHandle:
    """Fork a job as the texts of `FORK_OPTIONS` say.

    Raises:
        BadOptionError: ``at`` is no turn's number.
        UserError: The turn is not there or has not ended, or nothing answers to the model's name.
    """
    at = read_turn_number(values["at"]) if "at" in values else None
    if "model" in values:
        choice = ModelChoice.parse(values["model"])
        for difficulty in TaskDifficulty:
            registry.check(choice.name_for(difficulty).text)
    return handle.fork(at, model=values.get("model"), message=values.get("message"), name=values.get("name"))


def read_turn_number(text: str) -> int:
    """The number of a turn.

    Raises:
        BadOptionError: It is none.
    """
    try:
        return int(text)
    except ValueError:
        raise BadOptionError("--at", f"needs the number of a turn, got {text!r}") from None
