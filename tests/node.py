"""The packages of the browser side, as they are locked; several test processes may ask for them at once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

from tests.machine import leave_out

LABEXTENSION = Path(__file__).parents[1] / "labextension"
NODE = (20, 19)
"""The oldest Node that builds it, as ``engines`` in package.json says."""


def npm_with_packages() -> str:
    """npm, with the locked packages installed; the test is left out where Node is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        leave_out("Node is not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, version.strip("v\n").split(".")[:2])) < NODE:
        leave_out(f"Node {version.strip()} is too old")
    with (LABEXTENSION / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Written last by npm, so half an installation is made anew.
        if not (LABEXTENSION / "node_modules" / ".package-lock.json").is_file():
            run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    return npm


def run(*command: str) -> None:
    """A command in the folder of the browser side that must succeed; what it says is shown when it does not."""
    done = subprocess.run(command, cwd=LABEXTENSION, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
