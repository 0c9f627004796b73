"""``%%statek_job`` in a real kernel: what the cell shows, returns, binds and waits for."""

from __future__ import annotations

import json

import pytest

from tests.notebook.kernel import Kernel

pytestmark = pytest.mark.kernel

JOB = "application/vnd.statek.job.v1+json"
SAVED = {JOB, "text/html", "text/plain"}
FORMS = {*SAVED, "application/vnd.jupyter.widget-view+json"}

CLEARS = """```python
from IPython.display import clear_output, display
shown = display('one', display_id=True)
shown.update('two')
clear_output()
```"""


def display_of(cell_outputs: list[dict[str, object]]) -> dict[str, object]:
    """The one display of a cell."""
    (shown,) = [output for output in cell_outputs if output["output_type"] == "display_data"]
    return shown


def test_a_cell_returns_at_once_and_its_output_becomes_the_last_state(kernel: Kernel) -> None:
    """One output in four forms; when the job is done, its last state is written there, without the widget."""
    cell = kernel.run("%%statek_job --model scripted/slow --ask hello\nx = 1")
    assert cell.status == "ok"
    shown = display_of(cell.outputs)
    assert set(shown["data"]) == FORMS  # type: ignore[call-overload]
    assert shown["data"][JOB]["status"] != "DONE"  # type: ignore[index]
    last = kernel.update_of(shown["transient"]["display_id"])  # type: ignore[index]
    assert set(last) == SAVED
    assert (last[JOB]["status"], last[JOB]["result"]) == ("DONE", "slept")
    assert "slept" in last["text/plain"]


def test_a_waiting_cell_ends_with_the_last_state(kernel: Kernel) -> None:
    """With ``--wait`` the update is part of the cell, so that nbclient saves it, and it needs no live widget."""
    cell = kernel.run("%%statek_job --model scripted/quick --wait\na = 1")
    assert [update["data"][JOB]["result"] for update in cell.updates][-1:] == ["b is 2"]
    assert cell.updates[-1]["transient"] == display_of(cell.outputs)["transient"]
    first = set(display_of(cell.outputs)["data"])  # type: ignore[call-overload]
    assert SAVED <= first <= FORMS  # a job that is done before it is shown needs no live widget
    assert set(cell.updates[-1]["data"]) == SAVED


def test_the_text_of_a_cell_can_be_the_first_message(kernel: Kernel) -> None:
    """``--ask -``: several lines, quotes and all, are told as they are, and nothing of them runs."""
    told = 'What does "it" cost?\n\n- soup\n- bread'
    kernel.run(f"%%statek_job --model scripted/quick --ask - --into asked --wait\n{told}\n")
    assert kernel.run("print(asked.chat_log[0].message)").text == f"{told}\n"


def test_the_handle_is_returned_bound_and_shown_once(kernel: Kernel) -> None:
    """``_``, ``Out``, ``_job`` and the name after ``--into`` are the same handle; there is one view of it."""
    cell = kernel.run("%%statek_job named --model scripted/quick --into job --wait\na = 1")
    assert len(cell.displays) == 1
    assert kernel.run("print(_ is _job is job, Out[max(Out)] is job, type(job).__name__, job.name)").text == (
        "True True JobHandle named\n"
    )


def test_a_handle_at_the_end_of_a_cell_is_shown_live(kernel: Kernel) -> None:
    """Also in a cell of its own, and by ``display``; one that is done needs no live widget."""
    kernel.run("%%statek_job --model scripted/slow --into job\na = 1")
    cell = kernel.run("display(job)\njob")
    assert [set(shown) for shown in cell.displays] == [FORMS, FORMS]
    cell = kernel.run("job.wait()\ndisplay(job)\njob")
    assert [set(shown) for shown in cell.displays] == [SAVED, SAVED]


def test_a_cell_does_not_wait_for_its_own_person(kernel: Kernel) -> None:
    """While it was held, nobody could send the reply from another cell."""
    cell = kernel.run("%%statek_job --model human --wait --into mine\nn = 20")
    assert cell.status == "ok"
    assert kernel.run("mine.send('exit(n + 1)')\nprint(mine.wait(20).result)").text == "21\n"


def test_a_handle_of_a_job_that_is_gone_is_a_line(kernel: Kernel) -> None:
    """The cell succeeds; a mistake with a handle ends in the cell's own frames, not in those of the commit thread."""
    kernel.run("%%statek_job --model scripted/quick --wait --into gone\na = 1")
    cell = kernel.run("gone.delete()\ngone")
    (shown,) = cell.displays
    assert (cell.status, set(shown)) == ("ok", {"text/plain"}) and "no job" in shown["text/plain"]
    (failed,) = kernel.run("gone.answer('red')").outputs
    text = "".join(failed["traceback"])
    assert "no job" in text and "handle.py" in text
    assert "commit_thread" not in text and "database.py" not in text


def test_a_cell_can_await_a_job(kernel: Kernel) -> None:
    """``await`` in a later cell waits for the end without blocking the kernel's event loop."""
    kernel.run("%%statek_job --model scripted/slow --into job\nx = 1")
    cell = kernel.run(
        "import asyncio\nticks = 0\nasync def tick():\n    global ticks\n    while True:\n        ticks += 1\n"
        "        await asyncio.sleep(0.01)\ntask = asyncio.ensure_future(tick())\n"
        "same = await job\ntask.cancel()\nprint(same is job, job.status.name, ticks > 10)"
    )
    assert cell.text == "True DONE True\n"


