"""Every example in the README and the documents runs, and gives what the page shows."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import Example, examples, matches
from tests.notebook.kernel import Kernel
from tests.provider import Provider

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if examples(page)]
OUR_COMMAND = "statek-jupyter"


@pytest.fixture
def environment(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A reader's environment: a key, a default store, and a provider that knows what to say to every example."""
    provider.script("gpt-5-mini", lambda body, number: "```python\nexit(168)\n```")
    monkeypatch.setenv("STATEK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return {"OPENAI_API_BASE": provider.url, "OPENAI_API_KEY": "test-key"}


@pytest.fixture
def kernel(environment: dict[str, str], tmp_path: Path) -> Iterator[Kernel]:
    """The reader's notebook, in an empty folder."""
    with Kernel(tmp_path / "store", environment, load=False) as running:
        assert running.run(f"%cd -q {tmp_path}").status == "ok"
        yield running


def run_cell(kernel: Kernel, example: Example) -> str:
    """Run a cell; its printed text, then the plain text of what it shows."""
    cell = kernel.run(example.source)
    assert cell.status == "ok", f"line {example.line}: {cell.error}\n{cell.stream('stderr')}"
    return cell.text + "\n".join(str(shown.get("text/plain", "")) for shown in cell.displays)


def run_command(example: Example, folder: Path) -> str:
    """Run one of our commands; others (``make``, ``pip``, ``export``) are the reader's own."""
    if not example.source.startswith(OUR_COMMAND):
        return example.output or ""
    command = shlex.split(example.source, comments=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"line {example.line}: {example.source}\n{done.stderr}"
    return done.stdout


@pytest.mark.kernel
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, kernel: Kernel, tmp_path: Path) -> None:
    """From top to bottom, as a reader would: cells in one kernel, commands beside it."""
    for example in examples(page):
        run = run_cell(kernel, example) if example.kind == "cell" else run_command(example, tmp_path)
        if example.output is not None:
            assert matches(example.output, run), f"line {example.line} shows\n{example.output}\nbut gives\n{run}"


def test_the_pages_have_examples() -> None:
    """The list of pages that are run is not empty by mistake."""
    assert {"README.md", "getting-started.md"} <= {page.name for page in PAGES}
