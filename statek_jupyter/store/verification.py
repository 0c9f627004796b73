"""Checking a store: the database file, every record that can be reached, and the catalog against the jobs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ZODB.broken
from persistent import Persistent
from ZODB.blob import Blob
from ZODB.serialize import referencesf
from ZODB.utils import u64, z64

from statek_jupyter.executors.job import Job
from statek_jupyter.store.database import Database
from statek_jupyter.store.locals import chunks
from statek_jupyter.store.locals.records import LocalGroup
from statek_jupyter.store.placing import standing
from statek_jupyter.store.root import Root, catalog_fields
from statek_jupyter.store.waiting import expected_entries

MAX_PROBLEMS = 100
_FORGET_AFTER = 2_000


@dataclass(frozen=True)
class Report:
    """What a check found."""

    where: str
    records: int
    """Records that were read."""
    jobs: int
    problems: tuple[str, ...]
    """One line each; the first hundred."""
    seconds: float

    @property
    def ok(self) -> bool:
        return not self.problems

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        found = "no problems" if self.ok else f"{len(self.problems)} problems"
        head = f"{self.where}: {self.records} records, {self.jobs} jobs, {found} ({self.seconds:.1f} s)"
        return "\n".join((head, *self.problems))


def verify(database: Database) -> Report:
    """Check everything. Only reads; other processes may go on meanwhile."""
    started = time.monotonic()
    problems: list[str] = []
    for problem in _check_file(database):
        problems.append(problem)
    records, jobs = 0, 0
    if not problems:
        records, found = database.read(_check_records)
        problems += found
        jobs, found = database.read(_check_catalog)
        problems += found
    return Report(database.where, records, jobs, tuple(problems[:MAX_PROBLEMS]), time.monotonic() - started)


def _check_file(database: Database) -> Iterator[str]:
    folder = database.location.path
    if database.location.kind != "sqlite" or folder is None:
        return
    from statek_jupyter.store.sqlite_files import connect
    from statek_jupyter.store.sqlite_library import sqlite

    connection = connect(folder)
    try:
        for (line,) in connection.execute("PRAGMA quick_check(20)"):
            if line != "ok":
                yield f"database file: {line}"
    except sqlite.DatabaseError as error:
        yield f"database file: {error}"
    finally:
        connection.close()


# --- records -----------------------------------------------------------------------------------------------


def _check_records(root: Root) -> tuple[int, list[str]]:
    """Load every record that can be reached from the root object."""
    connection: Any = root._p_jar
    seen = {z64}
    waiting = [z64]
    problems: list[str] = []
    while waiting and len(problems) < MAX_PROBLEMS:
        oid = waiting.pop()
        try:
            state, serial = connection._storage.load(oid)
            _load(connection, oid, serial)
        except Exception as error:  # whatever a damaged record raises is what we are after
            problems.append(f"record {u64(oid):#x}: {type(error).__name__}: {error}")
            continue
        new = [reference for reference in referencesf(state) if reference not in seen]
        seen.update(new)
        waiting += new
        if len(seen) % _FORGET_AFTER == 0:
            connection.cacheGC()
    return len(seen), problems


def _load(connection: Any, oid: bytes, serial: bytes) -> None:
    loaded = connection.get(oid)
    if isinstance(loaded, ZODB.broken.PersistentBroken):
        raise ImportError(f"its class {type(loaded).__module__}.{type(loaded).__name__} is missing")
    if isinstance(loaded, Persistent):
        loaded._p_activate()
    if isinstance(loaded, Blob):
        connection._storage.loadBlob(oid, serial)
    for _, _, digests, pieces in getattr(loaded, "buffers", ()) if isinstance(loaded, LocalGroup) else ():
        for digest, piece in zip(digests, pieces, strict=True):
            content = bytearray(piece.size)
            piece.read_into(memoryview(content))
            if chunks.digest(memoryview(content)) != digest:
                raise ValueError(f"a large value of {', '.join(loaded.names)} is not what was stored")


# --- catalog -----------------------------------------------------------------------------------------------


def _check_catalog(root: Root) -> tuple[int, list[str]]:
    catalog = root.catalog
    problems: list[str] = []
    expected: set[tuple[str, Any, int]] = set()
    counts: Counter[str] = Counter()
    total = 0
    for lane in catalog.jobs.values():
        for number, job in lane.items():
            total += 1
            problems += _check_job(number, job)
            counts[job.job_status.name] += 1
            expected |= {(field, value, number) for field, value in catalog_fields(job).items()}
    indexed = {(field, value, number) for (field, value, _), numbers in catalog.index.items() for number in numbers}
    problems += [f"catalog lacks {field}={value} of job {number}" for field, value, number in expected - indexed]
    problems += [f"catalog has {field}={value} of job {number} wrongly" for field, value, number in indexed - expected]
    if catalog.status_counts() != dict(counts):
        problems.append(f"catalog counts {catalog.status_counts()}, there are {dict(counts)}")
    strays = [number for number in catalog.with_mail() if catalog.get(number) is None]
    problems += [f"mail for job {number}, which is not there" for number in strays]
    return total, problems + _check_places(root)


def _check_places(root: Root) -> list[str]:
    """The queue may hold more than it should, because an entry is only a hint; never less."""
    if "queue" not in vars(root):
        return []  # from before there was one, and opened for reading only
    ready = set(root.queue.entries())
    held = {(worker, number) for worker in root.queue.workers() for number in root.queue.held_by(worker)}
    waits = set(root.waits.entries())
    problems: list[str] = []
    for lane in root.catalog.jobs.values():
        for number, job in lane.items():
            kind, what = standing(job)
            if kind == "ready" and (what, number) not in ready:
                problems.append(f"job {number} can go on and is not in the queue")
            if kind == "held" and (what, number) not in held:
                problems.append(f"job {number} is run by {what!r}, of which the queue does not know")
            held.discard((what, number))
            expected = set(expected_entries(number, what)) if kind == "asleep" else set()
            problems += [f"job {number} waits for {entry[:-1]}, not in the index" for entry in expected - waits]
            waits -= expected
    problems += [f"the queue has job {number} run by {worker!r}, wrongly" for worker, number in held]
    problems += [f"the index has job {entry[-1]} wait for {entry[:-1]}, wrongly" for entry in waits]
    return problems


def _check_job(number: int, job: Job) -> Iterator[str]:
    if job.number != number:
        yield f"job {number} says it is {job.number}"
