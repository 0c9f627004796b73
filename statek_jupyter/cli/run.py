"""``run FILE.py``: a job whose warmup code is a file, run here to its end."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from statek_jupyter.cli.arguments import Subparsers, add_command, add_json, opened, print_json
from statek_jupyter.errors import BadOptionError, UnknownModelError
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.launch.options import JOB_OPTIONS
from statek_jupyter.launch.order import JobOrder, read_order
from statek_jupyter.launch.submit import find_agent, preview_job, submit_job
from statek_jupyter.llm.registry import HUMAN
from statek_jupyter.settings import Settings
from statek_jupyter.views.job_view import JobView, read_job
from statek_jupyter.views.tables import read_row, usage_lines

if TYPE_CHECKING:
    from statek_jupyter.store import JobHandle


def add_commands(commands: Subparsers) -> None:
    """Add this command to the command line."""
    parser = add_command(commands, "run", "Start a job with a file as its warmup code and run it here", run_file)
    parser.add_argument("file", metavar="FILE.py", help="the warmup code; - reads it from standard input")
    parser.add_argument("--name", metavar="NAME", help="the job's name; the file's when left out")
    for option in JOB_OPTIONS:
        if option.name == "store":
            continue
        if option.value is None:
            parser.add_argument(option.flag, action="store_true", help=option.help)
        else:
            parser.add_argument(option.flag, metavar=option.value, help=option.help)
    add_import(parser)
    add_json(parser)


def add_import(parser: argparse.ArgumentParser) -> None:
    """The option that brings in what jobs need of this process: registered models, tools."""
    parser.add_argument(
        "--import", dest="imports", metavar="MODULE", action="append", default=[], help="import this module first"
    )


def import_modules(names: list[str]) -> None:
    """Import modules, those beside the person included.

    Raises:
        BadOptionError: There is none of that name.
    """
    if names and "" not in sys.path:
        sys.path.insert(0, "")
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise BadOptionError("--import", f"{error}") from None


def run_file(options: argparse.Namespace) -> int:
    from statek_jupyter.engine.run import run

    values = {name: text for option in JOB_OPTIONS if (text := getattr(options, name := option.name.replace("-", "_")))}
    order = _order(options, {name.replace("_", "-"): text for name, text in values.items()})
    import_modules(options.imports)
    settings = Settings.from_env()
    default_model = settings.default_model if settings.model_was_chosen else None
    with opened(options, create=True) as store:
        agent = find_agent(store, order.agent)
        if options.dry_run:
            print(preview_job(order, agent, default_model))
            return 0
        try:
            handle = submit_job(store, order, agent, default_model)
        except UnknownModelError as error:
            raise UnknownModelError(error.name, f"{error.advice}; --import MODULE imports one that does") from None
        if handle.model == HUMAN:
            print(f"you are the model: reply with 'statek-jupyter send {handle.id} TEXT'", file=sys.stderr)
        try:
            with _told(handle):
                run(handle)
        except KeyboardInterrupt:
            print(
                f"job {handle.id} stays as it was committed last; 'statek-jupyter worker' goes on with it",
                file=sys.stderr,
            )
            raise
        return _finish(handle.read(read_job), as_json=options.json)


def _order(options: argparse.Namespace, values: dict[str, str]) -> JobOrder:
    name = options.name or (None if options.file == "-" else Path(options.file).stem)
    return read_order(values, name=name, warmup=_source(options.file))


def _source(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text in UTF-8"
        raise BadOptionError(file, f"{reason}") from None


class _told:
    """Says on stderr what the job does, a line per step, while the block runs."""

    def __init__(self, handle: JobHandle) -> None:
        self._handle = handle
        self._began = time.monotonic()
        self._last = ""
        self._stop: Callable[[], None] | None = None

    def __enter__(self) -> None:
        self._tell([self._handle.id])
        self._stop = self._handle.store.watch(self._tell)

    def __exit__(self, *exc_info: object) -> None:
        if self._stop is not None:
            self._stop()
        self._tell([self._handle.id])

    def _tell(self, job_ids: list[str]) -> None:
        if self._handle.id not in job_ids:
            return
        row = self._handle.read(read_row)
        turns = "1 turn" if row["turns"] == 1 else f"{row['turns']} turns"
        line = f"{row['status'].replace('_', ' ')}, {turns}"
        if line != self._last:
            self._last = line
            print(f"[{time.monotonic() - self._began:6.1f} s] job {row['id']}: {line}", file=sys.stderr, flush=True)


def _finish(view: JobView, *, as_json: bool) -> int:
    """Print how it ended; 1 when it failed."""
    error, question = view["error"], view.get("question")
    if as_json:
        print_json(view)
    elif error is not None:
        print(f"statek-jupyter: job {view['id']} failed: {error['type']}: {error['message'].strip()}", file=sys.stderr)
        print(f"look at it with 'statek-jupyter show {view['id']}'", file=sys.stderr)
    elif view["status"] == JobStatus.SUSPENDED.name:
        print(f"suspended: {view['awaiting'] or 'it waits'}")
        how = f"answer with 'statek-jupyter answer {view['id']} ANSWER'; " if question is not None else ""
        print(f"{how}the job goes on in 'statek-jupyter worker'", file=sys.stderr)
    else:
        print(view["result"] if view["result"] is not None else "done, without a result")
        print(usage_lines(view["usage"]), file=sys.stderr)
    return 0 if error is None else 1
