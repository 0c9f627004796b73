"""Saying "I live" again and again, from a thread, and noticing who has fallen silent.

Silence is counted in our own beats, not by a clock: a computer that slept, or a process that was itself frozen, has
missed as many beats as everybody else and calls nobody dead for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from pathlib import Path

BEAT_SECONDS = 1.0
"""Pause between two beats of a process."""
LEASE_BEATS = 5
"""A process that did not show a sign of life for so many beats has lost its jobs."""

_log = logging.getLogger(__name__)


class Silences:
    """For how long others have shown no sign of life. Used from any thread."""

    def __init__(self) -> None:
        self._beats = 0
        self._seen: dict[str, tuple[Hashable, int]] = {}
        self._lock = threading.Lock()

    def beat(self) -> None:
        """One of our own beats has passed."""
        with self._lock:
            self._beats += 1

    def is_silent(self, other: str, sign: Hashable, beats: int | None = None) -> bool:
        """Whether the other's sign of life has been the same for too long; one met for the first time is not silent.

        Args:
            sign: Anything that changes; None where there is no sign.
            beats: How long is too long; `LEASE_BEATS` when None.
        """
        with self._lock:
            before, since = self._seen.get(other, (None, self._beats))
            if other not in self._seen or (sign is not None and before != sign):
                self._seen[other] = (sign, self._beats)
                return False
            return self._beats - since >= (LEASE_BEATS if beats is None else beats)

    def forget(self, other: str) -> None:
        """The other has ended."""
        with self._lock:
            self._seen.pop(other, None)


class Heartbeat:
    """A thread that beats. Code that runs in Python cannot hold it up; a call into C that keeps the interpreter can.

    Args:
        beat: Shows the sign of life; what it raises is logged, and it is called again.
        seconds: Pause between two beats.
    """

    def __init__(self, beat: Callable[[], object], seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="statek heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, unless it is the current one."""
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self) -> None:
        failed = False
        while not self._over.wait(self._seconds):
            try:
                self._beat()
                failed = False
            except Exception:
                if not failed:
                    _log.exception("this process cannot show that it lives; others may take over its jobs")
                failed = True


def process_mark(pid: int) -> str:
    """Tells a process from later ones with the same id: when it was started. "" where that cannot be said."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def processor_ticks(pid: int, mark: str) -> int | None:
    """Processor time a process of this machine has used, in ticks; None when it is not that process, or not Linux.

    It grows also while a call into C keeps the interpreter, when the process cannot beat; not while it is frozen.
    """
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields and mark and fields[19] == mark else None


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` after the process' name, which may hold anything."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
