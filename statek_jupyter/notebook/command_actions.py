"""What the commands of the ``%statek`` line do. Each returns text to print, or a job to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import BadOptionError, UnknownJobError
from statek_jupyter.executors.job_status import STATUS_WORDS, JobStatus, Outcome
from statek_jupyter.launch.ask import (
    answer_job,
    complete_event,
    fork_job,
    resolve_job,
    resume_job,
    send_message,
    stop_job,
)
from statek_jupyter.launch.options import (
    CALL_OPTIONS,
    FORK_OPTIONS,
    LOCALS_OPTIONS,
    RESOLVE_OPTIONS,
    Option,
    read_words,
)
from statek_jupyter.launch.store_facts import info_lines
from statek_jupyter.llm import registry
from statek_jupyter.notebook.bridge import copy_into_notebook
from statek_jupyter.notebook.commands import LINE_HELP, read_command
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
    namespace: MutableMapping[str, Any]

    def job(self, words: Sequence[str]) -> JobHandle:
        """The job the first word means: a variable with a handle, an id or a name; without a word the last job here."""
        found = self.namespace.get(words[0] if words else "_job")
        if isinstance(found, JobHandle):
            return found
        if not words:
            raise BadOptionError("JOB", "this notebook has started no job yet; '%statek jobs' lists all, name one")
        return self.session.store().job(words[0])


def run_command(line: str, session: Session, namespace: MutableMapping[str, Any]) -> Any:
    """Run a ``%statek`` line; a job is returned, anything else printed.

    Raises:
        UserError: There is no such command, or it cannot do what was asked.
    """
    command, words = read_command(line)
    said = ACTIONS[command.name](Here(session, namespace), words)
    if not isinstance(said, str):
        return said
    print(said)
    return None


def list_jobs(here: Here, words: Sequence[str]) -> str:
    status, outcome = _status(words[0]) if words else (None, None)
    store = here.session.store()
    found = store.jobs(status=status, limit=LISTED, outcome=outcome)
    rows = [handle.read(lambda job: read_row(job, store.presence.alive)) for handle in found]
    return job_table(rows) if rows else "no jobs"


def _status(text: str) -> tuple[JobStatus, Outcome | None]:
    found = STATUS_WORDS.get(text.lower())
    if found is None:
        raise BadOptionError("STATUS", f"there is no {text!r}; there are {' '.join(STATUS_WORDS)}")
    return found


def show(here: Here, words: Sequence[str]) -> JobHandle:
    return here.job(words)


def send(here: Here, words: Sequence[str]) -> str:
    if len(words) < 2:
        raise BadOptionError("send", 'needs a job and a text: %statek send JOB "text"')
    return send_message(here.job(words), " ".join(words[1:]))


def stop(here: Here, words: Sequence[str]) -> str:
    return stop_job(here.job(words), " ".join(words[1:]) or None)


def resume(here: Here, words: Sequence[str]) -> str:
    return resume_job(here.job(words))


def answer(here: Here, words: Sequence[str]) -> str:
    plain, values = read_words(words, CALL_OPTIONS)
    if not plain:
        raise BadOptionError("answer", 'needs a text: %statek answer "text", or %statek answer JOB "text"')
    if len(plain) == 1:
        return answer_job(here.job(()), plain[0], values.get("call"))
    try:
        handle = here.job(plain)
    except UnknownJobError:
        advice = "the first of several words names the job; quote an answer that has spaces"
        raise BadOptionError("answer", f"there is no job {plain[0]!r}: {advice}") from None
    return answer_job(handle, " ".join(plain[1:]), values.get("call"))


def resolve(here: Here, words: Sequence[str]) -> str:
    plain, values = _with_options("resolve", [word for word in words if word != "--retry"], RESOLVE_OPTIONS)
    said, retry = (values.get("outcome"), values.get("error")), "--retry" in words
    return resolve_job(here.job(plain), values.get("call"), outcome=said[0], error=said[1], retry=retry)


def complete(here: Here, words: Sequence[str]) -> str:
    if not words:
        raise BadOptionError("complete", "needs the name of an event: %statek complete NAME VALUE")
    return complete_event(here.session.store(), words[0], " ".join(words[1:]) or None)


def fork(here: Here, words: Sequence[str]) -> JobHandle:
    plain, values = _with_options("fork", words, FORK_OPTIONS)
    forked = fork_job(here.job(plain), values)
    here.namespace["_job"] = forked
    return forked


def _with_options(command: str, words: Sequence[str], options: Sequence[Option]) -> tuple[list[str], dict[str, str]]:
    plain, values = read_words(words, options)
    if len(plain) > 1:
        raise BadOptionError(command, f"too many words: {plain[1]!r}; one job, then options")
    return plain, values


def show_locals(here: Here, words: Sequence[str]) -> str:
    plain, values = _with_options("locals", words, LOCALS_OPTIONS)
    if "into-notebook" in values:
        return copy_into_notebook(here.job(plain), values["into-notebook"], here.namespace)
    variables = here.job(plain).read(read_job)["locals"]
    return variable_table(variables) if variables else "no variables"


def usage(here: Here, words: Sequence[str]) -> str:
    return usage_lines(here.job(words).read(read_job)["usage"])


def store(here: Here, words: Sequence[str]) -> str:
    if words:
        here.session.use(words[0])
    return info_lines(here.session.store())


def worker(here: Here, words: Sequence[str]) -> str:
    asked = words[0] if words else ""
    if asked not in ("", "start", "stop"):
        raise BadOptionError("worker", f"start or stop, not {asked!r}")
    worker = here.session.served().worker
    if asked == "start":
        worker.start()
    elif asked == "stop":
        worker.stop()
    if not worker.running:
        return "no worker runs in this kernel; its jobs wait for '%statek worker start', or a worker elsewhere"
    busy = len(worker.running_jobs)
    return f"the worker of this kernel runs {busy} {'job' if busy == 1 else 'jobs'} now"


def model(here: Here, words: Sequence[str]) -> str:
    if words:
        registry.check(words[0])
        here.session.default_model = words[0]
    default = here.session.default_model
    return f"jobs without --model use {default}" if default else "no default model; '%statek model MODEL' sets one"


def show_help(here: Here, words: Sequence[str]) -> str:
    return LINE_HELP


ACTIONS: Mapping[str, Callable[[Here, Sequence[str]], str | JobHandle]] = {
    "jobs": list_jobs,
    "show": show,
    "send": send,
    "stop": stop,
    "resume": resume,
    "answer": answer,
    "resolve": resolve,
    "complete": complete,
    "fork": fork,
    "locals": show_locals,
    "usage": usage,
    "store": store,
    "worker": worker,
    "model": model,
    "help": show_help,
}
