"""The import contracts of the layers: kept, and able to fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.tree import ROOT

PLANTED = {
    "executors": ("import statek_jupyter.store.location", "Layers"),
    "llm": ("import ZODB", "The database has one door"),
    "views": ("import litellm", "litellm has one door"),
    "store": ("import IPython", "The notebook has one door"),
    "launch": ("import statek_jupyter.notebook", "Layers"),
    "cli": ("import jupyter_server", "Jupyter Server has one door"),
    "server": ("import statek_jupyter.engine.worker", "The server reads the store"),
    "engine": ("import statek_jupyter", "Nothing inside imports the package root"),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in a folder."""
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", code, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its contracts."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "statek_jupyter", folder / "statek_jupyter", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_are_kept(copy: Path) -> None:
    """Imports go downwards only, and each outside library has its one door."""
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout


def test_planted_imports_break_the_contracts(copy: Path) -> None:
    """One import against each kind of contract is found and named."""
    for package, (statement, _) in PLANTED.items():
        (copy / "statek_jupyter" / package / "planted.py").write_text(f"{statement}\n")
    done = lint_imports(copy)
    for package in PLANTED:
        (copy / "statek_jupyter" / package / "planted.py").unlink()
    assert done.returncode == 1
    assert [package for package in PLANTED if f"statek_jupyter.{package}.planted" not in done.stdout] == []
    assert [name for _, name in PLANTED.values() if f"{name}" not in done.stdout] == []
