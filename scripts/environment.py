"""Make a virtual environment of the project: ``python3 scripts/environment.py lab|test [FOLDER]``.

Run by the Makefile with whatever python3 the machine has, so it imports the standard library only. It makes ``.venv``,
installs the locked packages with their hashes checked, installs the project itself in place, and leaves a stamp file
that tells make that nothing is to be done next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
CHOICES = {"lab": ("lab",), "test": ("test", "lab")}
"""What can be asked for, and what is there afterwards: the tests' packages include the notebooks'."""


FOLDER = sys.argv[2] if len(sys.argv) > 2 else ".venv"


def say(text: str) -> None:
    """One line of progress, shown at once."""
    print(f"[{FOLDER}] {text}", flush=True)


def stop(text: str) -> None:
    """End with one clear line."""
    sys.exit(f"[{FOLDER}] {text}")


def run(*command: str, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder; its output is kept, and shown only when it fails."""
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode and not quiet:
        print(done.stdout)
        stop(f"this failed: {' '.join(command)}")
    return done


def usable(python: str) -> bool:
    """Whether this interpreter starts and is new enough."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return shutil.which(python) is not None and run(python, "-c", check, quiet=True).returncode == 0


def choose_python() -> str:
    """The interpreter to build on: the one that runs this, or a newer one by its usual name."""
    for python in (sys.executable, "python3.13", "python3.12", "python3.11"):
        if usable(python):
            return python
    found = ".".join(map(str, sys.version_info[:3]))
    stop(f"Python {found} is too old: install Python {OLDEST[0]}.{OLDEST[1]} or newer, then run make again")
    raise AssertionError("unreachable")


def make_environment(folder: Path) -> None:
    """Make the virtual environment unless it is there and works."""
    if (folder / "bin" / "python").exists() and usable(str(folder / "bin" / "python")):
        return
    python = choose_python()
    say("making the environment (a few seconds)")
    if run(python, "-c", "import ensurepip, venv", quiet=True).returncode:
        install_debian_venv()
    run(python, "-m", "venv", "--clear", str(folder))


def install_debian_venv() -> None:
    """Debian ships Python without ensurepip: add it where we may, else say how."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        stop("this python3 cannot make virtual environments: run 'sudo apt install python3-venv', then make again")
    say("installing Debian's python3-venv")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "update")
    run("apt-get", "install", "-y", "--no-install-recommends", "python3-venv")


def install_locked(python: str, lock: Path) -> None:
    """Install the locked packages, counting them while pip works."""
    total = sum(" \\" in line and "==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    say(f"installing {total} locked packages; the first time takes a minute or two")
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command += ["--no-deps", "--require-hashes", "-r", str(lock)]  # the lock is complete: nothing is left to resolve
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    lines, seen, shown = [], 0, time.monotonic()
    for line in process.stdout:
        lines.append(line)
        seen += line.startswith(("Collecting ", "Processing ", "Ignoring ", "Requirement already"))
        if line.startswith("Installing collected"):
            say(f"all {total} fetched; unpacking them (about half a minute)")
        elif seen < total and time.monotonic() - shown > 5:
            shown = time.monotonic()
            say(f"{seen} of {total} packages fetched")
    if process.wait():
        print("".join(lines[-30:]))
        stop("the packages could not be installed; the lines above say why")


def install_project(python: str) -> None:
    """Install the project in place, with the locked build tools."""
    options = ("--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    run(python, "-m", "pip", "install", "--quiet", *options, "--editable", ".")


def main() -> None:
    """Make or complete the environment named on the command line."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in CHOICES:
        stop(f"usage: python3 scripts/environment.py {'|'.join(CHOICES)} [FOLDER]")
    choice = sys.argv[1]
    folder = ROOT / FOLDER
    began = time.monotonic()
    make_environment(folder)
    python = str(folder / "bin" / "python")
    if run(python, "-m", "pip", "--version", quiet=True).returncode:
        run(python, "-m", "ensurepip")
    install_locked(python, ROOT / "requirements" / f"{choice}.txt")
    install_project(python)
    for ready in CHOICES[choice]:
        (folder / f".{ready}-ready").touch()
    say(f"ready ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
