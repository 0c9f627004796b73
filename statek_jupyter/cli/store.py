"""``store info|verify|backup|pack``."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from statek_jupyter.cli.arguments import Subparsers, add_command, add_json, opened, print_json
from statek_jupyter.cli.progress import working
from statek_jupyter.errors import BadOptionError
from statek_jupyter.launch.store_facts import info_lines, store_facts
from statek_jupyter.views.wording import size


def add_commands(commands: Subparsers) -> None:
    """Add these commands to the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "store", help="Look after the store: info, verify, backup, pack", description="Look after the store."
    )
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=type(parser))
    add_json(add_command(parts, "info", "Where the store is, its size and what is in it", info))
    add_json(add_command(parts, "verify", "Read every record and check the catalog", verify))
    backing = add_command(parts, "backup", "Copy the store, also while it is in use", backup)
    backing.add_argument("path", metavar="PATH", help="a folder that is not there yet")
    packing = add_command(parts, "pack", "Drop old revisions and deleted jobs", pack)
    packing.add_argument("--keep-days", metavar="N", type=float, default=30.0, help="keep this much history (30)")


def info(options: argparse.Namespace) -> None:
    with opened(options, read_only=True) as store:
        if options.json:
            print_json(store_facts(store))
        else:
            print(info_lines(store))


def verify(options: argparse.Namespace) -> int:
    with opened(options, read_only=True) as store, working("reading every record"):
        report = store.verify()
    if options.json:
        print_json(asdict(report))
    else:
        print(report)
    return 0 if report.ok else 1


def backup(options: argparse.Namespace) -> None:
    with opened(options, read_only=True) as store, working("copying the store"):
        store.backup(options.path)
    print(f"copied to {options.path}; open it as any store: --store {options.path}")


def pack(options: argparse.Namespace) -> None:
    if not 0 <= options.keep_days < float("inf"):
        raise BadOptionError("--keep-days", f"needs a number from 0, got {options.keep_days}")
    with opened(options) as store:
        before = store.info().size_bytes
        with working("packing"):
            store.pack(options.keep_days)
        print(f"packed: {size(before)} before, {size(store.info().size_bytes)} now")
