"""Who is seen alive: the dead at once, the frozen after their lease, the busy always."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from statek_jupyter.store import Store, heartbeat, open_store, server_presence
from statek_jupyter.store.heartbeat import LEASE_BEATS, Silences
from statek_jupyter.store.server_presence import ServerPresence
from tests.store.jobs import SEVERAL_PROCESSES
from tests.store.process import first_line, start
from tests.waiting import eventually

BEAT = 0.05


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats in quick succession, in this process and in those it starts."""
    for module in (heartbeat, server_presence):
        monkeypatch.setattr(module, "BEAT_SECONDS", BEAT)
    monkeypatch.setenv("TEST_BEAT_SECONDS", str(BEAT))


@pytest.fixture
def watcher(quick: None, store: Store) -> Iterator[Store]:
    """The test's store, opened anew with quick beats."""
    store.close()
    with open_store(store.where) as opened:
        yield opened


def other(role: str, where: str) -> tuple[subprocess.Popen[str], str]:
    """Another process on the store, and its presence id."""
    process = start(role, where)
    return process, first_line(process)


def test_silence_is_counted_in_own_beats() -> None:
    """Whoever did not beat himself, because he was frozen or the computer slept, calls nobody dead."""
    silences = Silences()
    assert not silences.is_silent("other", 1)
    for _ in range(LEASE_BEATS - 1):
        silences.beat()
        assert not silences.is_silent("other", 1)
    silences.beat()
    assert silences.is_silent("other", 1)
    assert not silences.is_silent("other", 2)
    assert not silences.is_silent("stranger", None)


@pytest.mark.parametrize("store", SEVERAL_PROCESSES, indirect=True)
def test_a_frozen_process_loses_its_place_and_finds_it_again(watcher: Store) -> None:
    """After its lease it is dead for others, though the kernel still keeps its locks; once it goes on it is alive."""
    process, presence = other("hold", watcher.where)
    assert watcher.presence.alive(presence)
    process.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    eventually(lambda: not watcher.presence.alive(presence))
    assert time.monotonic() - stopped < 20 * LEASE_BEATS * BEAT
    process.send_signal(signal.SIGCONT)
    eventually(lambda: watcher.presence.alive(presence))
    process.kill()
    process.communicate()
    eventually(lambda: not watcher.presence.alive(presence))


def test_a_process_busy_in_c_is_alive(watcher: Store) -> None:
    """It cannot beat while a call into C keeps the interpreter; that it uses its processor shows that it lives."""
    process, presence = other("busy", watcher.where)
    beats = watcher.presence._silences  # type: ignore[attr-defined]
    begun = beats._beats
    while beats._beats < begun + 3 * LEASE_BEATS:
        assert watcher.presence.alive(presence)
        time.sleep(BEAT)
    assert process.poll() is None
    process.kill()
    process.communicate()


def test_who_holds_up_all_commits_is_told(watcher: Store, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """A process that was frozen in a commit keeps the lock; the log names it, and what can be done."""
    monkeypatch.setattr("statek_jupyter.store.database.PATIENCE_SECONDS", 0.2)
    process = start("commit_slowly", watcher.where)
    pid = first_line(process)
    process.send_signal(signal.SIGSTOP)
    waiting = threading.Thread(target=watcher.complete, args=("x",))
    waiting.start()
    eventually(lambda: f"for process {pid}, which is frozen: let it go on (kill -CONT {pid})" in caplog.text)
    process.kill()
    process.communicate()
    waiting.join(20)
    assert watcher.read(lambda root: root.event("x") is not None)
    assert caplog.text.count("has been waiting") == 1


def test_processes_on_a_server_see_one_another_by_their_beats() -> None:
    """No file tells; each counts in the store. One that ends is forgotten, one that falls silent is dead."""
    with open_store("memory:") as store:
        db = store._database.backend.db
        one, two, three = ServerPresence(db), ServerPresence(db), ServerPresence(db)
        one.beat()
        assert one.alive(two.id) and one.alive(three.id) and one.alive(one.id) and not one.alive(None)
        two.leave()
        for _ in range(LEASE_BEATS):
            three.beat()
            one.beat()
            assert one.alive(three.id)
        assert not one.alive(two.id)
        assert one.alive(three.id)
        for _ in range(LEASE_BEATS):
            one.beat()
        assert not one.alive(three.id)
        three.beat()
        one.beat()
        assert one.alive(three.id)


def test_the_beats_of_the_dead_leave_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise each process that was killed would leave a record for ever."""
    monkeypatch.setattr("statek_jupyter.store.server_presence.FORGET_BEATS", 2 * LEASE_BEATS)
    with open_store("memory:") as store:
        db = store._database.backend.db
        one, killed = ServerPresence(db), ServerPresence(db)
        one.beat()
        for _ in range(2 * LEASE_BEATS + 2):
            one.beat()
            one.alive(killed.id)
        assert store.read(lambda root: list(root.beats.counts())) == [one.id]
        assert not one.alive(killed.id)
