"""``%statek``, help and Tab in a real kernel."""

from __future__ import annotations

import pytest

from statek_jupyter.notebook.command_actions import ACTIONS
from statek_jupyter.notebook.commands import COMMANDS
from tests.notebook.kernel import Kernel
from tests.waiting import eventually

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module", autouse=True)
def finished(kernel: Kernel) -> None:
    """A job that is done, with the name ``sum``."""
    assert kernel.run("%%statek_job sum --model scripted/quick --wait --into job\na = 1").status == "ok"


def test_every_command_of_the_table_does_something() -> None:
    """The table that is read, shown and completed and the functions behind it have the same names."""
    assert list(ACTIONS) == [command.name for command in COMMANDS]


def test_jobs_lists_what_the_store_has(kernel: Kernel) -> None:
    """With a status, only those."""
    assert "sum: b is 2" in kernel.run("%statek jobs").text
    assert kernel.run("%statek jobs suspended").text == "no jobs\n"


@pytest.mark.parametrize("word", ["", "sum", "job"])
def test_a_job_is_meant_by_nothing_a_name_or_a_variable(kernel: Kernel, word: str) -> None:
    """Without a word it is the last job this notebook started."""
    assert "b  " in kernel.run(f"%statek locals {word}").text
    assert "requests  2" in kernel.run(f"%statek usage {word}").text
    assert "b is 2" in kernel.run(f"%statek show {word}").displays[0]["text/plain"]


def test_a_message_takes_the_job_up_again(kernel: Kernel) -> None:
    """``send`` wakes the finished job; the worker of the kernel runs it."""
    kernel.run("%%statek_job again --model scripted/quick --wait\na = 1")
    assert kernel.run('%statek send again "and now?"').text.startswith("sent to ")
    assert kernel.run("while _job.turns < 3: _job.wait(30)\nprint(_job.wait(30).result)").text == "and now 3\n"


def test_an_event_is_completed(kernel: Kernel) -> None:
    """The job that waits for it goes on with its value."""
    kernel.run("%%statek_job --model scripted/quick\na = external_event('number')")
    eventually(lambda: kernel.value("_job.status.name") == "'SUSPENDED'")
    assert kernel.run("%statek complete number 1").text == "completed number\n"
    assert kernel.run("print(_job.wait(30).result, _job.locals['a'])").text == "b is 2 1\n"
    assert "completed already" in kernel.run("%statek complete number 2").error


def test_a_question_is_answered(kernel: Kernel) -> None:
    """Of the last job without a word, of another by its name."""
    kernel.run(
        "%%statek_job polls --model scripted/quick\na = ask_human('How many?')\na = int(a) + len(ask_human('Sure?'))"
    )
    eventually(lambda: kernel.value("_job.awaiting") == "'an answer: How many?'")
    assert kernel.run("%statek answer 2").text.startswith("answered ")
    eventually(lambda: kernel.value("_job.awaiting") == "'an answer: Sure?'")
    assert kernel.run("%statek answer polls quite sure").text.startswith("answered ")
    assert kernel.run("print(_job.wait(30).result, _job.locals['a'])").text == "b is 2 12\n"
    assert "has no open question" in kernel.run("%statek answer polls again").error
    assert "unknown outcome" in kernel.run("%statek resolve polls --retry").error


def test_a_running_job_is_stopped(kernel: Kernel) -> None:
    """``stop`` ends the statement that runs."""
    kernel.run("%%statek_job --model scripted/slow\nx = 1")
    eventually(lambda: kernel.value("_job.turns") == "1")
    assert kernel.run("%statek stop _job too slow").text.startswith("asked ")
    assert "too slow" in kernel.run("_job.wait(30)\nprint(_job.read(lambda job: job.stop_reason))").text
    again = kernel.run("%statek stop _job")
    assert "has ended already" in again.error


