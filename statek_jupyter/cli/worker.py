"""``worker``: runs the jobs of a store until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime
from types import FrameType

from statek_jupyter.cli.arguments import Subparsers, add_command, opened
from statek_jupyter.cli.run import add_import, import_modules
from statek_jupyter.errors import BadOptionError, UnknownJobError
from statek_jupyter.executors.job import Job
from statek_jupyter.views.tables import JobRow, read_row


def add_commands(commands: Subparsers) -> None:
    """Add this command to the command line."""
    parser = add_command(commands, "worker", "Run the jobs of a store until interrupted", serve)
    parser.add_argument("--concurrency", metavar="N", type=int, default=16, help="most jobs at once (16)")
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="stop when standard input ends: with the process that started it",
    )
    add_import(parser)


def serve(options: argparse.Namespace) -> None:
    from statek_jupyter.engine.worker import Worker
    from statek_jupyter.store import JobHandle

    if options.concurrency < 1:
        raise BadOptionError("--concurrency", f"needs a number above 0, got {options.concurrency}")
    import_modules(options.imports)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    with opened(options, create=True) as store:
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        told: dict[str, str] = {}
        began = datetime.now(UTC)

        def tell(job_ids: list[str]) -> None:
            for job_id in job_ids:
                try:
                    row, is_news = JobHandle(store, job_id).read(lambda job: (read_row(job), _is_news(job, began)))
                except UnknownJobError:  # it was deleted, which is of no interest to those who run jobs
                    continue
                if told.get(job_id) != row["status"]:
                    told[job_id] = row["status"]
                    if is_news:
                        print(_line(row), flush=True)

        if options.until_input_ends:
            threading.Thread(target=_await_end, args=(stopped,), daemon=True).start()
        try:
            unwatch = store.watch(tell)
            with Worker(store, concurrency=options.concurrency):
                print(f"running jobs of {store.where}; Ctrl-C stops", file=sys.stderr, flush=True)
                stopped.wait()
                print("stopping: jobs go back as they were committed last", file=sys.stderr, flush=True)
            unwatch()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _await_end(stopped: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        continue
    stopped.set()


def _is_news(job: Job, since: datetime) -> bool:
    """Whether the job did not end before; such a one is heard of when it gets a message."""
    return job.finished_at is None or job.finished_at >= since


def _line(row: JobRow) -> str:
    about = row["error"] or row["awaiting"] or row["result"]
    name = f" {row['name']}" if row["name"] else ""
    return f"{row['id']}{name}: {row['status'].replace('_', ' ')}" + (f", {about}" if about else "")
