"""``statek-jupyter`` as a process: the worker, pipes, the module form, the demo."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.store import open_store
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "statek_jupyter"]

MODELS = """
import statek_jupyter as sj
sj.register_model("later", sj.ScriptedModel(["```python\\nprint(a + 1)\\n```", "a and one are 2"]))
"""
SUBMIT = """
import statek_jupyter as sj
agent = sj.Agent("adder", metadata={"MODEL": "scripted/later"})
with sj.open_store() as store:
    store.submit(sj.JobDef(agent, warmup_code="a = 1"), name="left")
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module that registers a model; processes started there find the package."""
    monkeypatch.setenv("STATEK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "mymodels.py").write_text(MODELS)
    return tmp_path


def test_a_worker_process_runs_what_another_process_left(place: Path) -> None:
    """A job of a process that has ended is run by a worker that imports its model; SIGTERM ends the worker well.

    It says what becomes of jobs, and nothing of one that is deleted.
    """
    subprocess.run([sys.executable, "-c", SUBMIT], cwd=place, check=True)
    serve = [*COMMAND, "worker", "--import", "mymodels"]
    worker = subprocess.Popen(serve, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        with open_store() as store:
            (handle,) = store.jobs()
            handle.wait(timeout=30)
            assert handle.result == "a and one are 2"
            assert handle.status is JobStatus.DONE
            handle.delete()
            model = {"MODEL": "scripted/later"}
            store.submit(JobDef(Agent("left", metadata=model), warmup_code="a = 1")).wait(timeout=30)
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=20)
    finally:
        worker.kill()
    assert worker.returncode == 0
    assert re.search(rf"^{handle.id}.*: done, a and one are 2$", out, re.MULTILINE), out
    assert "Traceback" not in err


def test_an_interrupted_run_leaves_a_job_that_goes_on(place: Path) -> None:
    """Ctrl-C ends the command with 130 and one line; a worker finishes the job."""
    (place / "slow.py").write_text("import time\nfor _ in range(600):\n    time.sleep(0.1)\n")
    (place / "quick.py").write_text("a = 1\n")
    slow = [*COMMAND, "run", "slow.py", "--model", "scripted/later", "--import", "mymodels"]
    process = subprocess.Popen(slow, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: (place / "store").exists(), timeout=20)
        with open_store() as store:
            eventually(lambda: store.counts()[JobStatus.WARMING_UP] == 1, timeout=20)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
            (handle,) = store.jobs()
            assert handle.status is JobStatus.WARMING_UP
    finally:
        process.kill()
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("statek-jupyter: interrupted")


def test_a_reader_that_has_enough_is_no_error(place: Path) -> None:
    """``statek-jupyter show … | head`` prints no complaint."""
    subprocess.run([sys.executable, "-c", SUBMIT], cwd=place, check=True)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run([*COMMAND, "show", "left"], cwd=place, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert done.stderr == ""


@pytest.mark.kernel
def test_the_demo_runs_the_first_notebook(place: Path) -> None:
    """It needs no key, says what happened and what to do next, and leaves the notebook with its outputs."""
    done = subprocess.run([*COMMAND, "demo"], cwd=place, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "The warmest day was Saturday with 27.2 °C" in done.stdout
    assert "jupyter lab" in done.stdout
    assert "OPENAI_API_KEY" in done.stdout
    saved = (place / ".demo" / "01-first-job.ipynb").read_text()
    assert "application/vnd.statek.job.v1+json" in saved
    assert "widget-view" not in saved
    assert "image/png" in saved or "data:image/png" in saved
