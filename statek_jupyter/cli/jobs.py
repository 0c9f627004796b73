"""Commands about jobs that exist: ``jobs``, ``show``, ``send``, ``stop`` and more, and about what they wait for."""

from __future__ import annotations

import argparse

from statek_jupyter.cli.arguments import Subparsers, add_command, add_job, add_json, opened, print_json
from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.job_status import STATUS_WORDS, JobStatus
from statek_jupyter.launch.ask import (
    answer_job,
    complete_event,
    fork_job,
    read_turn_number,
    resolve_job,
    resume_job,
    send_message,
    stop_job,
)
from statek_jupyter.launch.options import FORK_OPTIONS
from statek_jupyter.views.job_view import JobView, read_job, subtasks_in
from statek_jupyter.views.past_view import read_job_at
from statek_jupyter.views.tables import job_table, read_row
from statek_jupyter.views.text import job_text

SERVED_BY = "; the process that runs it does so, else 'statek-jupyter worker'"


def add_commands(commands: Subparsers) -> None:
    """Add these commands to the command line."""
    listing = add_command(commands, "jobs", "List jobs, newest first", list_jobs)
    listing.add_argument("--status", choices=list(STATUS_WORDS), help="only these; done is however it ended")
    listing.add_argument("--agent", metavar="ROLE", help="only jobs of this agent")
    listing.add_argument("--text", metavar="TEXT", help="only jobs in whose name, messages or answer this occurs")
    listing.add_argument("--limit", metavar="N", type=int, default=20, help="most jobs to list (20)")
    listing.add_argument("--after", metavar="ID", help="go on below this job")
    add_json(listing)
    showing = add_command(commands, "show", "Show a job: its log, variables and usage", show)
    add_job(showing)
    showing.add_argument("--at", metavar="N", help="as it was after turn N; 0 is after the warmup, -1 the newest turn")
    add_json(showing)
    sending = add_command(commands, "send", "Send a job a message; a finished job takes up its work again", send)
    add_job(sending)
    sending.add_argument("text", metavar="TEXT", help="the message")
    stopping = add_command(commands, "stop", "Ask a job to stop", stop)
    add_job(stopping)
    stopping.add_argument("--reason", metavar="TEXT", help="why, for its log")
    add_job(add_command(commands, "resume", "Let a suspended or failed job try again", resume))
    answering = add_command(commands, "answer", "Answer the question that a job asks", answer)
    add_job(answering)
    answering.add_argument("text", metavar="TEXT", help="the answer")
    answering.add_argument("--call", metavar="ID", help="which question, when there are several; 'show' lists them")
    resolving = add_command(commands, "resolve", "Say what came of a call that was cut off", resolve)
    add_job(resolving)
    resolving.add_argument("--call", metavar="ID", help="which call, when there are several; 'show' lists them")
    resolving.add_argument("--outcome", metavar="VALUE", help="what it returned: JSON, or else a text")
    resolving.add_argument("--error", metavar="TEXT", help="why it failed; the code meets a CallFailedError")
    resolving.add_argument("--retry", action="store_true", help="make the call again")
    completing = add_command(commands, "complete", "Complete an outside event that jobs wait for", complete)
    completing.add_argument("name", metavar="NAME", help="as in external_event(NAME)")
    completing.add_argument("value", metavar="VALUE", nargs="?", help="JSON, or else a text; None when left out")
    forking = add_command(commands, "fork", "Make a new job that goes on from a turn of a job", fork)
    add_job(forking)
    for option in FORK_OPTIONS:
        forking.add_argument(option.flag, metavar=option.value, help=option.help)
    add_job(add_command(commands, "delete", "Delete a job and the jobs below it; there is no way back", delete))
    exporting = add_command(commands, "export", "Write a job to a file", export)
    add_job(exporting)
    exporting.add_argument("path", metavar="PATH", help="ends in .html, .md, .json or .ipynb")


def list_jobs(options: argparse.Namespace) -> None:
    if options.limit < 1:
        raise BadOptionError("--limit", f"needs a number above 0, got {options.limit}")
    with opened(options, read_only=True) as store:
        status, outcome = STATUS_WORDS[options.status] if options.status else (None, None)
        after = store.job(options.after) if options.after else None
        found = store.jobs(status, options.agent, text=options.text, limit=options.limit, after=after, outcome=outcome)
        rows = [handle.read(lambda job: read_row(job, store.presence.alive)) for handle in found]
    if options.json:
        print_json(rows)
    elif rows:
        print(job_table(rows))
        if len(rows) == options.limit:
            print(f"older ones: --after {rows[-1]['id']}")
    else:
        print("no jobs")


def show(options: argparse.Namespace) -> None:
    with opened(options, read_only=True) as store:
        handle = store.job(options.job)
        view: JobView
        if options.at is not None:
            turn = read_turn_number(options.at)
            view = handle.read(lambda job: read_job_at(job, turn))
        else:
            alive = store.presence.alive
            view = store.read(lambda root: read_job(root.job(handle.id), children=subtasks_in(root), alive=alive))
    if options.json:
        print_json(view)
    else:
        print(job_text(view))


def send(options: argparse.Namespace) -> None:
    with opened(options) as store:
        print(send_message(store.job(options.job), options.text) + SERVED_BY)


def stop(options: argparse.Namespace) -> None:
    with opened(options) as store:
        print(stop_job(store.job(options.job), options.reason) + SERVED_BY)


def resume(options: argparse.Namespace) -> None:
    with opened(options) as store:
        print(resume_job(store.job(options.job)) + SERVED_BY)


def answer(options: argparse.Namespace) -> None:
    with opened(options) as store:
        print(answer_job(store.job(options.job), options.text, options.call) + SERVED_BY)


def resolve(options: argparse.Namespace) -> None:
    with opened(options) as store:
        job = store.job(options.job)
        print(
            resolve_job(job, options.call, outcome=options.outcome, error=options.error, retry=options.retry)
            + SERVED_BY
        )


def complete(options: argparse.Namespace) -> None:
    with opened(options, create=True) as store:
        print(complete_event(store, options.name, options.value))


def fork(options: argparse.Namespace) -> None:
    values = {option.name: text for option in FORK_OPTIONS if (text := getattr(options, option.name)) is not None}
    with opened(options) as store:
        forked = fork_job(store.job(options.job), values)
        home = "; run it with 'statek-jupyter worker'" if forked.status is not JobStatus.DONE else ""
        print(f"{forked.id} goes on from turn {forked.turns}{home}")


def delete(options: argparse.Namespace) -> None:
    with opened(options) as store:
        handle = store.job(options.job)
        handle.delete()
        print(f"deleted {handle.id}")


def export(options: argparse.Namespace) -> None:
    with opened(options, read_only=True) as store:
        store.job(options.job).export(options.path)
    print(f"wrote {options.path}")
