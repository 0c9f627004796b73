"""What the routes do with the store: read what is shown, and put what people ask into inboxes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from statek_jupyter.executors.job import Job
from statek_jupyter.server.requests import MAX_ITEMS, Command, JobsQuestion
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from statek_jupyter.views.following import first_view
from statek_jupyter.views.job_rows import LiveRow, read_live_row
from statek_jupyter.views.job_view import read_items, read_output
from statek_jupyter.views.schema import ItemView

REMEMBERED_KEYS = 2_000


def jobs_list(store: Store, question: JobsQuestion) -> dict[str, Any]:
    """One page of the list, how many jobs have each status, and whether there are more."""
    return store.read(lambda root: _read_list(root, question))


def _read_list(root: Root, question: JobsQuestion) -> dict[str, Any]:
    ids = question.query.ids(root, question.limit + 1)
    rows: list[LiveRow] = [read_live_row(root.job(one)) for one in ids[: question.limit]]
    counts = {status.name: amount for status, amount in root.status_counts().items()}
    return {"rows": rows, "more": len(ids) > question.limit, "counts": counts}


def job(store: Store, job_id: str) -> dict[str, Any]:
    """The job as it is shown."""
    return {"view": first_view(store, job_id), "now": now_milliseconds()}


def items(store: Store, job_id: str, start: int, stop: int) -> dict[str, Any]:
    """Entries of the chat log, at most `MAX_ITEMS` of them: the last ones of the range."""

    def read(job: Job) -> list[ItemView]:
        end = min(stop, len(job.chat_log))
        return read_items(job, max(start, end - MAX_ITEMS), end)

    return {"items": JobHandle(store, job_id).read(read)}


def output(store: Store, job_id: str, item: int, index: int, start: int) -> dict[str, Any]:
    """A stretch of an output's whole text.

    Raises:
        IndexError: There is no such output.
    """
    return {"output": JobHandle(store, job_id).read(lambda job: read_output(job, item, index, start))}


def facts(store: Store) -> dict[str, Any]:
    """The store, in a few words."""
    return {"where": store.where, "kind": store.kind, "read_only": store.read_only}


def delete(store: Store, job_id: str) -> None:
    """Take the job and those below it out of the store.

    Raises:
        JobStateError: A worker runs it just now.
    """
    store.job(job_id).delete()


class Commands:
    """Puts commands into inboxes; one that is sent again with its key, after an answer got lost, is not done twice."""

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def carry_out(self, store: Store, job_id: str, command: Command) -> None:
        """Do it; it is in the store when this returns.

        Raises:
            UnknownJobError: There is no such job.
        """
        key = (job_id, command.key)
        with self._lock:
            if command.key and key in self._done:
                return
            _put(store.job(job_id), command)
            if command.key:
                self._done[key] = None
            while len(self._done) > REMEMBERED_KEYS:
                self._done.popitem(last=False)


def _put(handle: JobHandle, command: Command) -> None:
    if command.command == "send":
        handle.send(command.text)
    elif command.command == "stop":
        handle.stop(command.text or None)
    else:
        handle.resume()


def now_milliseconds() -> int:
    """Milliseconds since the epoch, for a browser whose clock is another."""
    return int(time.time() * 1000)
