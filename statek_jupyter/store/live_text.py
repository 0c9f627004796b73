"""What running jobs say between two commits, for other processes to show; not part of the store, and never kept."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from statek_jupyter.store.location import Location

FRESH_SECONDS = 3.0
"""A text that was not renewed for this long is of a process that died."""
RENEW_SECONDS = 1.0


class LiveTexts:
    """Texts by job, each a small file beside the store; nowhere for stores without a folder of their own.

    Args:
        location: Where the store lies.
    """

    def __init__(self, location: Location) -> None:
        place = location.path if location.kind == "sqlite" else None
        self._folder = None if place is None else place / "live"
        self._written: dict[str, tuple[str, float]] = {}

    def write(self, texts: dict[str, str]) -> None:
        """Let others read these and nothing else of this object; empty ones count as none. For one thread.

        A failure is nothing: what is said here is stored with the next commit.
        """
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            for job_id in self._written.keys() - texts.keys():
                self._put(self._folder / job_id, job_id, "")
            for job_id, text in texts.items():
                self._put(self._folder / job_id, job_id, text)

    def _put(self, file: Path, job_id: str, text: str) -> None:
        now = time.monotonic()
        old, at = self._written.get(job_id, ("", now))
        if text != old:
            if text:
                file.parent.mkdir(exist_ok=True)
                part = file.with_name(f".{job_id}.{os.getpid()}")
                part.write_text(text, encoding="utf-8")
                part.replace(file)
            else:
                file.unlink(missing_ok=True)
        elif text and now - at > RENEW_SECONDS:
            os.utime(file)
        else:
            return
        if text:
            self._written[job_id] = text, now
        else:
            self._written.pop(job_id, None)

    def read(self, job_id: str) -> str:
        """What the job says now; "" when nothing, or when nobody can tell."""
        if self._folder is None:
            return ""
        file = self._folder / job_id
        try:
            if time.time() - file.stat().st_mtime > FRESH_SECONDS:
                return ""
            return file.read_text(encoding="utf-8")
        except OSError:
            return ""
