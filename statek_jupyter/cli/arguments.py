"""Arguments and output forms that several commands share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import StoreLocationError
from statek_jupyter.store.location import read_location

if TYPE_CHECKING:
    from statek_jupyter.store import Store

Subparsers = Any
"""What `argparse` calls ``_SubParsersAction``."""
Run = Callable[[argparse.Namespace], int | None]


def add_command(commands: Subparsers, name: str, help: str, run: Run) -> argparse.ArgumentParser:
    """A command with the options every command has."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=f"{help}.", allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("--store", metavar="WHERE", help="folder or URL of the store")
    return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option for a form that programs read."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_job(parser: argparse.ArgumentParser) -> None:
    """The job the command is about."""
    parser.add_argument("job", metavar="ID", help="id of the job, or its name")


def opened(options: argparse.Namespace, *, read_only: bool = False, create: bool = False) -> Store:
    """The store the command is about, open.

    Args:
        read_only: Whether the command changes nothing.
        create: Whether to make the store when it is not there yet; else that is a mistake.

    Raises:
        StoreLocationError: There is no store, or this is no place for one.
    """
    from statek_jupyter.store import open_store

    location = read_location(options.store)
    if not create and location.path is not None and not location.path.exists():
        raise StoreLocationError(location.where, "there is none yet; a job makes it")
    return open_store(options.store, read_only=read_only)


def print_json(value: Any) -> None:
    """Print a value for programs; what JSON does not know is written as text."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))
