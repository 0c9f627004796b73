"""Damage that only shows when everything is read: what verify finds, and what a reader is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from statek_jupyter.errors import StoreDamagedError
from statek_jupyter.store import Store, open_store
from statek_jupyter.store.root import Root
from tests.store.jobs import definition


@pytest.mark.parametrize("damage", ["missing", "shorter", "changed"])
def test_a_damaged_file_of_a_large_value_is_named(tmp_path: Path, damage: str) -> None:
    """By verify and by whoever reads the value; everything else can be read."""
    folder = tmp_path / "store"
    with open_store(folder) as store:
        store.submit(definition(), locals={"large": os.urandom(2 << 20), "small": 1}, name="has a large value")
    (blob,) = (folder / "blobs").rglob("*.blob")
    content = blob.read_bytes()
    blob.unlink()
    if damage != "missing":
        blob.write_bytes(content[:1000] if damage == "shorter" else content[:-1] + bytes([content[-1] ^ 1]))
    with open_store(folder) as store:
        report = store.verify()
        assert not report.ok and any("blob" in problem or "large" in problem for problem in report.problems), report
        handle = store.job("has a large value")
        assert handle.locals["small"] == 1
        if damage != "changed":
            with pytest.raises(StoreDamagedError) as caught:
                handle.locals["large"]
            assert "\n" not in str(caught.value)


def test_verify_finds_a_catalog_that_disagrees(store: Store) -> None:
    """A job whose status the catalog has wrongly is named."""
    handle = store.submit(definition())

    def spoil(root: Root) -> None:
        root.catalog.move_status(root.job(handle.id).number, "READY", "DONE")

    store.run(spoil)
    report = store.verify()
    assert not report.ok and any("status" in problem for problem in report.problems)


def test_an_error_is_all_that_is_printed(tmp_path: Path) -> None:
    """Where nobody has set up logging, the libraries below print no tracebacks."""
    code = (
        "import sys\nfrom statek_jupyter.store import open_store\n"
        "from statek_jupyter.errors import StoreDamagedError\n"
        "try:\n    open_store(sys.argv[1])\nexcept StoreDamagedError as error:\n    print(error)\n"
    )
    with open_store(tmp_path / "store") as store:
        store.submit(definition())
    (tmp_path / "store" / "main.sqlite3").write_text("garbage")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "store")], capture_output=True, text=True)
    assert done.stderr == "" and len(done.stdout.splitlines()) == 1 and "damaged" in done.stdout
