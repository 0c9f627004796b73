"""Two places a job can be in: plain memory, and a ZODB database it was read back from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import cloudpickle
import pytest
import transaction
import ZODB

from statek_jupyter.executors import stored_callable
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef

T = TypeVar("T")
Keep = Callable[[T], T]


def an_agent(role: str = "clerk", **more: Any) -> Agent:
    return Agent(role, metadata=more.pop("metadata", {"MODEL": "openai/gpt-5-mini"}), **more)


def a_job_def(**more: Any) -> JobDef:
    return JobDef(more.pop("agent", None) or an_agent(), **more)


def a_job(**more: Any) -> Job:
    return Job(more.pop("job_def", None) or a_job_def(), **more)


class Database:
    """A database in memory; `reread` gives an object as another process would read it."""

    def __init__(self) -> None:
        self.db = ZODB.DB(None)
        self._managers: list[transaction.TransactionManager] = []

    def reread(self, obj: T) -> T:
        """Store an object and read it back through a connection of its own."""
        name = f"object{len(self._managers)}"
        writer, reader = transaction.TransactionManager(), transaction.TransactionManager()
        self._managers += [writer, reader]
        self.db.open(writer).root()[name] = obj  # stays open: a closed connection would be used again, with its cache
        writer.commit()
        read: T = self.db.open(reader).root()[name]
        assert read is not obj
        return read

    def close(self) -> None:
        for manager in self._managers:
            manager.abort()
        self.db.close()

    def size_written(self, obj: Any) -> int:
        """Bytes of the records a commit of `obj`'s connection writes."""
        jar = obj._p_jar
        changed = {oid: one for one in jar._registered_objects if (oid := one._p_oid)}
        jar.transaction_manager.commit()
        return sum(len(jar.db().storage.load(oid)[0]) for oid in changed)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(stored_callable, "_dumps", cloudpickle.dumps)
    monkeypatch.setattr(stored_callable, "_loads", cloudpickle.loads)
    one = Database()
    yield one
    one.close()


@pytest.fixture(params=["in memory", "in a database"])
def keep(request: pytest.FixtureRequest, database: Database) -> Keep[Any]:
    """Puts an object in its place: nothing for memory, stored and read back for the database."""
    if request.param == "in memory":
        return lambda obj: obj
    return database.reread
