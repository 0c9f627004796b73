"""Processes that die by SIGKILL at a commit: in place of it, or right behind it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
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


def die_at_each_point(
    folder: str,
    wanted: Sequence[str],
    live: Callable[[str, str, int], None],
    facts: Callable[[str], dict[str, Any]],
) -> None:
    """Print what is in the store, a line of JSON each: after a run without a kill, then after one killed at each point.

    Args:
        folder: Where the stores go, one for each run.
        wanted: Points, see `points`.
        live: Works in the store of a place, and dies ``before`` or ``after`` the commit of a number, or ``never``.
        facts: What is in the store of a place, with the number of its ``commits``.
    """
    where = str(Path(folder) / "calm")
    forked(partial(live, where, "never", 0))
    print(json.dumps(facts(where)), flush=True)
    for when, number in points(facts(where)["commits"], wanted):
        where = str(Path(folder) / f"{when}-{number}")
        died = forked(partial(live, where, when, number))
        forked(partial(live, where, "never", 0))
        print(json.dumps({"point": f"{when} {number}", "died": died, **facts(where)}), flush=True)


def points(commits: int, wanted: Sequence[str]) -> list[tuple[str, int]]:
    """The points asked for as texts like ``before 7``; every one there is when none was."""
    if not wanted:
        return [(when, number) for number in range(1, commits + 1) for when in ("before", "after")]
    return [(when, int(number)) for when, number in (point.split() for point in wanted)]
