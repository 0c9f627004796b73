"""The commands of ``statek-jupyter``, on a real store."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from statek_jupyter.cli.main import main
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.llm.registry import register_model
from statek_jupyter.store import JobHandle, Store, open_store
from tests.waiting import eventually

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, which is the current one; its default store is ``store``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATEK_STORE", str(tmp_path / "store"))
    register_model("adder", ["```python\nb = a + 1\nprint(b)\n```", "b is 2", "and now it is 3"])
    register_model("fails", ["```python\nprint('first')\n```"])
    (tmp_path / "job.py").write_text("a = 1\n")
    return tmp_path


def finished(store: Store, name: str = "sum", model: str = "scripted/adder") -> JobHandle:
    """A job that has run to its end."""
    agent = Agent("python", metadata={"MODEL": model})
    with Worker(store):
        return store.submit(JobDef(agent, warmup_code="a = 1"), name=name).wait(timeout=20)


def test_run_prints_the_result_and_says_on_stderr_how_it_goes(capsys: Capture) -> None:
    """Only the result is on stdout, so that it can be piped; steps and usage are on stderr."""
    assert main(["run", "job.py", "--model", "scripted/adder", "--ask", "add one"]) == 0
    told = capsys.readouterr()
    assert told.out == "b is 2\n"
    assert "started, 1 turn\n" in told.err
    assert "done, 2 turns" in told.err
    assert "requests  2" in told.err


def test_run_of_a_job_that_fails_exits_with_1(capsys: Capture) -> None:
    """The reason is one line on stderr, after the steps; the job is kept."""
    assert main(["run", "job.py", "--model", "scripted/fails"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "failed: ModelError: scripted/fails: exhausted" in told.err.splitlines()[-2]
    assert told.err.splitlines()[-1].startswith("look at it with 'statek-jupyter show ")
    with open_store() as store:
        assert [handle.status for handle in store.jobs()] == [JobStatus.DONE]


def test_run_of_a_job_that_asks_says_how_to_answer(capsys: Capture, place: Path) -> None:
    """The command ends where the job waits; what is left to do is on stderr, and a worker goes on after the answer."""
    (place / "ask.py").write_text("color = ask_human('Which one?')\nexit(color)\n")
    assert main(["run", "ask.py", "--model", "scripted/adder"]) == 0
    told = capsys.readouterr()
    assert told.out == "suspended: an answer: Which one?\n"
    with open_store() as store:
        (handle,) = store.jobs()
        assert f"statek-jupyter answer {handle.id} ANSWER" in told.err
        assert main(["answer", handle.id, "blue"]) == 0
        with Worker(store):
            assert handle.wait(timeout=20).result == "blue"


def test_the_version_is_said(capsys: Capture) -> None:
    """It is the one of the package's metadata."""
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert (left.value.code, capsys.readouterr().out) == (0, f"statek-jupyter {version('statek_jupyter')}\n")


