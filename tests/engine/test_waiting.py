"""Statements that wait: what runs again, what answers from the journal, what wakes the job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.future import FutureResult, temporal
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.executors.tool import tool
from statek_jupyter.store import JobHandle, Store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually

ANSWERS: dict[Any, Any] = {}
EFFECTS: list[Any] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ANSWERS.clear()
    EFFECTS.clear()


@tool
def effect(what: Any) -> None:
    """Do something outside."""
    EFFECTS.append(what)


def _ready(future: FutureResult) -> bool:
    return future.deps in ANSWERS


def _value(future: FutureResult) -> Any:
    return ANSWERS[future.deps]


@tool
@temporal(complement=_value, condition=_ready)
def ask(what: Any) -> FutureResult:
    """Ask something that is answered later."""
    EFFECTS.append(f"asked {what}")
    return FutureResult(what)


LOOP = """```python
out = []
for i in range(3):
    effect(i); out.append(ask(i))
```"""


def _suspended(handle: JobHandle) -> bool:
    return handle.status is JobStatus.SUSPENDED and handle.read(lambda job: job.lease) is None


def test_a_loop_with_effects_and_waits_ends_as_if_it_had_never_stopped(store: Store, tmp_path: Path) -> None:
    """Three futures, completed one after the other, each in front of another worker: three effects."""
    handle = store.submit(define([LOOP, "Done."], tools=[effect, ask]))
    for number in range(3):
        with Worker(store):
            eventually(lambda: _suspended(handle))
            assert handle.awaiting == "ask"
        ANSWERS[number] = f"answer {number}"
        handle.resume()
    with Worker(store):
        assert handle.wait(30).result == "Done."
    assert EFFECTS == [0, "asked 0", 1, "asked 1", 2, "asked 2"]
    assert handle.locals["out"] == ["answer 0", "answer 1", "answer 2"]


def test_what_was_printed_before_a_wait_is_printed_once(store: Store, worker: Worker) -> None:
    """Also what a finished call printed, which is not made again."""

    def shout(word: str) -> None:
        print(word.upper())

    code = "```python\nfor w in 'ab':\n    print(w); shout(w); print(ask(w))\n```"
    handle = store.submit(define([code, "Done."], tools=[shout, ask]))
    for word in "ab":
        eventually(lambda: _suspended(handle))
        assert outputs(handle) == ""
        ANSWERS[word] = word * 2
        handle.resume()
        eventually(lambda: not _suspended(handle))
    assert handle.wait(30).result == "Done."
    assert outputs(handle) == "a\nA\naa\nb\nB\nbb\n"
