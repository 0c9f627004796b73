"""Locks between processes: files held with ``flock``, released by the kernel when their process ends in any way."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """An exclusive lock on one file. The file's content means nothing and the file is never removed while in use.

    A forked child shares the lock with its parent, so whoever forks must call `abandon` in the child.
    """

    def __init__(self, path: Path) -> None:
        self._fd: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self) -> None:
        """Wait for the lock; the kernel serves waiters in order."""
        assert self._fd is not None
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it."""
        assert self._fd is not None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_free(self) -> bool:
        """Whether nobody holds the lock. Looking does not take it: several may look at once."""
        assert self._fd is not None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.release()
        return True

    def release(self) -> None:
        if self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def abandon(self) -> None:
        """Close the file. Releases the lock unless a forked process still has the file open."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file at `path` for the time of the block."""
    lock = FileLock(path)
    try:
        lock.acquire()
        yield
    finally:
        lock.abandon()


class CommitQueue:
    """The one place where commits of all processes on a folder store line up, in order of arrival.

    SQLite's own waiting sleeps and polls, which lets a busy process starve another one. Within a process the queue is
    re-entrant for the thread that holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = FileLock(path)
        self._thread_lock = threading.RLock()
        self._depth = 0
        self._waiting_since: float | None = None

    def acquire(self) -> None:
        self._thread_lock.acquire()
        try:
            if self._depth == 0:
                self._waiting_since = time.monotonic()
                self._file.acquire()
                self._waiting_since = None
            self._depth += 1
        except BaseException:
            self._thread_lock.release()
            raise

    @property
    def waited_seconds(self) -> float:
        """For how long this process has been waiting for its turn; 0.0 when it does not."""
        since = self._waiting_since
        return 0.0 if since is None else time.monotonic() - since

    def release(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._file.release()
        self._thread_lock.release()

    def __enter__(self) -> CommitQueue:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def abandon(self) -> None:
        """Close the file without waiting for anybody; for the end of a store and for forked children."""
        self._file.abandon()