def test_a_dry_run_shows_the_request_and_stores_nothing(capsys: Capture) -> None:
    """The warmup and the message are in what is shown."""
    assert main(["run", "job.py", "--model", "scripted/adder", "--ask", "add one", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "a = 1" in shown
    assert "add one" in shown
    with open_store() as store:
        assert store.jobs() == []


def test_jobs_lists_newest_first_and_goes_on_where_a_page_ended(capsys: Capture) -> None:
    """A page that is full says how to see the next one."""
    with open_store() as store:
        first, second = finished(store, "first"), finished(store, "second")
    main(["jobs", "--limit", "1"])
    table = capsys.readouterr().out
    assert "second: b is 2" in table
    assert f"older ones: --after {second.id}" in table
    main(["jobs", "--json", "--after", second.id])
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["name"], row["status"], row["turns"]) == (first.id, "first", "done", 2)


@pytest.mark.parametrize(("option", "value", "names"), [("--status", "done", ["sum"]), ("--agent", "nobody", [])])
def test_jobs_can_be_filtered(option: str, value: str, names: list[str], capsys: Capture) -> None:
    """Only what matches is listed."""
    with open_store() as store:
        finished(store)
    main(["jobs", "--json", option, value])
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == names


def test_show_finds_a_job_by_id_and_by_name(capsys: Capture) -> None:
    """Both show the same text, and the JSON form is the one every view reads."""
    with open_store() as store:
        handle = finished(store)
    main(["show", "sum"])
    by_name = capsys.readouterr().out
    main(["show", handle.id])
    assert capsys.readouterr().out == by_name
    assert "b = a + 1" in by_name
    main(["show", "sum", "--json"])
    view = json.loads(capsys.readouterr().out)
    assert (view["format"], view["result"]) == ("statek.job.v1", "b is 2")


@pytest.mark.parametrize(("text", "value"), [(None, None), ('{"amount": 7}', {"amount": 7}), ("by hand", "by hand")])
def test_an_event_is_completed_once(text: str | None, value: object, capsys: Capture) -> None:
    """A value that is JSON is read; the second time is a mistake that changes nothing."""
    assert main(["complete", "paid", *([] if text is None else [text])]) == 0
    assert capsys.readouterr().out == "completed paid\n"
    assert main(["complete", "paid", "again"]) == 1
    assert "'paid' was completed already" in capsys.readouterr().err
    with open_store() as store:
        assert store.read(lambda root: root.waits.events["paid"].value.load()) == value


def test_a_message_takes_a_finished_job_up_again(capsys: Capture) -> None:
    """``send`` leaves the message; a worker goes on with the job."""
    with open_store() as store:
        handle = finished(store)
        assert main(["send", "sum", "go on"]) == 0
        with Worker(store):
            eventually(lambda: handle.turns == 3 and handle.status is JobStatus.DONE, timeout=20)
        assert handle.result == "and now it is 3"
    assert f"sent to {handle.id}" in capsys.readouterr().out


def test_a_waiting_job_can_be_stopped(capsys: Capture) -> None:
    """``stop`` ends a job that no worker has begun, once one looks."""
    with open_store() as store:
        agent = Agent("python", metadata={"MODEL": "scripted/adder"})
        handle = store.submit(JobDef(agent), name="idle")
        assert main(["stop", "idle", "--reason", "not needed"]) == 0
        with Worker(store):
            handle.wait(timeout=20)
        assert "not needed" in str(handle.read(lambda job: job.stop_reason))
        assert handle.turns == 0


def test_a_job_is_deleted_unless_it_runs(capsys: Capture) -> None:
    """One that is run says that it has to be stopped first, and stays."""
    with open_store() as store:
        handle = finished(store)
        assert main(["delete", "sum"]) == 0
        assert capsys.readouterr().out == f"deleted {handle.id}\n" and store.jobs() == []
        agent = Agent("python", metadata={"MODEL": "human"})
        with Worker(store):
            running = store.submit(JobDef(agent), name="runs").wait(20, until=JobStatus.STARTED)
            assert main(["delete", "runs"]) == 1
            assert "stop it first" in capsys.readouterr().err and store.jobs() == [running]


@pytest.mark.parametrize("suffix", ["html", "md", "json", "ipynb"])
def test_export_writes_each_form(suffix: str, place: Path) -> None:
    """The suffix says the form; the result is in each of them."""
    with open_store() as store:
        finished(store)
    assert main(["export", "sum", f"out.{suffix}"]) == 0
    assert "b is 2" in (place / f"out.{suffix}").read_text()


def test_store_commands(capsys: Capture, place: Path) -> None:
    """A store is described, checked, copied and packed; the copy is a store with the same jobs."""
    with open_store() as store:
        finished(store)
    assert main(["store", "info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["where"], facts["jobs"], facts["by_status"]["done"]) == (str(place / "store"), 1, 1)
    assert main(["store", "verify"]) == 0
    assert "no problems" in capsys.readouterr().out
    assert main(["store", "backup", "copy"]) == 0
    with open_store():  # another process holds the store open, so its log is not folded by the last to leave
        assert main(["store", "pack", "--keep-days", "0"]) == 0
        assert (place / "store" / "main.sqlite3-wal").stat().st_size == 0
    capsys.readouterr()
    assert main(["jobs", "--json", "--store", "copy"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["sum"]


def test_a_job_is_shown_as_it_was_and_forked(capsys: Capture) -> None:
    """``show --at`` gives the log and the variables of that turn; ``fork`` a job that a worker takes on."""
    with open_store() as store:
        job = finished(store)
    assert main(["show", "sum", "--at", "0"]) == 0
    text = capsys.readouterr().out
    assert "b is 2" not in text and "locals (1)" in text and "as it was after turn 0 of 2\n" in text
    assert main(["show", "sum", "--at", "1"]) == 0
    assert "2  (new)" in capsys.readouterr().out
    assert main(["show", "sum", "--at", "1", "--json"]) == 0
    view = json.loads(capsys.readouterr().out)
    assert (view["turn"], view["last_turn"], view["usage"]["calls"]) == (1, 2, 1)
    assert main(["fork", job.id, "--at", "1", "--message", "again"]) == 0
    told = capsys.readouterr().out
    with open_store() as store, Worker(store):
        fork = store.job(told.split()[0]).wait(timeout=20)
        assert fork.result == "b is 2" and fork.forked_from == (job, 1)
    assert main(["fork", job.id, "--at", "7"]) == 1
    assert "has no turn 7" in capsys.readouterr().err


def test_a_question_is_answered_from_the_shell(capsys: Capture) -> None:
    """``show`` says how; a wrong answer and a second one are a line each."""
    code = "color = ask_human('Which one?', options=['red', 'blue'])\na = len(color)"
    with open_store() as store, Worker(store):
        agent = Agent("python", metadata={"MODEL": "scripted/adder"})
        handle = store.submit(JobDef(agent, warmup_code=code), name="asker")
        eventually(lambda: handle.status is JobStatus.SUSPENDED)
        assert main(["show", "asker"]) == 0
        shown = capsys.readouterr().out
        assert "asks: Which one? [red / blue]" in shown and "which one?" not in shown
        assert f"statek-jupyter answer {handle.id} ANSWER --call " in shown
        assert main(["answer", "asker", "green"]) == 1
        assert "'green' is none of 'red', 'blue'" in capsys.readouterr().err
        assert main(["resolve", "asker"]) == 1
        assert "needs one of --outcome VALUE, --error TEXT and --retry" in capsys.readouterr().err
        assert main(["resolve", "asker", "--retry"]) == 1
        assert "has no open call with an unknown outcome" in capsys.readouterr().err
        assert main(["answer", "asker", "blue"]) == 0
        assert capsys.readouterr().out.startswith(f"answered {handle.id}")
        assert handle.wait(20).result == "b is 2" and handle.locals["color"] == "blue"
    assert main(["show", "asker"]) == 0
    assert "ask_human('Which one?', ['red', 'blue']) → 'blue'" in capsys.readouterr().out
