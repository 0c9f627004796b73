"""The reference's symbols, statuses and examples; and that every row of its tables has a test."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from statek_jupyter.executors.job import Job, JobDef, JobDefError, JobStatus
from tests.executors.kept import a_job, an_agent
from tests.executors.reference_examples import JOB, JOB_DEF
from tests.executors.reference_rows import ROWS


def test_every_row_of_the_reference_has_a_test() -> None:
    """A row without a test named after it, and a test named after no row, are both mistakes."""
    texts = (path.read_text() for path in Path(__file__).parent.glob("test_reference_*.py"))
    tested = [name for text in texts for name in re.findall(r"^def test_row_(\w+)\(", text, re.MULTILINE)]
    assert sorted(tested) == sorted(ROWS)


def test_row_symbol_JobDef() -> None:
    """The definition is at the reference's import path."""
    assert import_module("statek_jupyter.executors.job").JobDef is JobDef


def test_row_symbol_Job() -> None:
    """The job is at the reference's import path."""
    assert import_module("statek_jupyter.executors.job").Job is Job


def test_row_symbol_JobStatus() -> None:
    """The lifecycle has the reference's five members in its order."""
    assert [member.name for member in JobStatus] == ["READY", "WARMING_UP", "STARTED", "SUSPENDED", "DONE"]


def test_row_symbol_JobDefError() -> None:
    """A stored error keeps message and traceback of an exception as text."""
    try:
        raise KeyError("gone")
    except KeyError as error:
        kept = JobDefError(error)
    assert kept.error_message == "'gone'"
    assert kept.traceback is not None and "test_row_symbol_JobDefError" in kept.traceback[0]


def _set(name: str) -> None:
    job = a_job()
    job.set_status(JobStatus[name])
    assert job.status is JobStatus[name]
    assert job.status != name


def test_row_JobStatus_READY() -> None:
    """A new job is READY."""
    assert a_job().status is JobStatus.READY
    _set("READY")


def test_row_JobStatus_WARMING_UP() -> None:
    """WARMING_UP is a member equal to itself only, and is when a job first starts."""
    _set("WARMING_UP")
    job = a_job()
    job.set_status(JobStatus.WARMING_UP)
    assert job.started_at is not None and job.finished_at is None


def test_row_JobStatus_STARTED() -> None:
    """STARTED is a member equal to itself only."""
    _set("STARTED")


def test_row_JobStatus_SUSPENDED() -> None:
    """SUSPENDED is a member equal to itself only; such a job can say what it waits for."""
    _set("SUSPENDED")
    job = a_job(job_status=JobStatus.SUSPENDED)
    job.awaiting_text = "an answer"
    assert job.awaiting == "an answer"


def test_row_JobStatus_DONE() -> None:
    """DONE keeps when the job finished, and leaving it forgets that."""
    _set("DONE")
    job = a_job()
    job.set_status(JobStatus.DONE)
    assert job.finished_at is not None
    job.set_status(JobStatus.STARTED)
    assert job.finished_at is None


def test_a_status_is_a_member() -> None:
    """A text in place of a status is refused, as it would never equal one."""
    with pytest.raises(TypeError, match="'DONE' is not a JobStatus"):
        a_job().set_status("DONE")  # type: ignore[arg-type]


def test_row_example_JobDef() -> None:
    """The reference's first example runs as it is."""
    names: dict[str, object] = {"agent": an_agent(metadata={})}
    exec(JOB_DEF, names)
    job_def = names["job_def"]
    assert isinstance(job_def, JobDef)
    assert (job_def.model, job_def.warmup_code) == ("openai/gpt-5-mini", 'print("ready")')


def test_row_example_Job(capsys: pytest.CaptureFixture[str]) -> None:
    """The reference's second example runs as it is and prints status and variable."""
    exec(JOB_DEF + JOB, {"agent": an_agent(metadata={})})
    assert capsys.readouterr().out == "JobStatus.READY\nC-123\n"
