"""Figures that are open between two statements are there for the next one, whoever runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import Output
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store, open_store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually

CODE = """```python
import os, pathlib
import matplotlib.pyplot as plt
other = plt.figure()
plt.plot([3, 2, 1])
plt.title("other")
fig, axes = plt.subplots()
axes.plot([1, 2, 3])
axes.set_title("kept")
{interruption}
print(plt.gcf() is fig, axes.figure is fig, plt.get_fignums())
plt.xlabel("time")
plt.show()
print(plt.get_fignums(), fig.get_axes()[0].get_xlabel())
```"""

PROCESS = """
import sys
import statek_jupyter as sj
from tests.engine.test_open_figures import definition
store = sj.open_store(sys.argv[1])
job = store.submit(definition(sys.argv[2]), name="drawn")
sj.run(job, timeout=60)
"""


def definition(marker: str) -> JobDef:
    """A job that kills its process between drawing and showing, once."""
    kill = f"if not os.path.exists({marker!r}): pathlib.Path({marker!r}).touch(); os.kill(os.getpid(), 9)"
    register_model("drawer", ScriptedModel([CODE.format(interruption=kill), "Done."]))
    return JobDef(Agent("drawer", metadata={"MODEL": "scripted/drawer"}))


def check(handle: JobHandle) -> None:
    """As in an uninterrupted run: both pictures in their order, once, and the variables are those that are shown."""
    shown: list[Output] = [o for o in next(iter(handle.chat_log)).outputs if o.data and "image/png" in o.data]
    assert [output.text.partition(": ")[2] for output in shown] == ["other>", "kept>"]
    assert "True True [1, 2]\n" in outputs(handle) and outputs(handle).endswith("[] time\n")
    assert set(handle.locals) == {"os", "pathlib", "plt", "other", "fig", "axes"}


@pytest.mark.kill
def test_figures_outlive_their_process(tmp_path: Path) -> None:
    """Killed with SIGKILL after the statement that drew them was committed."""
    where, marker = str(tmp_path / "store"), str(tmp_path / "killed")
    first = subprocess.run([sys.executable, "-c", PROCESS, where, marker], timeout=100, capture_output=True, text=True)
    assert first.returncode == -9, first.stderr
    definition(marker)
    store = open_store(where)
    try:
        with Worker(store):
            check(store.job("drawn").wait(60))
    finally:
        store.close()


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_figures_outlive_a_wait(store: Store) -> None:
    """A statement that waits is unwound, and goes on in another worker."""
    handle = store.submit(define([CODE.format(interruption="wait_for_message()"), "Done."]))
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED, 30)
    handle.send("go on")
    with Worker(store):
        handle.wait(30)
    check(handle)


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_a_figure_that_cannot_be_kept_is_named(store: Store) -> None:
    """When it is gone, the model is told to draw it again; the others are there."""
    code = (
        "import matplotlib.pyplot as plt\nplt.figure().alive = (n for n in [1])\nplt.plot([1])\nplt.figure()\n"
        "plt.title('other')\nwait_for_message()\nplt.show()"
    )
    handle = store.submit(define([f"```python\n{code}\n```", "Done."]))
    with Worker(store):
        eventually(lambda: handle.status is JobStatus.SUSPENDED, 30)
    handle.send("go on")
    with Worker(store):
        handle.wait(30)
    told = [(output.kind, output.text) for output in next(iter(handle.chat_log)).outputs if output.kind != "result"]
    note = "a figure that was open is lost, draw it again: TypeError: cannot pickle 'generator' object"
    assert told == [("note", note), ("display", "<Figure 640×480: other>")]
