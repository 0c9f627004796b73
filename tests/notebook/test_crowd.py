"""Twenty jobs print, redirect, plot, warn, log and display in one kernel while the user's cell prints and captures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notebook.kernel import Kernel

JOBS = 20

START = """
import statek_jupyter as sj
CODE = '''
import asyncio, contextlib, io, logging, sys, threading, warnings
import matplotlib.pyplot as plt
logging.basicConfig()
def shout(): print(f"{name} from a thread")
plt.plot([1, 2, 3])
for step in range(10):
    print(f"{name} step {step}")
    with contextlib.redirect_stdout(io.StringIO()) as hidden:
        print(f"{name} hides {step}")
        await asyncio.sleep(0.001)
    assert hidden.getvalue().splitlines() == [f"{name} hides {step}"]
thread = threading.Thread(target=shout)
thread.start()
thread.join()
print(f"{name} on stderr", file=sys.stderr)
warnings.warn(f"{name} warns")
logging.getLogger(name).warning(f"{name} logs")
await asyncio.to_thread(shout)
plt.title(name)
from IPython.display import display as ipython_display, HTML
ipython_display(HTML(f"<b>{name}</b>"))
display({"of": name})
name
'''
sj.register_model("crowd", sj.ScriptedModel([f"```python{CODE}```", "Done here."]))
definition = sj.JobDef(sj.Agent("crowd", metadata={"MODEL": "scripted/crowd"}))
store = sj.open_store()
worker = sj.Worker(store, concurrency=JOBS).start()
"""

CROWD = """
import contextlib, io, time
hidden = io.StringIO()
handles = [store.submit(definition, locals={"name": f"job-{n}"}) for n in range(JOBS)]
line = 0
while any(handle.status.name != "DONE" for handle in handles):
    print(f"user line {line}")
    with contextlib.redirect_stdout(hidden):
        print(f"user hides {line}")
        time.sleep(0.002)
    line += 1
assert hidden.getvalue().splitlines() == [f"user hides {n}" for n in range(line)]
"""

REPORT = """
def seen(handle):
    outputs = [o for item in handle.chat_log for o in item.outputs]
    text = [line for o in outputs if o.kind in ("stdout", "stderr") for line in o.text.splitlines()]
    rich = sorted(mime for o in outputs if o.data for mime in o.data if mime != "text/plain")
    return text, rich, [o.text for o in outputs if o.kind in ("display", "result")]

import json
print(json.dumps([seen(handle) for handle in handles]))
"""


@pytest.mark.kernel
@pytest.mark.timeout(180)
def test_no_output_strays(tmp_path: Path) -> None:
    """Every line of a job is in that job's log, the cell has the user's lines and nothing else."""
    with Kernel(tmp_path / "store") as kernel:
        opened = kernel.run(f"JOBS = {JOBS}\n{START}")
        assert opened.status == "ok", opened
        crowd = kernel.run(CROWD, timeout=120)
        assert crowd.status == "ok", crowd
        lines = crowd.text.splitlines()
        assert lines == [f"user line {n}" for n in range(len(lines))] and lines
        assert crowd.stream("stderr") == "" and crowd.displays == []
        jobs = json.loads(kernel.run(REPORT).text)
    for number, (text, rich, shown) in enumerate(jobs):
        check_job(f"job-{number}", text, rich, shown)


def check_job(name: str, text: list[str], rich: list[str], shown: list[str]) -> None:
    """One job's log holds all of its own and nothing of another's."""
    others = [line for line in text if "job-" in line and f"{name} " not in line and f"{name}:" not in line]
    assert others == []
    steps = [line for line in text if " step " in line]
    assert steps == [f"{name} step {n}" for n in range(10)]
    assert text.count(f"{name} from a thread") == 2 and f"{name} on stderr" in text
    assert any(f"UserWarning: {name} warns" in line for line in text)
    assert f"WARNING:{name}:{name} logs" in text
    assert rich == ["image/png", "text/html"]
    assert f"<Figure 640×480: {name}>" in shown and repr({"of": name}) in shown and repr(name) in shown
