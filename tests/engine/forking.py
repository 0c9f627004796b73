"""What the killed process of a test does: ``python -m tests.engine.forking WHERE JOB`` forks a job for ever."""

from __future__ import annotations

import os
import sys

from statek_jupyter.store import open_store


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def main(where: str, job_id: str) -> None:
    """Say ``ready``, then each fork's id once it is acknowledged."""
    store = open_store(where)
    say("ready")
    while True:
        say(store.job(job_id).fork(2).id)


if __name__ == "__main__":
    main(*sys.argv[1:])
