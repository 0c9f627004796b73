"""What the reference calls durable, tagged and queried, in a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from statek_jupyter.errors import NotDurableError
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from tests.executors.kept import a_job, a_job_def, an_agent
from tests.executors.reference_examples import JOB, JOB_DEF

if TYPE_CHECKING:
    from statek_jupyter.store import Store


def test_the_examples_run_while_a_store_is_open(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """The job made is an ordinary object until it is submitted; then its variables are in the store."""
    names: dict[str, Any] = {"agent": an_agent(metadata={})}
    exec(JOB_DEF + JOB, names)
    assert capsys.readouterr().out == "JobStatus.READY\nC-123\n"
    assert store.counts()[JobStatus.READY] == 0
    handle = store.submit(names["job"])
    assert handle.locals["customer_id"] == "C-123"
    assert names["job"].number is None


def test_jobs_are_found_by_status_and_by_the_definitions_agent(store: Store) -> None:
    """A status set in a transaction moves the job in the catalog at once."""
    reader = store.submit(a_job_def(agent=an_agent("reader")))
    writer = store.submit(a_job_def(agent=an_agent("writer")))
    with store.transaction() as root:
        root.job(writer.id).set_status(JobStatus.DONE)
    assert [one.id for one in store.jobs(agent="reader")] == [reader.id]
    assert [one.id for one in store.jobs(status=JobStatus.DONE)] == [writer.id]
    assert store.counts()[JobStatus.DONE] == 1


def test_errors_of_a_definition_are_durable(store: Store) -> None:
    """Every job of the definition sees them."""
    first, second = store.submit(a_job_def()), store.submit(a_job_def())
    with store.transaction() as root:
        root.job(first.id).job_def.set_error(ValueError("broken"))
    errors = store.read(lambda root: [str(error) for error in root.job(second.id).job_def.get_errors()])
    assert errors == ["ValueError: broken"]


def test_handlers_and_usage_and_limits_are_durable(store: Store) -> None:
    """Everything a job holds goes with it: a lambda as handler, the parent's name, the definition's warmup."""
    job = a_job(job_def=a_job_def(warmup_code="x = 1\n# ----------\ny = 2"), chat_log=["hello"])
    job.add_error_handler(lambda context, error=None: context.append(error), [])
    handle = store.submit(job)

    def seen(root: Any) -> tuple[Any, ...]:
        stored: Job = root.job(handle.id)
        return stored.warmup_blocks, list(stored.chat_log), len(stored.error_handlers), stored.limits, stored.model

    assert store.read(seen) == (("x = 1", "y = 2"), ["hello"], 1, job.limits, "openai/gpt-5-mini")


def test_what_cannot_be_stored_is_named_and_nothing_is_written(store: Store) -> None:
    """A tool over a lock, say."""
    import threading

    lock = threading.Lock()

    def guarded() -> bool:
        return lock.locked()

    with pytest.raises(NotDurableError, match="'guarded'"):
        store.submit(JobDef(an_agent(tools=[guarded])))
    assert store.jobs() == []
