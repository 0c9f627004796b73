"""A key of the environment goes everywhere a job can carry it; its bytes are in no file and in no log."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import LostValueError, ModelError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.subtask import subtask
from statek_jupyter.executors.tool import tool
from statek_jupyter.llm.model import ModelReply, ToolCall
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.redaction import REMOVED
from statek_jupyter.store import JobHandle, Store, open_store
from tests.engine.scripted import define, outputs
from tests.provider import Answer, Failure, Provider, Reply
from tests.waiting import eventually

KEY = "very-secret-value-of-a-key"
NOT_SECRET = "a-word-that-must-be-found"


@pytest.fixture(autouse=True)
def key_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a provider's key is set."""
    monkeypatch.setenv("SOME_API_KEY", KEY)


@tool(retry="safe")
def leak(text: str) -> str:
    """A tool that gives, prints and is given a key."""
    print(f"leaking {KEY}")
    return f"got {text} and {KEY}"


@tool
def fail(text: str) -> None:
    """A tool whose error names a key."""
    raise ConnectionError(f"401 for {KEY}")


@subtask
def child(**kwargs: Any) -> Job:
    """A job below that fails with the key."""
    return Job(JobDef(Agent("child", metadata={"MODEL": "scripted/child"})))


CODE = f"""```python
import os, sys, logging
key = os.environ["SOME_API_KEY"]
print({NOT_SECRET!r}, key)
print(key, file=sys.stderr)
logging.getLogger("job").warning("%s", key)
header = {{"Authorization": f"Bearer {{key}}", "raw": key.encode(), key: [1, {{key}}]}}
class Client:
    token = key
    def __init__(self, key): self.key = key
    def call(self, token=key): return token
client = Client(key)
def again(given=key): return given + {KEY!r}
counted = {{"name": key}}
try:
    fail(key)
except ConnectionError as error:
    caught = error
got = leak(key)
display({{"at": key}})
from types import SimpleNamespace
class Page:
    def _repr_html_(self): return f"<b>{{key}}</b>"
display(Page())
handle = child(id=key)
key
```"""


def replies() -> list[str | ModelReply | ModelError]:
    """What a model says that has read the key somewhere."""
    call = ToolCall(f"call-{KEY}", "leak", {"text": f"{KEY} in {NOT_SECRET}"})
    unknown = ToolCall(f"call-{KEY}", f"no_tool_{KEY}", {KEY: [KEY]})
    broken = ToolCall("call-3", "leak", {}, arguments_error=f"Expecting ',' in {KEY}")
    return [
        CODE,
        ModelReply("calls", (call, unknown, broken), f"I saw {KEY}", f"stop {KEY}", response_model=KEY, request_id=KEY),
        "```python\nraise RuntimeError(f'no {key}')\n```",
        "```python\nasked = ask_human(f'Is it {key}?', options=[key, 'no'])\n```",
        f"```python\nlate = external_event('{KEY}')\n```",
        ModelReply(f"Done with {KEY}."),
    ]


def agent(name: str) -> Agent:
    """With the tools that leak."""
    return Agent(name, tools=[leak, fail, child], metadata={"MODEL": f"scripted/{name}"})


def drive(store: Store) -> JobHandle:
    """A job through all of it, with a restart in the middle, and a person who types the key as well."""
    register_model("leaky", ScriptedModel(replies()))
    register_model("child", ScriptedModel([ModelError("auth", "scripted/child", f"401: key {KEY} was refused")]))
    handle = store.submit(JobDef(agent("leaky")), message=f"Use {KEY}.", name="leaky")
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED, 30)
    handle.answer("no")
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED and handle.turns == 5, 30)
        handle.send(f"By the way: {KEY}")
        handle.stop(f"because of {KEY}")
        handle.wait(timeout=30)
    return handle


@pytest.mark.parametrize("kind", ["folder", "file:"])
def test_no_file_and_no_log_holds_the_key(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever said it: a model, a tool, an error, a variable, a job below, a person. Other words are found."""
    caplog.set_level(logging.INFO)
    folder = tmp_path / "store"
    folder.mkdir()
    store = open_store(str(folder) if kind == "folder" else f"file:{folder / 'store.fs'}")
    try:
        handle = drive(store)
        told = [item.error.type_name for item in handle.chat_log if isinstance(item, ChatLogItem) and item.error]
        assert told == ["RuntimeError", "JobStoppedError"]
        assert handle.locals["key"] == KEY and handle.locals["header"]["raw"] == KEY.encode()
        assert REMOVED in outputs(handle) and KEY not in outputs(handle)
        for suffix in (".html", ".md", ".json", ".ipynb"):
            handle.export(folder / f"page{suffix}")
    finally:
        store.close()
    assert files_with(folder, NOT_SECRET.encode()) != []
    assert files_with(folder, KEY.encode()) == []
    assert KEY not in our_log(caplog)


def our_log(caplog: pytest.LogCaptureFixture) -> str:
    """What this package has logged; a job may log what it likes, to handlers of its person."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("statek_jupyter"))


def files_with(folder: Path, text: bytes) -> list[str]:
    """Names of the files whose bytes hold it."""
    return [path.name for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_a_variable_has_its_key_again_in_the_next_process(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name it is kept under: a key that was renewed meanwhile is the new one. Where none is set, it is lost."""
    lines = 'import os\nkey = os.environ["SOME_API_KEY"]\nboth = [f"a {key} b {key}", key.encode(), (key, "x" + key)]'
    handle = run(define([f"```python\n{lines}\n```", "Done."]), store=store, timeout=30)
    assert handle.locals["both"] == [f"a {KEY} b {KEY}", KEY.encode(), (KEY, f"x{KEY}")]
    monkeypatch.setenv("SOME_API_KEY", "a-new-key-of-the-provider")
    new = "a-new-key-of-the-provider"
    assert handle.locals["both"] == [f"a {new} b {new}", new.encode(), (new, f"x{new}")]
    monkeypatch.delenv("SOME_API_KEY")
    with pytest.raises(LostValueError, match="SOME_API_KEY, which is kept by name"):
        str.upper(handle.locals["key"] + "")


def test_a_provider_that_echoes_the_key_leaves_it_nowhere(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In an error that is tried again, in a text, in the arguments of a call, and in the error that ends the job."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_BASE", provider.url)
    caplog.set_level(logging.INFO)
    arguments = f'{{"text": "{KEY}"}}'
    script: list[Answer] = [
        Failure(503, f"overloaded; your key is {KEY}"),
        Reply(f"I see {KEY}", [("leak", arguments), ("leak", arguments[:-2])], reasoning=f"hm {KEY}"),
        Failure(401, f"Incorrect API key provided: {KEY}"),
    ]
    provider.script("echo", script)
    store = open_store(str(tmp_path / "store"))
    try:
        tools = Agent("echo", tools=[leak], metadata={"MODEL": "openai/echo"})
        handle = run(JobDef(tools), store=store, timeout=60)
        assert handle.error is not None and REMOVED in str(handle.error), handle.error
    finally:
        store.close()
    assert files_with(tmp_path / "store", b"overloaded") != []
    assert files_with(tmp_path / "store", KEY.encode()) == [] and KEY not in our_log(caplog)
