"""Run the first notebook in a real Jupyter kernel and print what happened: ``make demo``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "01-first-job.ipynb"
FOLDER = ROOT / ".demo"

AFTERWARDS = """
The notebook with its outputs:  {notebook}
The job is kept in:             {store}

Look at the job again           .venv/bin/statek-jupyter jobs --store {store}
Open the notebooks              make lab
Use a real model                export OPENAI_API_KEY=...   and in the cell:  %%statek_job --model openai/gpt-5-mini
                                (any litellm name works: anthropic/..., openrouter/..., ollama/...)
"""


def indented(text: str) -> str:
    """Text with a margin, as shown below a cell."""
    return "".join(f"    {line}\n" for line in text.rstrip().splitlines())


def plain(output: nbformat.NotebookNode) -> str:
    """The text form of one output."""
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return str(output.data.get("text/plain", ""))


class Narrator:
    """Prints each code cell when it starts and its outputs when it ended."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def starts(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        """Show the cell's code."""
        if cell.cell_type == "code" and cell.source.strip():
            self.began = time.monotonic()
            print("\n".join(f">>> {line}" for line in cell.source.splitlines()), flush=True)

    def ended(self, cell: nbformat.NotebookNode, cell_index: int, execute_reply: object = None) -> None:
        """Show what came out of it."""
        for output in cell.outputs:
            print(indented(plain(output)), end="")
        print(f"    ({time.monotonic() - self.began:.1f} s)\n", flush=True)


def main() -> None:
    """Run the notebook on a store of the demo's own; exit 1 when a cell fails."""
    FOLDER.mkdir(exist_ok=True)
    store = FOLDER / "store"
    os.environ["STATEK_STORE"] = str(store)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    narrator = Narrator()
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        store_widget_state=False,
        on_cell_start=narrator.starts,
        on_cell_executed=narrator.ended,
    )
    print(f"[demo] starting a kernel and running {NOTEBOOK.relative_to(ROOT)}\n", flush=True)
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"[demo] a cell failed: {error.ename}: {error.evalue}")
    target = FOLDER / NOTEBOOK.name
    nbformat.write(notebook, target)
    print(AFTERWARDS.format(notebook=target.relative_to(ROOT), store=store.relative_to(ROOT)))


if __name__ == "__main__":
    main()
