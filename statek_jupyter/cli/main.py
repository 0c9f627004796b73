"""The command ``statek-jupyter``: runs one of its commands and turns mistakes into one line and exit code 1."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from statek_jupyter.cli import demo, jobs, run, store, worker
from statek_jupyter.errors import StatekError

PROGRAM = "statek-jupyter"
INTERRUPTED = 130
"""Exit code of a command ended with Ctrl-C, as shells have it."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 1 as for every mistake of a user."""

    def error(self, message: str) -> NoReturn:
        advice = f"'{self.prog} --help' lists what there is"
        self.exit(1, f"{PROGRAM}: {message}; {advice}\n")


class Version(argparse.Action):
    """Says which version this is, and leaves; the metadata is read only then."""

    def __call__(self, parser: argparse.ArgumentParser, *read: object) -> NoReturn:
        print(PROGRAM, importlib.metadata.version("statek_jupyter"))
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = Parser(
        prog=PROGRAM,
        description="Look after durable agent jobs.",
        epilog=f"'{PROGRAM} COMMAND --help' says more. The store is --store, else $STATEK_STORE, else your own folder.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="say which version this is, and leave")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for part in (jobs, run, worker, store, demo):
        part.add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words after the program's name; those of this process when None.

    Returns:
        The exit code: 0 when it worked, 1 after a mistake that was told on stderr, 130 after Ctrl-C.
    """
    try:
        options = build_parser().parse_args(arguments)
        code: int | None = options.run(options)
        sys.stdout.flush()
        return code or 0
    except StatekError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader (`head`, say) has enough. Python would complain once more at exit, so stdout goes nowhere now.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"{PROGRAM}: {error.strerror or error}: {error.filename or 'no file named'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted", file=sys.stderr)
        return INTERRUPTED
