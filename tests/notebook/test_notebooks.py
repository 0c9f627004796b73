"""The notebooks of the project, each run from top to bottom in a real kernel with an empty store."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from statek_jupyter.executors.job import JobStatus
from statek_jupyter.store import open_store
from tests.notebook.kernel import Kernel

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def execute(name: str, folder: Path) -> list[str]:
    """Run every code cell; what each printed and showed as text. A cell that fails fails the test."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)  # type: ignore[no-untyped-call]
    texts = []
    with Kernel(folder / "store", {"IPYTHONDIR": str(folder / "ipython")}, load=False) as kernel:
        assert kernel.run(f"%cd -q {folder}").status == "ok"
        for cell in notebook.cells:
            if cell.cell_type == "code":
                ran = kernel.run(cell.source, timeout=120)
                assert ran.status == "ok", (cell.source, ran.error)
                texts.append(ran.text + "".join(shown.get("text/plain", "") for shown in ran.displays))
    return texts


def said(texts: list[str], words: str) -> str:
    """The text of the first cell that says this."""
    return next((text for text in texts if words in text), "")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    """Readers see the outputs of their own run; a stored view would be of a job that is in no store."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(not cell.outputs and cell.execution_count is None for cell in code)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.kernel
@pytest.mark.timeout(240)
def test_waiting(tmp_path: Path) -> None:
    """A person approves after the worker stopped; each effect happened once; events, times and messages wake jobs."""
    texts = execute("02-waiting.ipynb", tmp_path)
    assert "SUSPENDED - waits for an answer: Order 12 owl boxes for 342 euros?" in said(texts, "SUSPENDED")
    assert "Twelve owl boxes are on their way." in said(texts, "on their way")
    loop = said(texts, "All three have arrived.")
    for item in ("perch", "lamp", "ladder"):
        assert f"it waits for an answer: Was the {item} delivered?" in loop
    assert (tmp_path / "orders.txt").read_text() == "12 x owl box\n1 x perch\n1 x lamp\n1 x ladder\n"
    assert said(texts, "answer: None") and said(texts, "The payment has come in.")
    assert said(texts, "painting it moss green")
    with open_store(tmp_path / "store") as store:
        assert {job.status for job in store.jobs()} == {JobStatus.DONE} and store.verify().ok


@pytest.mark.kernel
@pytest.mark.timeout(240)
def test_delegation(tmp_path: Path) -> None:
    """A tree of three levels: 30 jobs below one, their results rolled up; then notes, and a stop of a subtree."""
    texts = execute("03-delegation.ipynb", tmp_path)
    assert "30 jobs below it, all {'DONE'}" in said(texts, "jobs below it")
    assert "All 25 shops have reported" in said(texts, "All 25 shops")
    assert "32 requests" in said(texts, "in the whole tree")
    assert "Ulm says {'town': 'Ulm', 'total': 5" in said(texts, "Atlantis says I have nothing to add up.")
    assert said(texts, "lunch").count("stopped: lunch") == 3
    with open_store(tmp_path / "store") as store:
        office = store.job("shops")
        regions = office.children
        shops = [shop for region in regions for shop in region.children]
        assert (len(regions), len(shops)) == (5, 25)
        report = office.locals["report"]
        assert report["total"].sum() == sum(shop.result["total"] for shop in shops)
        assert office.subtree_usage.num_calls == 2 + 5 + 25
        assert store.verify().ok


@pytest.mark.kernel
@pytest.mark.timeout(240)
def test_dashboard(tmp_path: Path) -> None:
    """The list, single panes and own buttons are widgets; what they do is done to the jobs."""
    texts = execute("04-dashboard.ipynb", tmp_path)
    assert said(texts, "It hangs in the oak.")
    assert "stopped from the board" in said(texts, "stopped from the board")
    assert "3 done" in texts[-1]
    for kind in ("Dashboard", "GridBox", "VBox", "HBox"):
        assert said(texts, kind), kind
    with open_store(tmp_path / "store") as store:
        assert store.job("counting").result == 24 and store.verify().ok
