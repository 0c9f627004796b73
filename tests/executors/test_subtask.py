"""Subtasks, seen from the parent and from inside."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from statek_jupyter.executors.current_job import current_job, get_current_job
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.subtask import (
    SubTaskHandler,
    SubTaskState,
    TaskError,
    complete_sub_task,
    create_sub_task,
    subtask,
)
from statek_jupyter.executors.tool import as_tool
from tests.executors.kept import Database, Keep, a_job


@subtask
def research(topic: str, **kwargs: Any) -> Job:
    """Look into a topic."""
    return a_job(parent_job=kwargs.get("parent"))


@subtask
async def research_later(topic: str, **kwargs: Any) -> SubTaskHandler:
    return SubTaskHandler(a_job())


@pytest.fixture
def inside() -> Iterator[Job]:
    """A job whose code runs here."""
    job = a_job(parent_job=a_job())
    token = current_job.set(job)
    yield job
    current_job.reset(token)


def test_a_handler_knows_how_far_the_child_is(keep: Keep[SubTaskHandler]) -> None:
    """WAITING until it starts, STARTED until an outcome is given, also when it is DONE without one."""
    handler = keep(SubTaskHandler(a_job(), "x"))
    assert handler.state is SubTaskState.WAITING
    for status in (JobStatus.STARTED, JobStatus.DONE):
        handler.job.set_status(status)
        assert handler.state is SubTaskState.STARTED
    handler.complete(3)
    assert (handler.state, handler.result, handler.is_completed, str(handler)) == (SubTaskState.COMPLETED, 3, True, "3")


def test_an_outcome_is_given_once() -> None:
    """A result or an error, never both; refused outcomes record nothing."""
    handler = SubTaskHandler(a_job(), "x")
    with pytest.raises(ValueError, match="a result and an error"):
        handler.complete(1, "no")
    assert not handler.is_completed
    handler.complete(error=ValueError("no luck"))
    assert (handler.state, handler.error) == (SubTaskState.ERROR, TaskError("no luck"))
    with pytest.raises(RuntimeError, match="sub-task id=x is already completed"):
        handler.complete(2)
    with pytest.raises(RuntimeError, match="no luck"):
        str(handler)


def test_completing_notifies_the_parent() -> None:
    """Success with nothing to say is a success too."""
    parent = a_job()
    handler = SubTaskHandler(a_job(parent_job=parent))
    with pytest.raises(RuntimeError, match="sub-task has not completed"):
        str(handler)
    handler.complete()
    assert parent.pending_notifications == (handler,)
    assert (str(handler), handler.get_log_message()) == ("", "[Notification] sub-task completed successfully.")


def test_a_result_of_any_class_survives(database: Database) -> None:
    """Also one that no import finds: the notification opens everywhere."""

    class Found:
        owls = 3

    handler = SubTaskHandler(a_job(), "x")
    handler.complete({"found": Found()})
    assert database.reread(handler).result["found"].owls == 3


def test_the_decorator_gives_the_child_its_handler() -> None:
    """A returned job is wrapped, a returned handler is completed with the id; the child finds it as a variable."""
    handler = research("owls", id="r1")
    assert isinstance(handler, SubTaskHandler) and handler.id == "r1"
    assert handler.job.py_env.local_state["sub_task_handler"] is handler
    later = asyncio.run(research_later("owls", id="r2"))
    assert later.id == "r2" and later.job.py_env.local_state["sub_task_handler"] is later


def test_models_are_told_of_the_id() -> None:
    """The signature has an optional ``id`` and gives a handler."""
    assert list(inspect.signature(research).parameters) == ["topic", "id", "kwargs"]
    record = as_tool(research)
    assert record.signature == "(topic: str, *, id: str | None = None, **kwargs: Any) -> SubTaskHandler"
    assert record.parameters["properties"]["topic"] == {"type": "string"}
    assert record.parameters["required"] == ["topic"]


def test_functions_that_cannot_start_a_subtask_are_refused() -> None:
    """An own ``id``, no ``**kwargs``, or a return value that is neither job nor handler."""
    with pytest.raises(TypeError, match="must not declare it"):
        subtask(lambda id, **kwargs: None)
    with pytest.raises(TypeError, match="take \\*\\*kwargs"):
        subtask(lambda: None)
    with pytest.raises(TypeError, match="must return a Job or a SubTaskHandler, not int"):
        subtask(lambda **kwargs: 3)()


def test_a_child_completes_itself(inside: Job) -> None:
    """Code of the child needs no reference to its handler."""
    handler = create_sub_task(inside, id="me")
    assert get_current_job() is inside
    complete_sub_task("found it")
    assert handler.result == "found it"
    assert inside.parent_job is not None and inside.parent_job.find_sub_task_handler("me") is handler


def test_a_job_that_is_no_subtask_cannot_complete(inside: Job) -> None:
    """Neither without a handler nor with something else in its place."""
    with pytest.raises(RuntimeError, match="no subtask"):
        complete_sub_task()
    inside.add_locals(sub_task_handler="oops")
    with pytest.raises(TypeError, match="is a str"):
        complete_sub_task()


def test_outside_of_jobs_there_is_none() -> None:
    """Said in one clear line."""
    with pytest.raises(RuntimeError, match="no job is running here"):
        complete_sub_task()


@pytest.mark.parametrize(("result", "own"), [("short", False), ("long" * 2_000, True), (list(range(3_000)), True)])
def test_a_large_outcome_is_written_once(result: Any, own: bool) -> None:
    """In a record of its own, which another handler of the same outcome shares."""
    handler = SubTaskHandler(None, 7)
    handler.complete(result)
    other = handler.as_of(1, None, 8, "here")
    assert (other.result, other.result_text, other.id, other.number) == (result, str(result), 7, 8)
    assert (other._large is not None) == own and other._large is handler._large
    assert len(pickle.dumps({**handler.__getstate__(), "_large": None})) < 1_000
