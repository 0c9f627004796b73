"""Statements that wait: what runs again, what answers from the journal, what wakes the job."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import BadOptionError, JobStateError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.future import FutureResult, temporal
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.text import job_text
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


def test_a_loop_with_effects_and_waits_ends_as_if_it_had_never_stopped(store: Store) -> None:
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


def waiting(handle: JobHandle) -> Any:
    """What the job's view says it waits for."""
    return handle.read(read_job)["waiting"]


def test_a_question_is_answered_once(store: Store, worker: Worker) -> None:
    """It is seen at once; only an option is taken; the second person who answers is told."""
    code = "```python\nchosen = ask_human('Which <b>one</b>?', options=['red', 'blue'])\nchosen\n```"
    handle = store.submit(define([code, "Done."]))
    (asked,) = eventually(lambda: waiting(handle))
    assert (asked["kind"], asked["question"], asked["options"]) == ("question", "Which <b>one</b>?", ["red", "blue"])
    with pytest.raises(BadOptionError, match="'green' is none of 'red', 'blue'"):
        handle.answer("green")
    outcomes: list[Any] = []

    def say(color: str) -> None:
        try:
            outcomes.append(handle.answer(color, asked["call"]))
        except JobStateError as error:
            outcomes.append(error)

    people = [threading.Thread(target=say, args=(color,)) for color in ("red", "blue", "red", "blue")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert outcomes.count(None) == 1 and len(outcomes) == 4
    assert handle.wait(30).locals["chosen"] in ("red", "blue")
    with pytest.raises(JobStateError, match="has no open question"):
        handle.answer("red")


def test_an_option_comes_back_as_it_was_given(store: Store, worker: Worker) -> None:
    """Whether a person picks it in Python or types it in a shell."""
    handle = store.submit(define(["```python\nout = [ask_human('How many?', [1, 2]) for _ in 'ab']\n```", "Done."]))
    for said in (2, "1"):
        eventually(lambda: waiting(handle))
        assert waiting(handle)[0]["options"] == ["1", "2"]
        handle.answer(said)
        eventually(lambda: not waiting(handle) or waiting(handle)[0]["call"].endswith("1"))
    assert handle.wait(30).locals["out"] == [2, 1]


def test_a_question_can_go_unanswered(store: Store, worker: Worker) -> None:
    """After its time it gives None; an answer then comes too late."""
    handle = store.submit(define(["```python\nask_human('Still there?', timeout=0.4)\nx = 1\n```", "Done."]))
    assert handle.wait(30).result == "Done." and handle.locals["x"] == 1


def test_a_timer_keeps_its_time_when_the_worker_stops(store: Store) -> None:
    """It was due while no worker ran, so it is over at once; it does not begin anew."""
    handle = store.submit(define(["```python\nsleep(2.3)\n```", "Done."]))
    with Worker(store):
        eventually(lambda: _suspended(handle))
        due = waiting(handle)[0]["until"]
    with Worker(store):
        assert handle.wait(30).result == "Done."
    assert handle.read(lambda job: job.finished_at).isoformat() >= due
    turn = handle.chat_log[0]
    assert [call.name for call in turn.calls] == ["sleep"] and 2.3 <= next(turn.calls).seconds < 9


def test_a_short_sleep_keeps_everything_in_memory(store: Store, worker: Worker) -> None:
    """A loop that looks again and again is not run from its start each time, and keeps what cannot be stored."""
    code = "```python\ng = iter(range(9))\nrows = (n for n in g)\nnext(rows)\nsleep(0.5)\nout = next(rows)\n```"
    handle = store.submit(define([code, "Done."]))
    assert handle.wait(30).locals["out"] == 1 and handle.read(lambda job: job.lease_token) == 1


def test_an_event_a_job_and_a_message_are_waited_for(store: Store, worker: Worker) -> None:
    """With ``await`` and without; what has come already is there at once."""
    other = store.submit(define(["```python\nexit(7)\n```"]))
    other.wait(30)
    code = (
        "```python\ngot = [external_event('paid'), wait_for_job(other)]\ngot.append(await external_event('sent'))\n"
        "text = wait_for_message()\n```"
    )
    handle = store.submit(define([code, "Done."]), locals={"other": other})
    store.complete("sent", {"at": 5})
    eventually(lambda: _suspended(handle))
    assert handle.awaiting == "the event 'paid'"
    store.complete("paid", 3)
    eventually(lambda: handle.status is JobStatus.SUSPENDED and handle.awaiting == "a message")
    handle.send("hello")
    assert handle.wait(30).result == "Done."
    assert handle.locals["got"] == [3, 7, {"at": 5}] and handle.locals["text"] == "hello"
    assert not [entry for entry in handle.chat_log if isinstance(entry, UserLogItem)]


def test_a_job_that_failed_gives_no_result(store: Store, worker: Worker) -> None:
    """Whoever waits for it gets an error that says so, and may go on."""
    other = store.submit(define(["```python\nsleep(60)\n```"]))
    code = "```python\ntry:\n    wait_for_job(other)\nexcept Exception as error:\n    exit(str(error))\n```"
    register_model("waits", ScriptedModel([code]))
    agent = Agent("waits", metadata={"MODEL": "scripted/waits"})
    handle = store.submit(JobDef(agent), locals={"other": other})
    eventually(lambda: _suspended(handle))
    other.stop("enough")
    assert handle.wait(30).result == f"job {other.id} gave no result: JobStoppedError: stopped: enough"


def test_swallowing_the_eviction_changes_nothing(store: Store, worker: Worker) -> None:
    """A bare ``except`` and a ``finally`` run, but nothing of it is kept, and calls are refused there."""
    code = (
        "```python\nseen = []\nfor n in range(2):\n    try:\n        seen.append(ask(n))\n"
        "    except BaseException as error:\n        seen.append(type(error).__name__)\n"
        "    finally:\n        effect(f'cleaned {n}'); print('clean')\n```"
    )
    handle = store.submit(define([code, "Done."], tools=[ask, effect]))
    for number in range(2):
        eventually(lambda: _suspended(handle))
        ANSWERS[number] = number * 10
        handle.resume()
        eventually(lambda: handle.status is not JobStatus.SUSPENDED)
    assert handle.wait(30).result == "Done." and handle.locals["seen"] == [0, 10]
    assert EFFECTS == ["asked 0", "cleaned 0", "asked 1", "cleaned 1"] and outputs(handle) == "clean\nclean\n"


def test_code_that_goes_on_after_its_eviction_is_stopped(store: Store, worker: Worker) -> None:
    """A loop that swallows everything would never end."""
    loop = "while True:\n    try:\n        x = int(ask('a'))\n        break\n    except BaseException:\n        pass"
    code = f"```python\n{loop}\n```"
    handle = store.submit(define([code, "Done."], tools=[ask]))
    eventually(lambda: _suspended(handle), timeout=20)
    ANSWERS["a"] = 1
    handle.resume()
    assert handle.wait(30).result == "Done." and handle.locals["x"] == 1


GO_ON = threading.Event()


def _cut_off(store: Store, handle: JobHandle) -> Any:
    """Stop the worker while `pay` acts, and let another one find that; gives what is waited for then."""
    GO_ON.clear()
    with Worker(store):
        eventually(lambda: EFFECTS == ["paid 5"])
    GO_ON.set()
    with Worker(store):
        eventually(lambda: _suspended(handle))
    return waiting(handle)


@tool
def pay(amount: int) -> str:
    """Pay, and then take long to say so."""
    EFFECTS.append(f"paid {amount}")
    while not GO_ON.is_set():
        sum(range(100))
    return f"receipt {len(EFFECTS)}"


@pytest.mark.parametrize("retry", [True, False])
def test_a_call_that_was_cut_off_is_decided_by_a_person(store: Store, retry: bool) -> None:
    """Nobody knows whether it has acted: the job waits, and goes on as it is told."""
    handle = store.submit(define(["```python\nx = 1\nreceipt = pay(5)\n```", "Done."], tools=[pay]))
    (unknown,) = _cut_off(store, handle)
    assert (unknown["kind"], unknown["name"], unknown["arguments"]) == ("unknown", "pay", "5")
    assert "what came of pay(5) is unknown" in (handle.awaiting or "") and EFFECTS == ["paid 5"]
    assert "does not know what came of pay(5)" in job_text(handle.read(read_job))
    with pytest.raises(BadOptionError):
        handle.resolve()
    with pytest.raises(JobStateError, match="has no open call"):
        handle.resolve("7.7.7.7", retry=True)
    handle.resolve(retry=True) if retry else handle.resolve(unknown["call"], outcome="receipt 0")
    with pytest.raises(JobStateError, match="a moment ago"):
        handle.resolve(unknown["call"], retry=True)
    with Worker(store):
        assert handle.wait(30).result == "Done."
    assert (["paid 5", "paid 5"] if retry else ["paid 5"]) == EFFECTS
    assert handle.locals["receipt"] == ("receipt 2" if retry else "receipt 0")
    turn = handle.chat_log[0]
    (call,) = turn.calls  # type: ignore[union-attr]
    assert call.state == "returned" and "person" in call.note


def test_a_statement_that_calls_something_else_when_it_runs_again_fails(store: Store) -> None:
    """It is not guessed which of the two is meant; also when its code swallows the error."""
    code = (
        "```python\nimport os\ntry:\n    effect(os.environ.get('STATEK_TEST_SWITCH')); ask('a')\n"
        "except Exception:\n    pass\n```"
    )
    handle = store.submit(define([code, "Seen."], tools=[effect, ask]))
    with Worker(store):
        eventually(lambda: _suspended(handle))
    os.environ["STATEK_TEST_SWITCH"] = "on"
    try:
        handle.resume()
        with Worker(store):
            assert handle.wait(30).result == "Seen."
    finally:
        del os.environ["STATEK_TEST_SWITCH"]
    error = handle.chat_log[0].error  # type: ignore[union-attr]
    assert error is not None and error.type_name == "DivergenceError"
    assert "now calls effect('on') where it had called effect(None), which has returned" in error.message
    assert EFFECTS == [None, "asked a"]
