"""Whose output is whose: many jobs and the person's own cell write at once, in a real kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.notebook.kernel import Kernel

pytestmark = pytest.mark.kernel

JOBS = 20
LINES = 15

CODE = f"""
import asyncio, logging, sys, threading, warnings
import matplotlib.pyplot as plt
from IPython.display import HTML, clear_output, display as ipython_display

for number in range({LINES}):
    print(me, "line", number)
    await asyncio.sleep(0.002)
print(me, "to stderr", file=sys.stderr)
warnings.warn(me + " warns")
logger = logging.getLogger(me)
logger.addHandler(logging.StreamHandler())
logger.error(me + " logs")
thread = threading.Thread(target=lambda: print(me, "from a thread"))
thread.start()
thread.join()
clear_output()
ipython_display(HTML("<b>" + me + " as HTML</b>"))
figure = plt.figure(figsize=(1, 1))
axes = plt.plot([1, 2])
plt.show()
me + " echo"
"""

NOISY = f"""
import statek_jupyter as sj
sj.register_model("noisy", sj.ScriptedModel([{f"```python{CODE}```"!r}, "done"]))
agent = sj.Agent("noisy", metadata={{"MODEL": "scripted/noisy"}})
store = sj.open_store()
"""

TOGETHER = f"""
import sys, time
handles = [store.submit(sj.JobDef(agent), locals={{"me": f"job{{n:02}}"}}) for n in range({JOBS})]
seen = 0
while any(handle.status.name != "DONE" for handle in handles):
    print("mine", seen)
    print("mine to stderr", seen, file=sys.stderr)
    seen += 1
    time.sleep(0.01)
"""

COLLECT = """
import json
found = {}
for number, handle in enumerate(handles):
    item = handle.chat_log[0]
    found[f"job{number:02}"] = {
        "error": str(item.error),
        "text": "".join(output.text for output in item.outputs if output.kind in ("stdout", "stderr", "result")),
        "html": [str(o.data["text/html"]) for o in item.outputs if o.data and "text/html" in o.data],
        "images": sum(1 for output in item.outputs if output.data and "image/png" in output.data),
    }
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with an agent whose jobs write in every way there is."""
    folder = tmp_path_factory.mktemp("output")
    with Kernel(folder / "store", {"IPYTHONDIR": str(folder)}) as running:
        prepared = running.run("%statek worker\n" + NOISY)
        assert prepared.status == "ok", prepared
        yield running


@pytest.fixture(scope="module")
def ran(kernel: Kernel) -> tuple[list[dict[str, object]], dict[str, dict[str, object]]]:
    """The outputs of the person's cell, and per job what its log has."""
    cell = kernel.run(TOGETHER, timeout=100)
    assert cell.status == "ok", cell.error
    return cell.outputs, json.loads(kernel.run(COLLECT).text)


def test_the_cell_shows_its_own_lines_only(ran: tuple[list[dict[str, object]], dict[str, dict[str, object]]]) -> None:
    """Not one line, figure or display of a job lands in the cell of the person, who loses none of theirs."""
    outputs, _ = ran
    assert {output["output_type"] for output in outputs} == {"stream"}
    for stream, begin in (("stdout", "mine "), ("stderr", "mine to stderr ")):
        lines = "".join(str(o["text"]) for o in outputs if o["name"] == stream).splitlines()
        assert lines == [f"{begin}{number}" for number in range(len(lines))]
        assert lines


def test_each_job_has_all_of_its_own_and_nothing_else(
    ran: tuple[list[dict[str, object]], dict[str, dict[str, object]]],
) -> None:
    """Prints across awaits, stderr, warnings, log lines, threads, displays, figures and echoes stay with their job."""
    _, jobs = ran
    assert len(jobs) == JOBS
    for me, found in jobs.items():
        text = str(found["text"])
        assert found["error"] == "None", me
        assert [line for line in text.splitlines() if " line " in line] == [f"{me} line {n}" for n in range(LINES)]
        for piece in ("to stderr", "warns", "logs", "from a thread", "echo"):
            assert f"{me} {piece}" in text
        others = [other for other in jobs if other != me and other in text]
        assert others == []
        assert found["html"] == [f"<b>{me} as HTML</b>"]
        assert found["images"] == 1


def test_the_notebook_displays_as_before(kernel: Kernel) -> None:
    """With jobs done, ``display``, figures and ``clear_output`` of a cell work as they did."""
    cell = kernel.run("from IPython.display import HTML, clear_output\ndisplay(HTML('<i>mine</i>'))\nprint('text')")
    assert [shown["text/html"] for shown in cell.displays] == ["<i>mine</i>"]
    assert cell.text == "text\n"