def test_an_interrupt_ends_the_waiting_not_the_job(kernel: Kernel) -> None:
    """The stop button gives one line; the job goes on to its end."""
    running = kernel.start("%%statek_job --model scripted/slow --wait --into held\nx = 1")
    assert kernel.next_message(running, "display_data")
    kernel.interrupt()
    cell = kernel.finish(running, timeout=10)
    assert cell.error.startswith("UsageError: stopped waiting; job ")
    assert cell.stream("stderr").count("\n") == 1
    assert kernel.run("print(held.wait(30).status.name, held.result)").text == "DONE slept\n"


def test_a_cell_of_one_line_is_a_whole_job(kernel: Kernel) -> None:
    """A job needs no warmup: the message says it all."""
    cell = kernel.run('%%statek_job --model scripted/slow --ask "Sleep a little." --wait')
    assert cell.status == "ok", cell.error
    assert kernel.run("print(_job.result, _job.chat_log[0].message)").text == "slept Sleep a little.\n"


def test_variables_are_copied_into_the_job(kernel: Kernel) -> None:
    """The job has what the notebook had; what the job does to it stays in the job."""
    kernel.run("days = ['mon']\ndef loud(text):\n    return text.upper()")
    kernel.run("%%statek_job --model scripted/quick --with days,loud --wait --into job\ndays += [loud('tue')]; a = 1")
    assert kernel.run("print(days, job.locals['days'])").text == "['mon'] ['mon', 'TUE']\n"


def test_braces_and_dollars_are_left_alone(kernel: Kernel) -> None:
    """IPython would put variables into the line; a message or JSON with braces stays as written."""
    kernel.run('%%statek_job --model scripted/quick --ask "{a} and $a" --params \'{"n": {"a": 1}}\' --wait\na = 1')
    asked = kernel.run("print(_job.chat_log[0].message, _job.read(lambda job: dict(job.job_def.job_params)))")
    assert asked.text == "{a} and $a {'n': {'a': 1}}\n"


def test_a_dry_run_shows_the_first_request_and_starts_nothing(kernel: Kernel) -> None:
    """The warmup, its output and the message are shown as the model would get them; no job, no model call."""
    before = kernel.value("len(sj.open_store().jobs())")
    cell = kernel.run('%%statek_job --model scripted/quick --ask "Add one." --with a --dry-run\nprint("a is", a)')
    assert cell.status == "ok", cell.error
    for part in ('print("a is", a)', "a is 1", "Add one.", "model scripted/quick"):
        assert part in cell.text
    assert cell.displays == []
    assert kernel.value("len(sj.open_store().jobs())") == before


def test_an_agent_of_the_notebook_needs_no_registration(kernel: Kernel) -> None:
    """``--agent`` takes the variable of that name, or the agent of that role, with tools defined in cells."""
    kernel.run(
        "def double(n: int) -> int:\n    'Twice n.'\n    return 2 * n\n"
        "sj.register_model('doubles', sj.ScriptedModel(['```python\\nexit(double(21))\\n```']))\n"
        "mine = sj.Agent('doubler', tools=[double], metadata={'MODEL': 'scripted/doubles'})"
    )
    for name in ("mine", "doubler"):
        cell = kernel.run(f"%%statek_job --agent {name} --wait")
        assert cell.status == "ok", cell.error
        assert kernel.run("print(_job.result, _job.agent)").text == "42 doubler\n"


def test_limits_style_and_locale_reach_the_job(kernel: Kernel) -> None:
    """What the line says is frozen into the job."""
    limits = "--max-turns 1 --budget 2.50 --timeout 9 --max-output 2.5 --priority -3"
    cell = kernel.run(f"%%statek_job --model scripted/quick {limits} --style console --locale pl-PL --wait\na = 1")
    assert cell.status == "ok", cell.error
    kernel.run("limits = _job.read(lambda job: job.limits)")
    told = kernel.run("print(limits.max_turns, limits.budget_usd, limits.timeout_seconds, limits.max_output_mb)").text
    assert told == "1 2.50 9.0 2.5\n"
    assert kernel.run("print(_job.read(lambda job: job.priority))").text == "-3\n"
    told = kernel.run("print(_job.read(lambda job: (job.chat_style.name, str(job.job_def.locale))))").text
    assert told == "('CONSOLE', 'PL-PL')\n"


def test_another_store_for_one_cell(kernel: Kernel, tmp_path_factory: pytest.TempPathFactory) -> None:
    """``--store`` keeps the job there and runs it; the default store does not have it."""
    place = tmp_path_factory.mktemp("other") / "store"
    kernel.run(f"%%statek_job elsewhere --model scripted/quick --store {place} --wait\na = 1")
    assert kernel.run("print(_job.result, _job.store.where)").text == f"b is 2 {place}\n"
    assert json.loads(kernel.value("len(sj.open_store().jobs(text='elsewhere'))")) == 0


def test_a_job_cannot_clear_or_change_what_the_cell_shows(kernel: Kernel) -> None:
    """``clear_output`` and updates of a display inside a job touch neither the notebook nor the job's own log."""
    kernel.run(f"sj.register_model('clears', [{CLEARS!r}, 'done'])")
    cell = kernel.run(
        "print('mine')\n"
        "job = sj.open_store().submit(sj.JobDef(sj.Agent('clears', metadata={'MODEL': 'scripted/clears'})))\n"
        "done = job.wait(30)\n"
        "print('still mine')"
    )
    assert cell.text == "mine\nstill mine\n"
    assert (cell.displays, cell.updates, cell.cleared) == ([], [], 0)
    shown = kernel.run("print([o.text for o in job.chat_log[0].outputs if o.kind == 'display'])").text
    assert shown == "[\"'one'\", \"'two'\"]\n"
    again = kernel.run("from IPython.display import clear_output\nprint('gone')\nclear_output()\ndisplay('mine')")
    assert again.cleared == 1
    assert [bundle["text/plain"] for bundle in again.displays] == ["'mine'"]
