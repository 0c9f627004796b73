"""Run the tests that need no browser and no kernel on the other supported Pythons this machine has.

``python scripts/other_pythons.py [VERSION ...]``, by default 3.12 and 3.13. Each gets an environment of its own, made
from the same lock. A version that is not installed is named and left out.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.12", "3.13")
TESTS = ("tests/executors", "tests/llm", "tests/store", "tests/engine")
MARKS = "not long and not kernel and not browser and not kill"
NOT_HERE = "not postgresql and not zeo"
"""Stores on a server, and what a SIGKILL leaves in files, are the same on every Python, and the slowest to test; the
first Python tests them."""

WORKERS = "2"
"""For each Python: one waits often, and the slower Python has the machine for itself in the end."""


def starts(python: str, version: str) -> bool:
    """Whether this command is the wanted Python; a pyenv shim exists also for versions that are not active."""
    code = f"import sys; sys.exit('{version}' != '%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def find_python(version: str) -> str | None:
    """The interpreter of one minor version: on the PATH, else among pyenv's."""
    on_path = shutil.which(f"python{version}")
    if on_path and starts(on_path, version):
        return on_path
    if not shutil.which("pyenv"):
        return None
    names = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True).stdout.split()
    for name in reversed(names):
        if name.startswith(f"{version}."):
            prefix = subprocess.run(["pyenv", "prefix", name], capture_output=True, text=True).stdout.strip()
            return str(Path(prefix) / "bin" / "python")
    return None


def make_environment(version: str, python: str) -> None:
    """Make the version's environment, or see that it is there; ends everything when that fails."""
    lock = ROOT / "requirements" / "test.txt"
    stamp = ROOT / folder_of(version) / ".test-ready"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        command = [python, "scripts/environment.py", "test", folder_of(version)]
        subprocess.run(command, cwd=ROOT, check=True)


def folder_of(version: str) -> str:
    return f".venv-{version}"


def run_tests(version: str) -> bool:
    """Run the tests in the version's environment; whether all passed."""
    places = [place for place in TESTS if (ROOT / place).is_dir()]
    options = ["-q", "-m", MARKS, "-k", NOT_HERE, "-p", "no:cacheprovider", "-n", WORKERS, "--dist", "loadfile"]
    command = [f"{folder_of(version)}/bin/python", "-m", "pytest", *options, *places]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    for line in process.stdout:  # the versions run at once: each line says whose it is
        print(f"[python {version}] {line}", end="", flush=True)
    return process.wait() == 0


def main() -> None:
    """Run every version found; exit 1 when a test failed on any."""
    pythons = {version: find_python(version) for version in sys.argv[1:] or VERSIONS}
    found = {version: python for version, python in pythons.items() if python is not None}
    with ThreadPoolExecutor() as pool:
        list(pool.map(make_environment, found, found.values()))
        results = dict(zip(found, pool.map(run_tests, found), strict=True))
    for version in pythons:
        told = {True: "ok", False: "FAILED", None: "not on this machine"}[results.get(version)]
        print(f"[python {version}] {told}", flush=True)
    sys.exit(not all(results.values()))


if __name__ == "__main__":
    main()
