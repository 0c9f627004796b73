"""Processes that die by SIGKILL at a commit: in place of it, or right behind it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from statek_jupyter.store import session


def forked(work: Callable[[], object]) -> bool:
    """Run it in a process of its own; whether that was killed. No thread may run in this one."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFEXITED(ended) and os.WEXITSTATUS(ended):
        raise SystemExit(f"a process failed with {os.WEXITSTATUS(ended)}")
    return os.WIFSIGNALED(ended)


def die_at(when: str, number: int) -> list[int]:
    """Let this process die ``before`` or ``after`` its commit of this number; gives how many there were, in a list."""
    count = [0]
    commit = session.Session.commit

    def counted(self: session.Session) -> Any:
        count[0] += 1
        if (when, number) == ("before", count[0]):
            os.kill(os.getpid(), signal.SIGKILL)
        done = commit(self)
        if (when, number) == ("after", count[0]):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    session.Session.commit = counted  # type: ignore[method-assign]
    return count


def points(commits: int, wanted: tuple[str, ...]) -> list[tuple[str, int]]:
    """The points asked for as texts like ``before 7``; every one there is when none was."""
    if not wanted:
        return [(when, number) for number in range(1, commits + 1) for when in ("before", "after")]
    return [(when, int(number)) for when, number in (point.split() for point in wanted)]
