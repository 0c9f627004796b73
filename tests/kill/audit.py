"""Reads from a folder store's history who wrote each job when, and says which writes were not that process' to make."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from zodbpickle import fastpickle  # type: ignore[import-untyped]

from statek_jupyter.executors.job import Job, JobStatus, Lease
from statek_jupyter.store.sqlite_files import connect


@dataclass(frozen=True)
class Revision:
    """A job's record after one transaction."""

    writer: str
    """What the transaction says of itself: a presence id, or "" for the test's own."""
    lease: Lease | None
    token: int
    status: JobStatus


def revisions(folder: Path) -> dict[int, list[Revision]]:
    """Every revision of every job, oldest first, by the object's id."""
    connection = connect(folder)
    query = """SELECT zoid, description, state FROM object_state JOIN "transaction" USING (tid) ORDER BY tid"""
    found: dict[int, list[Revision]] = {}
    for oid, description, state in connection.execute(query):
        if b"statek_jupyter.executors.job" in state:
            values = _job_values(bytes(state))
            if values is not None:
                writer = bytes(description or b"").decode().strip()
                revision = Revision(writer, values.get("lease"), values.get("lease_token", 0), values["job_status"])
                found.setdefault(oid, []).append(revision)
    connection.close()
    return found


def _job_values(state: bytes) -> dict[str, Any] | None:
    reader = fastpickle.Unpickler(io.BytesIO(state))
    reader.persistent_load = lambda reference: None
    kind = reader.load()
    if (kind[0] if isinstance(kind, tuple) else kind) is not Job:
        return None
    values: dict[str, Any] = reader.load()
    return values


def trespasses(history: list[Revision]) -> Iterator[str]:
    """Writes to one job by processes that did not hold it."""
    for number, (before, after) in enumerate(pairwise(history), 1):
        if not after.writer:
            continue
        held = before.lease is not None and before.lease.worker == after.writer and after.token == before.token
        claims = after.lease is not None and after.lease.worker == after.writer and after.token == before.token + 1
        if not held and not claims:
            yield f"revision {number} by {after.writer}: {before} -> {after}"


def ends(history: list[Revision]) -> int:
    """How often the job became DONE."""
    done = [revision.status is JobStatus.DONE for revision in history]
    return sum(after and not before for before, after in pairwise(done))
