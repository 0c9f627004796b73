"""Models of the user's own: whatever they raise, return or block is one clear error of one job, and can be stopped."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.model import ModelReply, ModelRequest
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("store", ["memory:"], indirect=True)


class Own(BaseException):
    """No `Exception`."""


class Client:
    """A client of the user's own."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act = act

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        result: ModelReply = self.act()
        return result


def submit(store: Store, model: Any, name: str = "own") -> JobHandle:
    """A job of this model."""
    register_model(name, model)
    return store.submit(JobDef(Agent(name, metadata={"MODEL": f"function/{name}"})))


ERRORS = [
    SystemExit(3),
    KeyboardInterrupt(),
    Own("own"),
    GeneratorExit(),
    asyncio.CancelledError("x"),
    StopIteration(1),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", ["client", "function", "async function"])
def test_whatever_a_model_raises_is_an_error_of_its_job(
    store: Store, worker: Worker, kind: str, error: BaseException
) -> None:
    """It names what was raised, and the worker runs the next job."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    async def afail(messages: Any, **request: Any) -> Any:
        raise error

    model: Any = {"client": Client(fail), "function": FunctionModel(fail), "async function": FunctionModel(afail)}[kind]
    handle = submit(store, model).wait(20)
    assert type(error).__name__ in str(handle.error) and "unknown" in str(handle.error)
    assert submit(store, ScriptedModel(["Fine."]), "next").wait(20).result == "Fine."
    assert worker.running


@pytest.mark.parametrize("value", [None, "text", ModelReply(text=None), ModelReply(tool_calls=("x",))])  # type: ignore[arg-type]
def test_a_client_that_returns_no_reply_is_told(store: Store, worker: Worker, value: Any) -> None:
    """Not a fault of the engine: the message says what a client returns."""
    handle = submit(store, Client(lambda: value)).wait(20)
    assert "ModelReply" in str(handle.error) and "own" in str(handle.error)


class Unprintable(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise SystemExit


def test_an_error_of_a_model_that_has_no_text_is_told_by_its_type(store: Store, worker: Worker) -> None:
    """Making the message may fail, too."""

    def fail() -> Any:
        raise Unprintable

    assert "Unprintable" in str(submit(store, Client(fail)).wait(20).error)


@pytest.mark.parametrize("kind", ["client", "function", "async function", "stubborn"])
def test_a_model_that_blocks_is_left_behind_by_a_stop(store: Store, worker: Worker, kind: str) -> None:
    """Its job ends at once, others are not held up, and one that was written ``async`` but blocks blocks itself."""
    asked, door = threading.Event(), threading.Event()

    def block(*args: Any, **kwargs: Any) -> Any:
        asked.set()
        door.wait(60)
        return ModelReply("late")

    async def ablock(messages: Any, **request: Any) -> Any:
        return block()

    class Stubborn:
        async def complete(self, request: ModelRequest, on_text: Any = None) -> ModelReply:
            asked.set()
            while not door.is_set():
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    continue
            return ModelReply("late")

    models: dict[str, Any] = {
        "client": Client(block),
        "function": FunctionModel(block),
        "async function": FunctionModel(ablock),
        "stubborn": Stubborn(),
    }
    handle = submit(store, models[kind])
    assert asked.wait(20)
    assert submit(store, ScriptedModel(["Fine."]), "next").wait(20).result == "Fine."
    began = time.monotonic()
    handle.stop("enough")
    handle.wait(20)
    assert "stopped: enough" in str(handle.error) and time.monotonic() - began < 15
    door.set()
    assert handle.turns == 0


def test_a_hundred_blocked_models_hold_up_nobody(store: Store) -> None:
    """There is no pool that they could fill."""
    door, asked = threading.Event(), threading.Semaphore(0)

    def block(messages: Any, **request: Any) -> str:
        asked.release()
        door.wait(60)
        return "late"

    with Worker(store, concurrency=200) as worker:
        handles = [submit(store, FunctionModel(block), f"b{n}") for n in range(100)]
        for _ in handles:
            assert asked.acquire(timeout=20)
        assert submit(store, FunctionModel(lambda messages: "Fine."), "next").wait(10).result == "Fine."
        door.set()
        eventually(lambda: not worker.running_jobs, 20)


def test_a_stop_while_a_request_is_prepared_cancels_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It arrives between the decision to ask and the request: the model is not asked, and not waited for."""
    from statek_jupyter.engine import commits, driver

    asked: list[int] = []
    begin = commits.begin_ask

    def stopped_meanwhile(*arguments: Any) -> Any:
        begun = begin(*arguments)
        for one in worker._drivers.values():
            worker._loop.call_soon_threadsafe(one._interrupt, driver.JobStoppedError("now"))  # type: ignore[union-attr]
        return begun

    def answer(messages: Any, **request: Any) -> str:
        asked.append(1)
        time.sleep(1)
        return "late"

    monkeypatch.setattr(commits, "begin_ask", stopped_meanwhile)
    with Worker(store) as worker:
        register_model("own", FunctionModel(answer))
        handle = store.submit(JobDef(Agent("own", metadata={"MODEL": "function/own"})))
        eventually(lambda: handle.read(lambda job: len(job.chat_log)) > 0)
        handle.stop("now")
        handle.wait(20)
    assert "stopped: now" in str(handle.error) and asked == []
