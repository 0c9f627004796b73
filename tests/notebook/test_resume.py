"""What loading the extension does beside the cells: it opens the default store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from statek_jupyter.notebook.session import Session
from statek_jupyter.store import open_store

LOAD_AND_USE = """
import sys, threading
from statek_jupyter.notebook.session import Session

session = Session(sys.argv[1])
thread = session.resume_in_background()
from BTrees.OOBTree import OOBTree
import statek_jupyter.executors.job
thread.join()
session.close()
"""


def test_a_cell_may_run_while_the_store_is_opened(tmp_path: Path) -> None:
    """Both load the same libraries at the same moment; neither sees them half-loaded."""
    open_store(tmp_path / "store").close()
    for _ in range(3):
        command = [sys.executable, "-c", LOAD_AND_USE, str(tmp_path / "store")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_where_there_is_no_store_none_is_opened(tmp_path: Path) -> None:
    """Nor made, and a text that is no place is told to whoever uses it."""
    assert Session(str(tmp_path / "none")).resume_in_background() is None
    assert Session("ftp://nowhere").resume_in_background() is None
    assert not (tmp_path / "none").exists()
