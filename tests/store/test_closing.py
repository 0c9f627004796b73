"""Closing a store that other threads use at that moment."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from statek_jupyter.errors import StoreClosedError, StoreError
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.root import Root
from tests.store.jobs import KINDS, definition

USE_AND_CLOSE = """
import sys, threading, warnings
from statek_jupyter.errors import StoreClosedError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.store import open_store

definition = JobDef(Agent("helper", metadata={"MODEL": "scripted/test"}))
uses = (
    lambda store: store.jobs(text="nothing has this", limit=None),
    lambda store: store.read(lambda root: root.status_counts()),
    lambda store: store.changes(0),
    lambda store: store.submit(definition),
    lambda store: store.run(lambda root: None),
)
others = []

def go_on(store, use, going):
    try:
        while True:
            use(store)
            going.release()
    except StoreClosedError:
        pass
    except BaseException as error:
        others.append(error)
        going.release()

for number in range(int(sys.argv[2])):
    store, going = open_store(sys.argv[1]), threading.Semaphore(0)
    if number == 0:
        for name in range(20):
            store.submit(definition, name=str(name))
    threads = [threading.Thread(target=go_on, args=(store, use, going)) for use in uses]
    for thread in threads:
        thread.start()
    for _ in range(len(threads) + number % 7):
        going.acquire()
    store.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a thread waits for a store that is closed"
assert not others, others
print("closed", number + 1)
"""


@pytest.mark.parametrize("kind", ["folder", "file:"])
def test_closing_while_threads_read_and_write_harms_nobody(tmp_path: Path, kind: str) -> None:
    """Each gets its result or `StoreClosedError`, none waits for ever, and the process lives."""
    where = tmp_path / "store" if kind == "folder" else f"file:{tmp_path / 'store.fs'}"
    command = [sys.executable, "-c", USE_AND_CLOSE, str(where), "25"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "closed 25\n"), done.stderr
    with open_store(where) as store:
        assert store.verify().ok


@pytest.mark.parametrize("store", KINDS, indirect=True)
def test_closing_waits_for_a_read(store: Store) -> None:
    """What is being read is read to its end; then nothing can be read any more."""
    handle = store.submit(definition(), name="kept")
    inside, go_on = threading.Event(), threading.Event()
    names: list[str | None] = []

    def slowly(root: Root) -> str | None:
        inside.set()
        go_on.wait(20)
        return root.job(handle.id).name

    reader = threading.Thread(target=lambda: names.append(store.read(slowly)))
    reader.start()
    inside.wait(20)
    closer = threading.Thread(target=store.close)
    closer.start()
    with pytest.raises(StoreClosedError):
        while True:
            store.counts()
    assert closer.is_alive()
    go_on.set()
    closer.join(20)
    reader.join(20)
    assert names == ["kept"] and not closer.is_alive()


def test_a_store_is_not_closed_from_inside_a_read(store: Store) -> None:
    """It would wait for itself; one clear error, and the store stays open."""
    with pytest.raises(StoreError, match="being read here"):
        store.read(lambda root: store.close())
    assert store.counts()


def test_closing_does_not_wait_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A read that does not end is left alone, and said."""
    monkeypatch.setattr("statek_jupyter.store.database.READERS_SECONDS", 0.05)
    inside, go_on = threading.Event(), threading.Event()

    def slowly(root: Root) -> int:
        inside.set()
        go_on.wait(20)
        return len(root.agents)

    found: list[int] = []
    reader = threading.Thread(target=lambda: found.append(store.read(slowly)))
    reader.start()
    inside.wait(20)
    store.close()
    assert "being read" in caplog.text
    go_on.set()
    reader.join(20)
    assert found == [0]
