"""The options of a job as people write them: one table for the cell magic, the command line, help and Tab."""

from __future__ import annotations

import difflib
import shlex
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from statek_jupyter.errors import BadOptionError

ValueKind = Literal["agent", "model", "variable", "variables", "style", "locale", "folder"]
"""What an option's value names, for completion."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option, written ``--name VALUE`` or ``--name=VALUE``; a flag when it takes no value."""

    name: str
    """Without the dashes."""
    value: str | None
    """The value's placeholder in help, None for a flag."""
    help: str
    kind: ValueKind | None = None

    @property
    def flag(self) -> str:
        """As it is written."""
        return f"--{self.name}"

    @property
    def usage(self) -> str:
        """As help shows it."""
        return f"{self.flag} {self.value}" if self.value else self.flag


JOB_OPTIONS = (
    Option("agent", "ROLE", "the agent that does the work; without it, one that writes Python", "agent"),
    Option("model", "MODEL", "for example openai/gpt-5-mini, ollama/qwen3, scripted/NAME or human", "model"),
    Option("ask", "TEXT", "the first message to the model; quote it when it has spaces"),
    Option("params", "JSON", """values for the agent's prompt, for example '{"city": "Oslo"}'"""),
    Option("style", "STYLE", "how code and prose are told apart: console, markdown, md_dialog or direct", "style"),
    Option("locale", "LC", "language and country the model answers in, for example pl-PL", "locale"),
    Option("max-turns", "N", "end the job after N model requests"),
    Option("budget", "USD", "end the job when its requests have cost this much, for example 0.50"),
    Option("timeout", "S", "stop a statement that runs longer than S seconds"),
    Option("max-output", "MB", "keep this much of what the job prints and shows; it goes on after that (default: 100)"),
    Option("priority", "N", "workers take jobs with a higher number first, for example 10; 0 is the usual one"),
    Option("store", "WHERE", "folder or URL of the store; without it, $STATEK_STORE or your own folder", "folder"),
    Option("dry-run", None, "show the exact first request: the warmup runs in a store in memory, no model is asked"),
)
"""What every way of starting a job understands."""

CELL_OPTIONS = (
    *JOB_OPTIONS,
    Option("with", "a,b", "copy these notebook variables into the job", "variables"),
    Option("wait", None, "hold the cell until the job is done or suspended; an interrupt stops only the waiting"),
    Option("no-wait", None, "return at once and show the job live (this is the default)"),
    Option("into", "VAR", "also bind the job's handle to VAR; _job is always bound", "variable"),
)
"""What ``%%statek_job`` understands."""


FORK_OPTIONS = (
    Option("at", "N", "the last turn to keep; -1 is the newest one, 0 the state after the warmup"),
    Option("model", "MODEL", "the model that goes on; without it, the one of the job", "model"),
    Option("message", "TEXT", "a message to begin with; quote it when it has spaces"),
    Option("name", "NAME", "the new job's name; without it, the old one's and the turn"),
)
"""What ``fork`` understands."""

CALL_OPTIONS = (Option("call", "ID", "which call, when there are several"),)
"""What ``%statek answer`` understands."""

RESOLVE_OPTIONS = (
    *CALL_OPTIONS,
    Option("outcome", "VALUE", "what the call returned: JSON, or else a text"),
    Option("error", "TEXT", "why the call failed"),
)
"""What ``%statek resolve`` understands, beside ``--retry``."""

LOCALS_OPTIONS = (Option("into-notebook", "a,b", "copy these variables of the job into the notebook", "variables"),)
"""What ``%statek locals`` understands."""


def read_line(line: str, options: Sequence[Option]) -> tuple[list[str], dict[str, str]]:
    """Split a line of options as a shell would. Words that belong to no option come before the options.

    Returns:
        Those words, and option name to value; a flag that was given has the value ``""``.

    Raises:
        BadOptionError: An open quote, an unknown option, one given twice, one without its value, a word too many.
    """
    return read_words(split_words(line), options)


def read_words(given: Sequence[str], options: Sequence[Option]) -> tuple[list[str], dict[str, str]]:
    """`read_line` for words that are split already."""
    words = list(given)
    by_flag = {option.flag: option for option in options}
    plain: list[str] = []
    values: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            if values:
                raise BadOptionError(word, "belongs to no option; quote a text with spaces, and put a name first")
            plain.append(word)
            continue
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag)
        if option is None:
            raise BadOptionError(flag, f"no such option{did_you_mean(flag, by_flag)}; {_known(options)}")
        if option.name in values:
            raise BadOptionError(flag, "given twice")
        values[option.name] = _value(option, value if equals else None, words)
    return plain, values


def split_words(line: str) -> list[str]:
    """The words of a line, as a shell splits it.

    Raises:
        BadOptionError: A quote is open.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise BadOptionError(line.strip(), f"{str(error).lower()}; quote a text with \"...\" or '...'") from None


def _value(option: Option, given: str | None, words: list[str]) -> str:
    if option.value is None:
        if given is not None:
            raise BadOptionError(option.flag, f"takes no value, got {given!r}")
        return ""
    if given is not None:
        return given
    if not words or words[0].startswith("--"):
        raise BadOptionError(option.flag, f"needs a value: {option.usage}")
    value = words.pop(0)
    while option.kind == "variables" and value.endswith(",") and words and not words[0].startswith("--"):
        value += words.pop(0)
    return value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the known word closest to `word`, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _known(options: Sequence[Option]) -> str:
    return "there are " + " ".join(option.flag for option in options)


def options_help(options: Sequence[Option], *, width: int = 80) -> str:
    """The table as text: one option per paragraph, no line wider than `width`."""
    column = 2 + max(len(option.usage) for option in options) + 2
    lines = []
    for option in options:
        text = textwrap.wrap(option.help, width - column)
        head = f"  {option.usage}".ljust(column)
        lines.append(head + text[0])
        lines += [" " * column + more for more in text[1:]]
    return "\n".join(lines)
