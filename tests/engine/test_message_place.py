"""A message keeps its place in the conversation, whenever it comes and whatever the chat style; checked over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import UserLogItem
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.inbox import Message
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.tool import tool
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from tests.engine.delegating import boss, code, researchers
from tests.provider import Provider, Reply
from tests.waiting import eventually

STYLES: list[ChatStyle | None] = [None, *ChatStyle]
TEXT = "also look at the owls"


class Door:
    """Where code of a job waits, in memory, until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()


DOORS: list[Door] = []


@tool(retry="safe")
def hold() -> str:
    """Stand at the door."""
    DOORS[-1].reached.set()
    assert DOORS[-1].open.wait(60)
    return "held"


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    DOORS.append(made)
    yield made
    made.open.set()


def running(style: ChatStyle | None, source: str) -> Reply | str:
    """A reply that runs this code: as two tool calls where the style has them."""
    if style is ChatStyle.DIRECT:
        calls = [("python", json.dumps({"code": source})), ("python", json.dumps({"code": "print('second call')"}))]
        return Reply("I look.", tool_calls=calls)
    return source if style is ChatStyle.CONSOLE else f"```python\n{source}\n```"


def ending(style: ChatStyle | None) -> str:
    ends_by_code = style in (ChatStyle.CONSOLE, ChatStyle.MARKDOWN)
    return "```python\nexit('done')\n```" if ends_by_code else "All done."


def submit(
    store: Store, provider: Provider, style: ChatStyle | None, source: str, warmup: str | None = None
) -> JobHandle:
    provider.script("talk", [running(style, source), *[ending(style)] * 4])
    agent = Agent("talker", tools=[hold], metadata={"MODEL": "openai/talk"})
    return store.submit(JobDef(agent, warmup_code=warmup, _chat_style=style), message="begin")


def check_form(messages: list[dict[str, Any]]) -> None:
    """What strict providers ask: one system message first, each call answered by one tool message right behind it."""
    assert [message["role"] for message in messages].count("system") == 1 and messages[0]["role"] == "system"
    assert messages[1]["role"] == "user" and messages[-1]["role"] != "assistant"
    place = 0
    while place < len(messages):
        message = messages[place]
        assert message["role"] != "tool", f"a result without its call at {place}"
        calls = [call["id"] for call in message.get("tool_calls") or ()]
        answers = messages[place + 1 : place + 1 + len(calls)]
        assert [answer.get("tool_call_id") for answer in answers] == calls, f"calls without results at {place}"
        place += 1 + len(calls)


def said(message: dict[str, Any]) -> str:
    return str(message.get("content") or "")


def check_place(provider: Provider, after: str) -> None:
    """The message is in the last request, once, as the user's own words, behind what the code gave."""
    for request in provider.requests("talk"):
        check_form(request["messages"])
    messages = provider.requests("talk")[-1]["messages"]
    places = [place for place, message in enumerate(messages) if TEXT in said(message)]
    assert len(places) == 1 and messages[places[0]] == {"role": "user", "content": TEXT}
    outputs = [
        place for place, message in enumerate(messages) if after in said(message) and message["role"] != "assistant"
    ]
    assert outputs and max(outputs) < places[0], (outputs, places)


Stage = Callable[[Store, Provider, ChatStyle | None, Door], str]


def ready(store: Store, provider: Provider, style: ChatStyle | None, door: Door) -> str:
    """Before any worker has looked at it."""
    handle = submit(store, provider, style, "print('out')", "print('warm')")
    assert handle.status is JobStatus.READY
    handle.send(TEXT)
    with Worker(store):
        handle.wait(60)
    return "warm"


def warming_up(store: Store, provider: Provider, style: ChatStyle | None, door: Door) -> str:
    """While a block of its warmup runs and another is to come."""
    with Worker(store):
        handle = submit(store, provider, style, "print('out')", "print('one'); hold()\n# ----------\nprint('two')")
        assert door.reached.wait(60) and handle.status is JobStatus.WARMING_UP
        handle.send(TEXT)
        door.open.set()
        handle.wait(60)
    return "two"


def started(store: Store, provider: Provider, style: ChatStyle | None, door: Door) -> str:
    """While code of a turn runs; with DIRECT, while the first of two tool calls does."""
    with Worker(store):
        handle = submit(store, provider, style, "hold()\nprint('out')")
        assert door.reached.wait(60) and handle.status is JobStatus.STARTED
        handle.send(TEXT)
        door.open.set()
        handle.wait(60)
    return "second call" if style is ChatStyle.DIRECT else "out"


