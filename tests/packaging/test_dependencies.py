"""What the package imports is what its metadata asks for."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions

from tests.packaging.tree import ROOT, parsed, pyproject, tracked

PROVIDED_ELSEWHERE = {"pysqlite3", "matplotlib", "numpy", "torch", "duckdb"}
"""Imported where a wheel of it exists, and asked for there; and used only when the job's code has imported it."""


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_libraries() -> set[str]:
    """Top-level names of everything the package imports that is neither ours nor Python's."""
    names: set[str] = set()
    for path in tracked("statek_jupyter/*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
                named = re.match(r"""f?['"](\w+)""", ast.unparse(node.args[0]))
                names |= {named[1]} if named else set()
    return names - set(sys.stdlib_module_names) - {"statek_jupyter"}


def asked_for(*extras: str) -> set[str]:
    """Normalised names of what the metadata asks for, with these extras."""
    project = pyproject()["project"]
    more = [requirement for extra in extras for requirement in project["optional-dependencies"][extra]]
    return {normalised(re.split(r"[\s\[<>=!;~]", each, maxsplit=1)[0]) for each in project["dependencies"] + more}


def test_every_imported_library_is_asked_for() -> None:
    """Installing the package brings what it imports; nothing is there only because something else needs it."""
    owners = packages_distributions()
    missing = {
        name
        for name in imported_libraries() - PROVIDED_ELSEWHERE
        if not {normalised(owner) for owner in owners.get(name, [name])} & asked_for("lab", "zeo", "postgresql")
    }
    assert missing == set()


def test_nothing_is_asked_for_in_vain() -> None:
    """Each dependency is imported by the package, or starts the kernel that does."""
    owners = packages_distributions()
    used = {normalised(owner) for name in imported_libraries() for owner in owners.get(name, [])} | {"ipykernel"}
    assert asked_for() - used - PROVIDED_ELSEWHERE == set()


def test_the_stubs_are_for_what_has_no_types() -> None:
    """A library that brings its own types is not described a second time."""
    import persistent

    assert [path.name for path in (ROOT / "stubs").iterdir()] == ["persistent"]
    assert not (persistent.__file__ is not None and (ROOT / persistent.__file__).with_name("py.typed").exists())
