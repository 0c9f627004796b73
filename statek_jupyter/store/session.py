"""A connection to the object database with a transaction manager of its own, used by one thread at a time."""

from __future__ import annotations

import threading
from typing import Any

import transaction

from statek_jupyter.store.root import ROOT_KEY, Root, changed_jobs, index_changes


class Session:
    """One connection. Between `begin` and `commit` or `abort` it shows one snapshot; outside of those it holds none."""

    def __init__(self, db: Any) -> None:
        self._manager = transaction.TransactionManager(explicit=True)
        self._connection = db.open(self._manager)

    def begin(self) -> Root:
        """Start on a fresh snapshot."""
        self._manager.begin()
        root: Root = self._connection.root()[ROOT_KEY]
        return root

    def commit(self) -> tuple[int, ...]:
        """Index what changed and commit; return the numbers of the jobs that changed."""
        root: Root = self._connection.root()[ROOT_KEY]
        index_changes(root, self._connection)
        current = self._manager.get()
        numbers = changed_jobs(root)
        if numbers:
            current.setExtendedInfo("jobs", numbers)
        self._manager.commit()
        return numbers

    def abort(self) -> None:
        self._manager.abort()

    def forget(self) -> None:
        """Drop every object in memory, after a failure that may have left them unlike the disk."""
        self._connection.cacheMinimize()

    def close(self) -> None:
        self._connection.close()


class SessionPool:
    """Sessions for reading: one per reader at a time, used again by the next one."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self._idle: list[Session] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Session:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Session(self._db)

    def give_back(self, session: Session) -> None:
        """Return a session whose transaction has ended."""
        with self._lock:
            if not self._closed:
                self._idle.append(session)
                return
        session.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()
