"""Run the tests that need no browser and no kernel on the other supported Pythons this machine has.

``python scripts/other_pythons.py [VERSION ...]``, by default 3.12 and 3.13. Each gets an environment of its own, made
from the same lock. A version that is not installed is named and left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.12", "3.13")
TESTS = ("tests/executors", "tests/llm", "tests/store", "tests/engine")


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


def run_tests(version: str, python: str) -> bool:
    """Make the version's environment and run the tests in it; whether all passed."""
    folder = f".venv-{version}"
    lock = ROOT / "requirements" / "test.txt"
    stamp = ROOT / folder / ".test-ready"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([python, "scripts/environment.py", "test", folder], cwd=ROOT, check=True)
    places = [place for place in TESTS if (ROOT / place).is_dir()]
    command = [f"{folder}/bin/python", "-m", "pytest", "-q", "-m", "not long and not kernel and not browser", *places]
    print(f"[python {version}] {' '.join(command)}", flush=True)
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}).returncode == 0


def main() -> None:
    """Run every version found; exit 1 when a test failed on any."""
    results = {}
    for version in sys.argv[1:] or VERSIONS:
        python = find_python(version)
        results[version] = "not on this machine" if python is None else "ok" if run_tests(version, python) else "FAILED"
    for version, result in results.items():
        print(f"[python {version}] {result}", flush=True)
    sys.exit("FAILED" in results.values())


if __name__ == "__main__":
    main()
