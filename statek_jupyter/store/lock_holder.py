"""Says who holds a lock that others wait for; a process that was frozen in a commit holds up the whole store."""

from __future__ import annotations

import os
from pathlib import Path

LOCKS = Path("/proc/locks")


def describe_holder(lock: Path) -> str:
    """The process that holds a ``flock`` on a file, and what can be done; where that cannot be said, that."""
    pid = _holder(lock)
    if pid is None:
        return "another process, which cannot be named"
    state = _state(pid)
    if state in ("T", "t"):
        return f"process {pid}, which is frozen: let it go on (kill -CONT {pid}), or end it (kill -KILL {pid})"
    return f"process {pid}"


def _holder(lock: Path) -> int | None:
    try:
        found = os.stat(lock)
        lines = LOCKS.read_text().splitlines()
    except OSError:
        return None
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    for fields in map(str.split, lines):
        if len(fields) == 8 and fields[1] == "FLOCK" and fields[5] == place:  # those who wait have one field more
            return int(fields[4])
    return None


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
