"""The commands of the ``%statek`` line: one table for reading, help and Tab. What they do is in `command_actions`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from statek_jupyter.errors import BadOptionError
from statek_jupyter.launch.options import did_you_mean, split_words


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the line."""

    name: str
    arguments: str
    help: str
    argument_kind: str | None = None
    """What its first argument names, for Tab."""
    most: int | None = 1
    """Most words after the name; None for any number."""

    @property
    def usage(self) -> str:
        """As help shows it."""
        return f"%statek {self.name} {self.arguments}".rstrip()


COMMANDS = (
    Command("jobs", "[STATUS]", "the newest jobs, or those with this status", "status"),
    Command("show", "[JOB]", "a job, live; JOB is an id, a name or a variable; without it, the last one", "job"),
    Command("send", "JOB TEXT", "a message to the job; a finished job takes up its work again", "job", None),
    Command("stop", "[JOB [REASON]]", "end a job", "job", None),
    Command("resume", "[JOB]", "let a suspended or failed job try again", "job"),
    Command("answer", "[JOB] TEXT", "answer the question of a job; without JOB, of the last one", "job", None),
    Command(
        "resolve",
        "[JOB] --retry | --outcome VALUE | --error TEXT",
        "say what came of a call that was cut off",
        "job",
        None,
    ),
    Command("complete", "NAME [VALUE]", "complete an outside event; VALUE is JSON or a text", None, None),
    Command("fork", "JOB [--at N] [--model M] [--message TEXT]", "a new job that goes on from a turn", "job", None),
    Command("locals", "[JOB] [--into-notebook a,b]", "its variables; or copy some into the notebook", "job", None),
    Command("usage", "[JOB]", "its requests, tokens and cost", "job"),
    Command("store", "[WHERE]", "the store in use; with WHERE, use another one from now on"),
    Command("worker", "[start|stop]", "whether jobs run in this kernel", "worker"),
    Command("model", "[MODEL]", "the model of jobs that name none; with MODEL, set it", "model"),
    Command("help", "", "this list", None, 0),
)


def read_command(line: str) -> tuple[Command, Sequence[str]]:
    """The command of a line and the words after it; an empty line asks for help.

    Raises:
        BadOptionError: There is no such command, or it has too many words.
    """
    name, *words = split_words(line) or ["help"]
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        known = [command.name for command in COMMANDS]
        raise BadOptionError(name, f"no such command{did_you_mean(name, known)}; there are {' '.join(known)}")
    if command.most is not None and len(words) > command.most:
        raise BadOptionError(name, f"too many words: {command.usage}")
    return command, words


def _help(width: int = 80, column: int = 32) -> str:
    lines = ["Look after durable agent jobs. Jobs are started with %%statek_job.", ""]
    for command in COMMANDS:
        usage, texts = f"  {command.usage}", textwrap.wrap(command.help, width - column)
        if len(usage) + 2 > column:  # a long one has a line of its own
            lines.append(usage)
            usage = ""
        lines += [left.ljust(column) + text for left, text in zip_longest([usage], texts, fillvalue="")]
    return "\n".join(lines)


LINE_HELP = _help()
"""What ``%statek help`` and ``%statek?`` show."""
