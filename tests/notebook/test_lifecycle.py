"""Loading, unloading, and the kernel's end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.kernel import Kernel
from tests.provider import Provider
from tests.waiting import eventually

pytestmark = pytest.mark.kernel

JOB = """
import statek_jupyter as sj
sj.register_model("one", sj.ScriptedModel(["```python\\nexit(a + 1)\\n```"]))
"""
LOOK = """
import sys, threading
ip = get_ipython()
print([
    type(sys.stdout).__name__,
    "publish" in vars(ip.display_pub),
    len(ip.Completer.custom_matchers),
    len(ip.input_transformers_cleanup),
    "statek" in ip.magics_manager.magics["line"],
    "statek_job" in ip.magics_manager.magics["cell"],
    any("JobHandle" in str(key) for key in [*ip.display_formatter.ipython_display_formatter.type_printers,
        *ip.display_formatter.ipython_display_formatter.deferred_printers]),
    [thread.name for thread in threading.enumerate() if "statek" in thread.name],
])
"""


def test_unloading_leaves_the_shell_as_it_was(tmp_path: Path) -> None:
    """Streams, display, Tab, transformers, magics, formatters and threads: nothing of ours stays."""
    with Kernel(tmp_path / "store", load=False) as kernel:
        before = kernel.run(LOOK).text
        kernel.run("%load_ext statek_jupyter")
        kernel.run(JOB)
        assert kernel.run("%%statek_job --model scripted/one --wait\na = 1").status == "ok"
        assert kernel.run(LOOK).text != before
        unloaded = kernel.run("%unload_ext statek_jupyter")
        assert unloaded.status == "ok", unloaded
        eventually(lambda: kernel.run(LOOK).text == before, timeout=20)


def test_reloading_goes_on_with_the_same_store(tmp_path: Path) -> None:
    """``%reload_ext`` during work on the package, or by habit, breaks nothing."""
    with Kernel(tmp_path / "store") as kernel:
        kernel.run(JOB)
        kernel.run("%%statek_job first --model scripted/one --wait\na = 1")
        assert kernel.run("%reload_ext statek_jupyter").status == "ok"
        assert "first: 2" in kernel.run("%statek jobs").text
        assert kernel.run("%%statek_job --model scripted/one --wait\na = 2").status == "ok"
        assert kernel.run("print(_job.result)").text == "3\n"


def test_the_environment_names_a_default_model(tmp_path: Path) -> None:
    """``STATEK_MODEL`` is the model of cells that name none."""
    with Kernel(tmp_path / "store", {"STATEK_MODEL": "scripted/one"}) as kernel:
        kernel.run(JOB)
        assert kernel.run("%%statek_job --wait\na = 1").status == "ok"
        assert kernel.run("print(_job.model, _job.result)").text == "scripted/one 2\n"


def test_loading_opens_nothing_that_is_not_there(tmp_path: Path) -> None:
    """A person who loads the extension and starts no job has no store, no worker and no thread of ours."""
    store = tmp_path / "store"
    with Kernel(store) as kernel:
        assert kernel.run("%%statek_job?").status == "ok"
        eventually(lambda: "[]" in kernel.run(LOOK).text)
    assert not store.exists()


@pytest.mark.kill
def test_loading_lets_the_jobs_of_a_killed_kernel_go_on(tmp_path: Path, provider: Provider) -> None:
    """A new kernel needs no cell but ``%load_ext``: the worker starts in the background and finishes the job."""
    store, gate = tmp_path / "store", tmp_path / "gate"
    code = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\nexit('through')"
    provider.script("demo", [f"```python\n{code}\n```"])
    with Kernel(store) as kernel:
        assert kernel.run("%%statek_job --model openai/demo\na = 1").status == "ok"
        eventually(lambda: kernel.value("_job.turns") == "1", timeout=40)
        kernel.kill()
    gate.touch()
    with Kernel(store) as kernel:
        status = "sj.open_store().jobs()[0].status.name"
        kernel.run("import statek_jupyter as sj")
        eventually(lambda: kernel.value(status) == "'DONE'", timeout=40)
        assert kernel.run("print(sj.open_store().jobs()[0].result)").text == "through\n"
    assert len(provider.requests("demo")) == 1


def test_a_kernel_that_is_shut_down_leaves_its_jobs_whole(tmp_path: Path) -> None:
    """An ordinary restart in the middle of a statement gives the job back; the next kernel finishes it."""
    slow = "```python\nimport os, time\nwhile not os.path.exists(gate): time.sleep(0.01)\nexit('through')\n```"
    models = f"import statek_jupyter as sj\nsj.register_model('slow', sj.ScriptedModel([{slow!r}]))"
    gate = tmp_path / "gate"
    with Kernel(tmp_path / "store") as kernel:
        kernel.run(f"{models}\ngate = {str(gate)!r}")
        assert kernel.run("%%statek_job --model scripted/slow --with gate").status == "ok"
        eventually(lambda: kernel.value("_job.turns") == "1", timeout=40)
        kernel.shut_down()
    gate.touch()
    with Kernel(tmp_path / "store") as kernel:
        kernel.run(models)
        done = kernel.run("h = sj.open_store().jobs()[0].wait(40)\nprint(h.result)")
        assert done.text == "through\n", done
