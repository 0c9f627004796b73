"""The first line of a ``%%statek_job`` cell, read by the table of options that also drives help and completion."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass

from statek_jupyter.errors import BadOptionError
from statek_jupyter.launch.options import CELL_OPTIONS, options_help, read_line

CELL_HELP = f"""Start a durable agent job. The cell's code is its warmup: it runs first, in the job's own workspace.

    %%statek_job [NAME] [OPTIONS]
    code the job starts with, in blocks divided by lines "# ----------"

The job goes on after the kernel is killed: any worker on the same store continues it at its last committed
statement. The cell returns a handle, bound to _job; `await _job` in another cell waits for the end.

Options:
{options_help(CELL_OPTIONS)}

Examples:
    %%statek_job --ask "Plot the ten largest cities of df by population" --with df --model openai/gpt-5-mini

    %%statek_job --ask -
    A text of several lines: with "-" the cell holds what is asked, and no code.

    %%statek_job report --agent analyst --into report --budget 0.50
    import pandas as pd
    sales = pd.read_csv("sales.csv")

See also: %statek help"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """What the first line of a cell says."""

    name: str | None
    job_values: Mapping[str, str]
    """Option name to text, for the options every way of starting a job shares."""
    with_names: tuple[str, ...] = ()
    """Notebook variables to copy into the job."""
    into: str | None = None
    wait: bool = False
    dry_run: bool = False
    store: str | None = None


def read_cell_line(line: str) -> CellLine:
    """Read the first line of a ``%%statek_job`` cell.

    Raises:
        BadOptionError: The line cannot be read; the text is one line that says why.
    """
    plain, values = read_line(line, CELL_OPTIONS)
    if len(plain) > 1:
        raise BadOptionError(plain[1], "a job has one name; quote a text with spaces")
    if "wait" in values and "no-wait" in values:
        raise BadOptionError("--wait", "excludes --no-wait")
    own = {"with", "into", "wait", "no-wait", "dry-run", "store"}
    return CellLine(
        name=plain[0] if plain else None,
        job_values={name: text for name, text in values.items() if name not in own},
        with_names=_names("--with", values.get("with")),
        into=_identifier("--into", values["into"]) if "into" in values else None,
        wait="wait" in values,
        dry_run="dry-run" in values,
        store=values.get("store"),
    )


def _names(option: str, text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    names = [name.strip() for name in text.split(",")]
    return tuple(dict.fromkeys(_identifier(option, name) for name in names if name)) or _none(option)


def _none(option: str) -> tuple[str, ...]:
    raise BadOptionError(option, "names no variable: write --with a,b")


def _identifier(option: str, name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise BadOptionError(option, f"{name!r} is no variable name")
    return name
