"""Forks of jobs that delegate: the subtasks come along."""

from __future__ import annotations

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import JobHandle, Store
from tests.engine.delegating import boss, code, researchers


def answers(name: str, reply: str) -> str:
    """A model that always says the same; its name."""
    register_model(name, FunctionModel(lambda messages, **request: reply))
    return f"function/{name}"


def delegate(store: Store, *replies: str) -> JobHandle:
    """A job that has ended, and its subtasks with it."""
    with Worker(store):
        return store.submit(boss(*replies), name="base").wait(30)


def test_code_of_a_fork_finds_a_subtask_that_had_ended(store: Store) -> None:
    """By its name, and with its outcome."""
    researchers(code("exit(topic.upper())"))
    origin = delegate(store, code("wait_for_job(research('owls', id='a'))"), "Done.")
    again = answers("again", code("exit((find_sub_task_handler('a').result, find_sub_task_handler().id))"))
    fork = run(origin.fork(model=again, message="Go on."), timeout=60)
    assert (fork.result, fork.error) == (("OWLS", "a"), None)
