"""Which processes use the store right now: one that died is seen dead at once, one that is frozen after a while."""

from __future__ import annotations

import os
import secrets
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from statek_jupyter.store import heartbeat
from statek_jupyter.store.file_lock import FileLock
from statek_jupyter.store.heartbeat import Silences, process_mark, processor_ticks


class Presence(Protocol):
    """This process' place among the users of a store."""

    id: str
    """Unique to this opening of the store."""
    beat_seconds: float | None
    """How often to call `beat`; None for never."""

    def alive(self, other: str | None) -> bool:
        """Whether the process with this presence id still uses the store; False for None. May be called anywhere."""

    def serves(self, other: str | None) -> bool:
        """Whether that process is alive and has a worker, which runs what the process submits."""

    def serve(self, by: int) -> None:
        """Count a worker of this process more (1), or less (-1)."""

    def beat(self) -> None:
        """Show that this process lives; called again and again."""

    def leave(self) -> None:
        """Be dead for everybody else."""

    def abandon(self) -> None:
        """In a forked child: let go without speaking for the parent."""


def new_presence_id() -> str:
    """Readable (the process id comes first) and unique."""
    return f"{os.getpid()}-{secrets.token_hex(6)}"


class LonePresence:
    """For stores that only one process can open."""

    beat_seconds: float | None = None

    def __init__(self) -> None:
        self.id = new_presence_id()
        self._here = True
        self._workers = 0

    def alive(self, other: str | None) -> bool:
        return self._here and other == self.id

    def serves(self, other: str | None) -> bool:
        return self.alive(other) and self._workers > 0

    def serve(self, by: int) -> None:
        self._workers += by

    def beat(self) -> None:
        """There is nobody to see it."""

    def leave(self) -> None:
        self._here = False

    def abandon(self) -> None:
        self._here = False


class FolderPresence:
    """A locked file in the store's folder; the kernel drops the lock with the process. Its time is the last beat.

    A frozen process keeps its lock and neither beats nor uses its processor. The file of one that has a worker is
    executable: a mark that is set at once or not at all.
    Made while holding the store's open lock: between creating the file and locking it, it looks like a dead one's.
    """

    def __init__(self, folder: Path) -> None:
        self.beat_seconds: float | None = heartbeat.BEAT_SECONDS
        self.id = new_presence_id()
        self._folder = folder
        self._silences = Silences()
        self._dead: set[str] = set()
        """Ids found dead; they stay so."""
        folder.mkdir(exist_ok=True)
        self._lock = FileLock(folder / self.id)
        self._lock.acquire()
        (folder / self.id).write_text(process_mark(os.getpid()))
        self._here = True
        self._workers = 0
        self._marking = threading.Lock()
        self._sweep()

    def alive(self, other: str | None) -> bool:
        if other is None or os.sep in other:
            return False
        if other == self.id:
            return self._here
        if other in self._dead:
            return False
        file = self._folder / other
        if not _is_locked(file):
            self._silences.forget(other)
            self._dead.add(other)
            return False
        return not self._silences.is_silent(other, _sign_of_life(file))

    def serves(self, other: str | None) -> bool:
        if other == self.id:
            return self._here and self._workers > 0
        return self.alive(other) and _has_worker(self._folder / str(other))

    def serve(self, by: int) -> None:
        with self._marking:
            self._workers += by
            if self._here:
                os.chmod(self._folder / self.id, 0o700 if self._workers else 0o600)

    def beat(self) -> None:
        if self._here:
            os.utime(self._folder / self.id)
            self._silences.beat()

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


def _has_worker(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IXUSR)
    except OSError:
        return False


def _sign_of_life(file: Path) -> tuple[int, int | None]:
    """Changes while the process lives, however busy it is."""
    pid, _, _ = file.name.partition("-")
    with suppress(OSError, ValueError):
        return file.stat().st_mtime_ns, processor_ticks(int(pid), file.read_text())
    return 0, None
