"""A request with a key acts once: sent again by a page that got no answer, to the same server or to the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.inbox import Message
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.store import JobHandle, Store, open_store
from tests.server.running import RunningServer


@pytest.fixture
def job(shared: Store) -> JobHandle:
    """A job that has ended its warmup and waits for its first request."""
    handle = shared.submit(JobDef(Agent("analyst", metadata={"MODEL": "scripted/none"})), name="asked")
    with shared.transaction() as root:
        root.job(handle.id).set_status(JobStatus.DONE)
    return handle


def messages(job: JobHandle) -> list[str]:
    return [entry.text for entry in job.read(lambda job: job.inbox.pending()) if isinstance(entry, Message)]


def test_a_message_is_kept_once_even_when_its_job_has_taken_it(
    server: RunningServer, shared: Store, job: JobHandle
) -> None:
    """The key is remembered with the message, in one transaction, and longer than the message."""
    body = {"command": "send", "text": "Hello", "key": "one"}
    for _ in range(2):
        assert server.ask("POST", f"/jobs/{job.id}/commands", json=body).status_code == 202
    assert messages(job) == ["Hello"]
    with shared.transaction() as root:
        root.job(job.id).inbox.take()
    assert server.ask("POST", f"/jobs/{job.id}/commands", json=body).status_code == 202
    assert messages(job) == []
    assert server.ask("POST", f"/jobs/{job.id}/commands", json={**body, "key": "two"}).status_code == 202
    assert messages(job) == ["Hello"]


def test_another_process_knows_the_key(server: RunningServer, shared: Store, job: JobHandle, place: Path) -> None:
    """A fork that the server made is what whoever repeats the request elsewhere is given."""
    body = {"command": "fork", "turn": 0, "text": "And now?", "key": "again"}
    made = server.ask("POST", f"/jobs/{job.id}/commands", json=body)
    assert made.status_code == 202, made.text
    with open_store(place) as other:
        again = shared.job(other.job(job.id).fork(0, message="And now?", key="again").id)
    assert again.id == made.json()["job"]
    assert len([one for one in shared.jobs(limit=None) if one.forked_from and one.forked_from[0] == job]) == 1
    assert again.read(lambda job: job.home) is None, "the server runs nothing, so any worker may have it"


def test_many_are_stopped_at_once(server: RunningServer, shared: Store) -> None:
    """What is wrong with one of them keeps none of the others."""
    definition = JobDef(Agent("analyst", metadata={"MODEL": "scripted/none"}))
    jobs = [shared.submit(definition, name=f"stopped {number}") for number in range(3)]
    nobody = "0" * 13
    answer = server.ask("POST", "/stop", json={"jobs": [jobs[0].id, nobody, jobs[2].id], "text": "enough"})
    assert answer.json()["stopped"] == [jobs[0].id, jobs[2].id]
    assert list(answer.json()["problems"]) == [nobody]
    assert [len(job.read(lambda job: job.inbox.pending())) - len(messages(job)) for job in jobs] == [1, 0, 1]


def test_a_question_that_is_not_asked_any_more_is_a_conflict(server: RunningServer, job: JobHandle) -> None:
    """409 and words; nothing comes into the inbox."""
    for question in ("reply-3", "3.0.0.1"):
        body = {"command": "answer", "question": question, "text": "yes"}
        answer = server.ask("POST", f"/jobs/{job.id}/commands", json=body)
        assert answer.status_code == 409 and answer.json()["message"]
    assert messages(job) == []
