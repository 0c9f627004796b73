"""Says that something takes its time, on stderr, so that nobody wonders; nothing is said about what is quick."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIET_SECONDS = 1.0


@contextmanager
def working(what: str) -> Iterator[None]:
    """Tell `what` is going on, and for how long, once the block takes longer than a second."""
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, done), name="statek progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, done: threading.Event) -> None:
    began = time.monotonic()
    on_screen = sys.stderr.isatty()
    pause = QUIET_SECONDS
    while not done.wait(pause):
        seconds = time.monotonic() - began
        print(f"{what} … {seconds:.0f} s", file=sys.stderr, end="\r" if on_screen else "\n", flush=True)
        pause = 1.0 if on_screen else 10.0
    if on_screen and time.monotonic() - began > QUIET_SECONDS:
        print(file=sys.stderr)
