"""What the extension costs a server that shows no job: next to nothing."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("litellm", "relstorage", "IPython", "anywidget", "statek_jupyter.engine", "statek_jupyter.llm")


def test_starting_loads_no_engine_and_no_model() -> None:
    """Until somebody asks for jobs, the routes are all there is."""
    code = "import sys, statek_jupyter.server.app; print([name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