def test_the_worker_can_be_stopped_and_started(kernel: Kernel) -> None:
    """Without a worker a job waits; it runs once there is one."""
    assert kernel.run("%statek worker stop").text.startswith("no worker runs")
    kernel.run("%%statek_job --model scripted/quick\na = 1")
    assert kernel.run("print(_job.status.name)").text == "READY\n"
    assert kernel.run("%statek worker start").text.startswith("the worker of this kernel")
    assert kernel.run("print(_job.wait(30).result)").text == "b is 2\n"


def test_a_default_model(kernel: Kernel) -> None:
    """``%statek model`` sets the model of cells and agents that name none."""
    assert kernel.run("%statek model").text.startswith("no default model")
    kernel.run("%statek model scripted/quick")
    assert kernel.run("%%statek_job --wait\na = 1").status == "ok"
    assert kernel.run("print(_job.model)").text == "scripted/quick\n"


def test_facts_about_the_store(kernel: Kernel) -> None:
    """Where it is, and how many jobs it has."""
    text = kernel.run("%statek store").text
    assert text.startswith("store   /")
    assert "agents  python" in text


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%%statek_job --mod", ["--model"]),
        ("%%statek_job --model scr", ["scripted/quick", "scripted/slow"]),
        ("%%statek_job --agent py", ["python"]),
        ("%%statek_job --with jo", ["job"]),
        ("%statek us", ["usage"]),
        ("%%statek_j", ["%%statek_job"]),
    ],
)
def test_tab(kernel: Kernel, typed: str, offered: list[str]) -> None:
    """The kernel completes what JupyterLab asks it: options, and values the notebook and the store have."""
    assert kernel.complete(typed) == offered


def test_tab_offers_the_jobs_of_the_store(kernel: Kernel) -> None:
    """A job's id need not be typed."""
    job_id = kernel.run("print(job.id)").text.strip()
    assert job_id in kernel.complete("%statek show ")


def test_tab_below_the_first_line_is_python(kernel: Kernel) -> None:
    """The warmup code completes as any code."""
    assert "numerator" in kernel.complete("%%statek_job --with a\na.numer")


def test_help_is_a_question_mark_away(kernel: Kernel) -> None:
    """``%%statek_job?`` and ``%statek?`` show the documentation of every option and command."""
    assert "--max-turns N" in kernel.help("%%statek_job?")
    assert "%statek resume [JOB]" in kernel.help("%statek?")
    assert "%statek resume [JOB]" in kernel.run("%statek").text


def test_variables_are_copied_into_the_notebook_as_they_are_shared(kernel: Kernel) -> None:
    """Two names of one list stay two names of one list, in both directions; a wrong name copies nothing."""
    kernel.run("shared = [1]\nholder = {'rows': shared}")
    kernel.run("%%statek_job pair --model scripted/quick --with shared,holder --wait\na = 1\nshared.append(2)")
    assert kernel.run("%statek locals pair --into-notebook holder,shared").text.startswith("copied holder, shared")
    assert kernel.run("print(holder['rows'] is shared, shared)").text == "True [1, 2]\n"
    kernel.run("shared.append(3)")
    assert kernel.run("print(_job.locals['holder']['rows'])").text == "[1, 2]\n"
    assert "no variable 'shard' (did you mean shared?)" in kernel.run("%statek locals pair --into-notebook shard").error


def test_a_job_is_forked_from_the_line(kernel: Kernel) -> None:
    """The new job is shown and bound to ``_job``; mistakes are one line."""
    kernel.run("%%statek_job trunk --model scripted/quick --wait\na = 1")
    assert kernel.run("%statek fork trunk --at 1 --message again").status == "ok"
    assert kernel.run("print(_job.wait(30).result, _job.forked_from[1], _job.name)").text == "b is 2 1 trunk@1\n"
    assert "has no turn 9" in kernel.run("%statek fork trunk --at 9").error
    assert "needs the number of a turn" in kernel.run("%statek fork trunk --at x").error
    assert "did you mean --model" in kernel.run("%statek fork trunk --modle y").error
