"""What running jobs say between commits, read by other processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statek_jupyter.store import Store, open_store
from statek_jupyter.store.live_text import FRESH_SECONDS, LiveTexts
from statek_jupyter.store.location import read_location

JOB = "0000000000001"


def texts(folder: Path) -> LiveTexts:
    return LiveTexts(read_location(folder))


def test_what_a_job_says_is_read_elsewhere_until_it_says_nothing(tmp_path: Path) -> None:
    """Each write replaces the one before; what is not named any more is gone, with its file."""
    writer, reader = texts(tmp_path), texts(tmp_path)
    assert reader.read(JOB) == ""
    for said in ("step 1\n", "step 1\nstep 2 ✓\n"):
        writer.write({JOB: said})
        assert reader.read(JOB) == said
    writer.write({JOB: ""})
    assert reader.read(JOB) == ""
    writer.write({JOB: "again"})
    writer.write({})
    assert list((tmp_path / "live").iterdir()) == []


def test_the_text_of_a_dead_process_is_not_shown(tmp_path: Path) -> None:
    """A file that nobody renews stops being read by itself."""
    texts(tmp_path).write({JOB: "step 1"})
    file = tmp_path / "live" / JOB
    old = file.stat().st_mtime - FRESH_SECONDS - 1
    os.utime(file, (old, old))
    assert texts(tmp_path).read(JOB) == ""


def test_a_text_that_does_not_change_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that prints once and then computes for long is still shown."""
    monkeypatch.setattr("statek_jupyter.store.live_text.RENEW_SECONDS", 0.0)
    writer = texts(tmp_path)
    writer.write({JOB: "step 1"})
    file = tmp_path / "live" / JOB
    os.utime(file, (0, 0))
    writer.write({JOB: "step 1"})
    assert texts(tmp_path).read(JOB) == "step 1"


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    """The job goes on; only others do not see what it says meanwhile."""
    (tmp_path / "live").write_text("in the way")
    texts(tmp_path).write({JOB: "step 1"})
    assert texts(tmp_path).read(JOB) == ""


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_stores_without_a_folder_show_nothing(store: Store) -> None:
    """There is no other process that could read it."""
    store.live_texts().write({JOB: "step 1"})
    assert store.live_texts().read(JOB) == ""


def test_a_running_job_is_heard_in_another_opening_of_its_store(tmp_path: Path) -> None:
    """What a statement has printed is read while it still runs, and is gone when the job has ended."""
    from statek_jupyter.engine.worker import Worker
    from statek_jupyter.executors.agent import Agent
    from statek_jupyter.executors.job import JobDef
    from statek_jupyter.llm.registry import register_model
    from statek_jupyter.llm.scripted import ScriptedModel
    from tests.waiting import eventually

    code = "import time\nfor n in range(100_000):\n    print('begun' if n == 0 else '', end='')\n    time.sleep(0.01)"
    register_model("talker", ScriptedModel([f"```python\n{code}\n```"]))
    with open_store(tmp_path / "store") as store, Worker(store):
        job = store.submit(JobDef(Agent("talker", metadata={"MODEL": "scripted/talker"})), message="Talk")
        reader = texts(tmp_path / "store")
        assert eventually(lambda: reader.read(job.id)) == "begun"
        job.stop()
        job.wait(timeout=20)
        assert eventually(lambda: reader.read(job.id) == "")
