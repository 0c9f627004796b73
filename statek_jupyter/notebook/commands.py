"""The ``%statek`` line: one table of commands for running, help and Tab."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.launch.find import find_job
from statek_jupyter.launch.options import did_you_mean, read_line
from statek_jupyter.launch.store_facts import info_lines
from statek_jupyter.llm import registry
from statek_jupyter.store import JobHandle
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.tables import job_table, read_row, usage_lines, variable_table

if TYPE_CHECKING:
    from statek_jupyter.notebook.session import Session

LISTED = 20


@dataclass(frozen=True, slots=True)
class Here:
    """Where a command runs: one notebook."""

    session: Session
    namespace: Mapping[str, Any]

    def job(self, words: Sequence[str]) -> JobHandle:
        """The job the first word means: a variable with a handle, an id or a name; without a word the last job here."""
        word = words[0] if words else "_job"
        found = self.namespace.get(word)
        if isinstance(found, JobHandle):
            return found
        if not words:
            raise BadOptionError("%statek", "this notebook has started no job yet: name one by its id ('%statek jobs')")
        return find_job(self.session.store(), word)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the line."""

    name: str
    arguments: str
    help: str
    argument_kind: str | None
    """What its first argument names, for Tab."""
    run: Callable[[Here, Sequence[str]], Any]
    most: int | None = 1
    """Most words after the name; None for any number."""

    @property
    def usage(self) -> str:
        return f"%statek {self.name} {self.arguments}".rstrip()


def run_command(line: str, session: Session, namespace: Mapping[str, Any]) -> Any:
    """Run a ``%statek`` line; a job is returned, anything else printed.

    Raises:
        UserError: There is no such command, or it cannot do what was asked.
    """
    words, _ = read_line(line, ())
    name, words = (words[0], words[1:]) if words else ("help", [])
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        known = [command.name for command in COMMANDS]
        raise BadOptionError(name, f"no such command{did_you_mean(name, known)}; there are {' '.join(known)}")
    if command.most is not None and len(words) > command.most:
        raise BadOptionError(name, f"too many words: {command.usage}")
    said = command.run(Here(session, namespace), words)
    if not isinstance(said, str):
        return said
    print(said)
    return None


def jobs(here: Here, words: Sequence[str]) -> str:
    status = _status(words[0]) if words else None
    rows = [handle.read(read_row) for handle in here.session.store().jobs(status=status, limit=LISTED)]
    return job_table(rows) if rows else "no jobs yet"


def _status(text: str) -> JobStatus:
    try:
        return JobStatus[text.upper()]
    except KeyError:
        known = " ".join(status.name.lower() for status in JobStatus)
        raise BadOptionError("status", f"no status {text!r}; there are {known}") from None


def show(here: Here, words: Sequence[str]) -> JobHandle:
    return here.job(words)


def send(here: Here, words: Sequence[str]) -> str:
    if len(words) < 2:
        raise BadOptionError("send", 'needs a job and a text: %statek send JOB "text"')
    handle = here.job(words)
    handle.send(" ".join(words[1:]))
    return f"sent to {handle.id}"


def stop(here: Here, words: Sequence[str]) -> str:
    handle = here.job(words)
    handle.stop(" ".join(words[1:]) or None)
    return f"asked {handle.id} to stop"


def resume(here: Here, words: Sequence[str]) -> str:
    handle = here.job(words)
    handle.resume()
    return f"asked {handle.id} to go on"


def show_locals(here: Here, words: Sequence[str]) -> str:
    variables = here.job(words).read(read_job)["locals"]
    return variable_table(variables) if variables else "no variables"


def usage(here: Here, words: Sequence[str]) -> str:
    return usage_lines(here.job(words).read(read_job)["usage"])


def store(here: Here, words: Sequence[str]) -> str:
    if words:
        here.session.use(words[0])
    return info_lines(here.session.store())


def worker(here: Here, words: Sequence[str]) -> str:
    asked = words[0] if words else "status"
    if asked not in ("start", "stop", "status"):
        raise BadOptionError("worker", f"start, stop or status, not {asked!r}")
    served = here.session.served()
    if asked == "start":
        served.worker.start()
    elif asked == "stop":
        served.worker.stop()
    if not served.worker.running:
        return "no worker in this kernel: its jobs wait ('%statek worker start')"
    busy = served.worker.running_jobs
    return f"the worker runs {len(busy)} jobs now" + "".join(f"\n  {job_id}" for job_id in busy)


def model(here: Here, words: Sequence[str]) -> str:
    if words:
        registry.check(words[0])
        here.session.default_model = words[0]
    default = here.session.default_model
    return f"jobs without --model use {default}" if default else "no default model: set one with %statek model NAME"


def show_help(here: Here, words: Sequence[str]) -> str:
    return LINE_HELP


COMMANDS = (
    Command("jobs", "[STATUS]", "the newest jobs, or those with this status", "status", jobs),
    Command("show", "[JOB]", "a job, live; a job is an id, a name or a variable, or the last one started", "job", show),
    Command("send", "JOB TEXT", "a message to the job; a finished job takes up its work again", "job", send, None),
    Command("stop", "[JOB [REASON]]", "end a job", "job", stop, None),
    Command("resume", "[JOB]", "let a suspended job try again what it waits for", "job", resume),
    Command("locals", "[JOB]", "its variables", "job", show_locals),
    Command("usage", "[JOB]", "its requests, tokens and cost", "job", usage),
    Command("store", "[WHERE]", "the store in use; with WHERE, use another one from now on", "folder", store),
    Command("worker", "[start|stop]", "whether jobs run in this kernel", "worker", worker),
    Command("model", "[MODEL]", "the model of jobs that name none; with MODEL, set it", "model", model),
    Command("help", "", "this list", None, show_help, 0),
)


def _help() -> str:
    column = 2 + max(len(command.usage) for command in COMMANDS) + 2
    lines = ["Look after durable agent jobs. Jobs are started with %%statek_job.", ""]
    for command in COMMANDS:
        text = textwrap.wrap(command.help, 80 - column)
        lines.append(f"  {command.usage}".ljust(column) + text[0])
        lines += [" " * column + more for more in text[1:]]
    return "\n".join(lines)


LINE_HELP = _help()
