"""``demo``: runs the first notebook through a real Jupyter kernel and says what happened."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from statek_jupyter.cli.arguments import Subparsers
from statek_jupyter.errors import BadOptionError
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.tables import job_table, read_row, usage_lines, variable_table

NOTEBOOK = "01-first-job.ipynb"
CELL_SECONDS = 120
QUIET = ["--IPKernelApp.log_level=ERROR"]
"""The kernel warns at each start that it is reached over TCP; here that is this machine talking to itself."""

AFTERWARDS = """\
Saved, with its outputs:   {notebook}
The store with the job:    {store}

Look at the job again:
  {program} show first-job --store {store}
Open the notebook in JupyterLab:
  {lab} {notebook}
Use a real model: set your provider's key, and name the model in the cell:
  export OPENAI_API_KEY=...
  %%statek_job --model openai/gpt-5-mini --ask "..."
Any litellm name works: anthropic/..., openrouter/..., or ollama/... without a key.
"""


def add_commands(commands: Subparsers) -> None:
    """Add this command to the command line."""
    help = "Run the first notebook in a Jupyter kernel, with a scripted model"
    parser = commands.add_parser("demo", help=help, description=f"{help}.", allow_abbrev=False)
    parser.add_argument("--folder", metavar="PATH", default=".demo", help="where its store and notebook go (.demo)")
    parser.set_defaults(run=demo)


def demo(options: argparse.Namespace) -> int:
    try:
        import nbclient
        import nbformat
    except ImportError as error:
        raise BadOptionError("demo", f"needs {error.name}: pip install 'statek_jupyter[lab]'") from None
    source = find_notebook()
    folder = Path(options.folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["STATEK_STORE"] = str(folder / "store")
    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    print(f"Running {source.name} in a Jupyter kernel, with a scripted model: no key, no network.\n", flush=True)
    narrator = Narrator(notebook)
    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        km=_kernel_manager(),
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=QUIET,
        store_widget_state=False,
        on_cell_start=narrator.starts,
        on_cell_executed=narrator.ended,
    )
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        print(f"statek-jupyter: a cell failed: {error.ename}: {error.evalue}", file=sys.stderr)
        return 1
    nbformat.write(notebook, folder / NOTEBOOK)  # type: ignore[no-untyped-call]
    _tell(folder)
    return 0


def find_notebook() -> Path:
    """The notebook in a clone, or beside the installed package.

    Raises:
        BadOptionError: It is nowhere.
    """
    package = Path(__file__).resolve().parents[1]
    for place in (package.parent / "notebooks", package / "notebooks", Path("notebooks")):
        if (place / NOTEBOOK).is_file():
            return place / NOTEBOOK
    raise BadOptionError("demo", f"cannot find {NOTEBOOK}; run it in a clone of the project")


def _kernel_manager() -> Any:
    """A manager for kernels of this very interpreter, whatever kernels the person has installed."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))


class Narrator:
    """Prints each code cell as it starts, and what came of it."""

    def __init__(self, notebook: Any) -> None:
        self._code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        self._began = 0.0

    def starts(self, cell: Any, cell_index: int) -> None:
        """Show the cell's code."""
        if cell in self._code:
            self._began = time.monotonic()
            number = self._code.index(cell) + 1
            print(f"[{number}/{len(self._code)}] " + cell.source.strip().replace("\n", "\n      "), flush=True)

    def ended(self, cell: Any, cell_index: int, execute_reply: Any = None) -> None:
        """Show its outputs as text."""
        if cell in self._code:
            for text in map(_plain, cell.outputs):
                print("".join(f"      | {line}\n" for line in text.rstrip().splitlines()), end="")
            print(f"      ({time.monotonic() - self._began:.1f} s)\n", flush=True)


def _plain(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return str(output.data.get("text/plain", ""))


def _tell(folder: Path) -> None:
    from statek_jupyter.store import open_store

    with open_store(folder / "store", read_only=True) as store:
        (handle,) = store.jobs(limit=1)
        row, view = handle.read(read_row), handle.read(read_job)
    print("What happened: the job is in the store, with its log, its variables and what it used.\n")
    print(job_table([row]))
    print()
    print(variable_table(view["locals"]))
    print()
    print(usage_lines(view["usage"]))
    print()
    bin = Path(sys.executable).parent
    print(
        AFTERWARDS.format(
            notebook=_short(folder / NOTEBOOK),
            store=_short(folder / "store"),
            program=_short(bin / "statek-jupyter"),
            lab=f"{_short(bin / 'jupyter')} lab",
        ),
        end="",
    )


def _short(path: Path) -> str:
    """The path as typed from here, when that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
