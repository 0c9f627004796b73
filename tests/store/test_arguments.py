"""What a store is given and cannot use is refused, by name, before it is stored; so is a store that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import BadOptionError, StoreClosedError, StoreReadOnlyError, UnknownJobError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.store import JobHandle, Store, open_store


@pytest.fixture(scope="module")
def handle() -> Iterator[JobHandle]:
    """A job nobody has begun."""
    with open_store("memory:") as store:
        yield store.submit(definition(), name="idle")


def definition(**fields: Any) -> JobDef:
    return JobDef(Agent("tester", metadata={"MODEL": "scripted/known"}), **fields)


@pytest.mark.parametrize(
    ("give", "told"),
    [
        (lambda store, job: store.submit(definition(), name=5), "name: 5 is no text"),
        (lambda store, job: store.submit(definition(), message=["hi"]), r"message: \['hi'\] is no text"),
        (lambda store, job: store.submit(definition(), priority="high"), "priority: 'high' is no whole number"),
        (lambda store, job: store.submit(definition(), locals={"1a": 3}), "locals: '1a' is no name of a variable"),
        (lambda store, job: store.submit(definition(), locals={"class": 3}), "locals: 'class' is no name"),
        (lambda store, job: store.submit(definition(), locals={5: 3}), "locals: 5 is no name of a variable"),
        (lambda store, job: store.submit(definition(), locals=[1]), "locals: list is no mapping"),
        (lambda store, job: store.complete(5), "name: 5 is no text"),
        (lambda store, job: store.jobs(limit=-1), "limit: -1 is no whole number from 0"),
        (lambda store, job: store.jobs(since="yesterday"), "since: 'yesterday' is no time"),
        (lambda store, job: store.jobs(status=[5]), "status: 5 is none of"),
        (lambda store, job: job.send(5), "message: 5 is no text"),
        (lambda store, job: job.stop(5), "reason: 5 is no text"),
        (lambda store, job: job.fork(0, name=5), "name: 5 is no text"),
        (lambda store, job: job.wait(0.01, until="finished"), "status: 'finished' is none of READY"),
        (lambda store, job: definition(limits=5), "limits: 5 is no JobLimits"),
        (lambda store, job: definition(locale="pl-PL"), "locale: 'pl-PL' is no StatekLocale"),
    ],
)
def test_what_is_wrong_is_named(give: Callable[[Store, JobHandle], object], told: str, handle: JobHandle) -> None:
    """Nothing is stored: an event whose name is no text had made the events of all others unreadable."""
    with pytest.raises(BadOptionError, match=told):
        give(handle.store, handle)
    assert handle.store.jobs(text="idle") == [handle]
    assert handle.read(lambda job: len(job.inbox)) == 0


def test_a_job_that_is_none_is_unknown(handle: JobHandle) -> None:
    """Whatever it is."""
    with pytest.raises(UnknownJobError):
        handle.store.submit(definition(), parent=5)  # type: ignore[arg-type]


def test_statuses_to_wait_for_may_be_names(handle: JobHandle) -> None:
    """As those that lists are filtered by."""
    assert handle.wait(5, until="ready") is handle
    assert handle.wait(5, until=["DONE", "ready"]) is handle


def test_a_text_of_a_class_of_its_own_is_kept_as_a_text(handle: JobHandle) -> None:
    """Another process need not have the class."""

    class Special(str):
        pass

    named = handle.store.submit(definition(), name=Special("special"))
    assert named.read(lambda job: type(job.name)) is str
    named.delete()


def test_a_worker_of_a_store_it_cannot_use_says_so(tmp_path: Path) -> None:
    """It does not begin; it had waited for its own thread for ever."""
    with pytest.raises(TypeError, match="takes an open Store, not str"):
        Worker("jobs")  # type: ignore[arg-type]
    store = open_store(tmp_path / "store")
    with open_store(tmp_path / "store", read_only=True) as looking, pytest.raises(StoreReadOnlyError, match="writes"):
        Worker(looking).start()
    store.close()
    worker = Worker(store)
    with pytest.raises(StoreClosedError):
        worker.start()
    assert not worker.running
