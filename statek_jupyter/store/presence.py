"""Which processes use the store right now: a dead one is seen as dead at once, however it died."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Protocol

from statek_jupyter.store.file_lock import FileLock


class Presence(Protocol):
    """This process' place among the users of a store."""

    id: str
    """Unique to this opening of the store."""

    def alive(self, other: str | None) -> bool:
        """Whether the process with this presence id still has the store open; False for None."""

    def leave(self) -> None:
        """Be dead for everybody else."""

    def abandon(self) -> None:
        """In a forked child: let go without speaking for the parent."""


def new_presence_id() -> str:
    """Readable (the process id comes first) and unique."""
    return f"{os.getpid()}-{secrets.token_hex(6)}"


class LonePresence:
    """For stores that only one process can open, and for those on a server, where others cannot be asked."""

    def __init__(self) -> None:
        self.id = new_presence_id()
        self._here = True

    def alive(self, other: str | None) -> bool:
        return self._here and other == self.id

    def leave(self) -> None:
        self._here = False

    def abandon(self) -> None:
        self._here = False


class FolderPresence:
    """A locked file in the store's folder; the kernel drops the lock with the process.

    Made while holding the store's open lock: between creating the file and locking it, it looks like a dead one's.
    """

    def __init__(self, folder: Path) -> None:
        self.id = new_presence_id()
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._lock = FileLock(folder / self.id)
        self._lock.acquire()
        self._here = True
        self._sweep()

    def alive(self, other: str | None) -> bool:
        if other is None or os.sep in other:
            return False
        if other == self.id:
            return self._here
        return _is_locked(self._folder / other)

    def leave(self) -> None:
        if self._here:
            self._here = False
            (self._folder / self.id).unlink(missing_ok=True)
            self._lock.abandon()

    def abandon(self) -> None:
        self._here = False
        self._lock.abandon()

    def _sweep(self) -> None:
        """Remove the files of the dead; ids are never used again."""
        for file in self._folder.iterdir():
            if file.name != self.id and not _is_locked(file):
                file.unlink(missing_ok=True)


def _is_locked(file: Path) -> bool:
    if not file.exists():
        return False
    lock = FileLock(file)
    try:
        return not lock.is_free()
    finally:
        lock.abandon()