def suspended(store: Store, provider: Provider, style: ChatStyle | None, door: Door) -> str:
    """While a turn waits for an event, and nothing of it is in memory."""
    with Worker(store):
        handle = submit(store, provider, style, "print(external_event('bell'))")
        eventually(lambda: handle.status is JobStatus.SUSPENDED, 60)
        handle.send(TEXT)
        store.complete("bell", "ding")
        handle.wait(60)
    return "second call" if style is ChatStyle.DIRECT else "ding"


def done(store: Store, provider: Provider, style: ChatStyle | None, door: Door) -> str:
    """When it has ended; it goes on."""
    with Worker(store):
        handle = submit(store, provider, style, "print('out')").wait(60)
        handle.send(TEXT)
        handle.wait(60)
    assert handle.read(lambda job: job.num_completions) == 1
    return "out"


STAGES: dict[str, Stage] = {stage.__name__: stage for stage in (ready, warming_up, started, suspended, done)}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("stage", STAGES)
def test_a_message_keeps_its_place(
    stage: str, style: ChatStyle | None, store: Store, provider: Provider, door: Door
) -> None:
    """In every status, under every style."""
    check_place(provider, STAGES[stage](store, provider, style, door))


@pytest.mark.parametrize("style", STYLES)
def test_a_notification_keeps_its_place(style: ChatStyle | None, store: Store, provider: Provider, door: Door) -> None:
    """The end of a subtask while a tool call runs is told behind the results."""
    researchers("Owls are birds.")
    with Worker(store):
        handle = submit(store, provider, style, "hold()\nprint('out')")
        assert door.reached.wait(60)
        (child_definition,) = [boss(code("exit('from below')"), name="below")]
        store.submit(child_definition, parent=handle).wait(60)
        handle.send(TEXT)
        door.open.set()
        handle.wait(60)
    check_place(provider, "from below")


def test_a_message_put_straight_into_a_running_job_waits_its_turn(store: Store, provider: Provider, door: Door) -> None:
    """`Job.push_user_message` in a transaction: the code that runs is not forgotten."""

    def push(root: Root, job_id: str) -> None:
        root.job(job_id).push_user_message(TEXT)

    with Worker(store):
        handle = submit(store, provider, None, "hold()\nprint('out')")
        assert door.reached.wait(60)
        store.run(lambda root: push(root, handle.id))
        door.open.set()
        handle.wait(60)
    check_place(provider, "out")


def test_a_message_right_after_a_stop_is_answered(store: Store, provider: Provider, door: Door) -> None:
    """It is about what to do instead. What was said before the stop is in the chat log, and not answered."""
    with Worker(store):
        handle = submit(store, provider, None, "hold()\nprint('out')")
        assert door.reached.wait(60)
        handle.send("hurry")
        handle.stop("wrong way")
        handle.send(TEXT)
        handle.wait(60)
    assert handle.error is None and handle.result == "All done."
    assert [entry.message for entry in handle.chat_log if isinstance(entry, UserLogItem)] == ["begin", "hurry", TEXT]
    check_place(provider, "begin")


def test_a_stop_after_a_message_stops(store: Store, provider: Provider, door: Door) -> None:
    """In the order in which they were sent; nothing starts again by itself."""
    with Worker(store):
        handle = submit(store, provider, None, "hold()\nprint('out')")
        assert door.reached.wait(60)
        handle.stop("first")
        handle.send(TEXT)
        handle.stop("second")
        eventually(lambda: handle.status is JobStatus.DONE and handle.read(lambda job: len(job.inbox)) == 0, 60)
        assert "stopped: " in str(handle.error)
    texts = [entry.message for entry in handle.chat_log if isinstance(entry, UserLogItem)]
    assert texts == ["begin", TEXT] and len(provider.requests("talk")) == 1


def test_messages_of_many_senders_all_arrive(store: Store, provider: Provider, door: Door) -> None:
    """Sent at once from many threads while code runs: each is there once, in the order of sending per sender."""
    with Worker(store):
        handle = submit(store, provider, None, "hold()\nprint('out')")
        assert door.reached.wait(60)
        senders = [threading.Thread(target=lambda n=n: [handle.send(f"{n}.{m}") for m in range(5)]) for n in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert len(handle.read(lambda job: [one for one in job.inbox.pending() if isinstance(one, Message)])) == 20
        door.open.set()
        handle.wait(60)
    texts = [entry.message for entry in handle.chat_log if isinstance(entry, UserLogItem)][1:]
    assert sorted(texts) == sorted(f"{n}.{m}" for n in range(4) for m in range(5))
    for n in range(4):
        assert [text for text in texts if text.startswith(f"{n}.")] == [f"{n}.{m}" for m in range(5)]
