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
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
CHOICES = {"lab": ("lab",), "test": ("test", "lab")}
"""What can be asked for, and what is there afterwards: the tests' packages include the notebooks'."""

PIP = ("--disable-pip-version-check", "--no-input")

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
    """Install the locked packages with uv, which takes a fifth of pip's time; with pip where uv cannot."""
    total = len(entries(lock))
    say(f"installing {total} locked packages; the first time takes a minute or less")
    options = ("--no-deps", "--require-hashes", "-r", str(lock))  # the lock is complete: nothing is left to resolve
    uv = find_uv(python)
    if uv is not None:
        command = (uv, "pip", "install", "--python", python, "--no-progress", *options)
        done, lines = follow(command, ("Downloading", "Prepared", "Installed"))
        if done:
            return
        print("".join(lines[-8:]), end="")
        say("uv could not install them; trying pip, which knows this machine's index and proxy settings")
    done, lines = follow((python, "-m", "pip", "install", *PIP, "--progress-bar", "off", *options), ("Collecting",))
    if not done:
        print("".join(lines[-30:]))
        stop("the packages could not be installed; the lines above say why")


def entries(lock: Path) -> dict[str, str]:
    """Name to entry of each package in a lock: its version and hashes."""
    found, name = {}, ""
    for line in lock.read_text(encoding="utf-8").splitlines(keepends=True):
        if "==" in line and not line.startswith(" "):
            name = line.partition("==")[0]
        found[name] = found.get(name, "") + line
    found.pop("", None)
    return found


def find_uv(python: str) -> str | None:
    """The locked uv: this environment's, else the one of `.venv`, else installed here first; None when that fails."""
    for place in (Path(python).parent, ROOT / ".venv" / "bin"):
        if (place / "uv").exists() and run(str(place / "uv"), "--version", quiet=True).returncode == 0:
            return str(place / "uv")
    with tempfile.TemporaryDirectory() as folder:
        pin = Path(folder) / "uv.txt"
        pin.write_text(entries(ROOT / "requirements" / "test.txt")["uv"], encoding="utf-8")
        command = (python, "-m", "pip", "install", *PIP, "--quiet", "--no-deps", "--require-hashes", "-r", str(pin))
        failed = run(*command, quiet=True).returncode
    return None if failed else str(Path(python).parent / "uv")


def follow(command: tuple[str, ...], telling: tuple[str, ...]) -> tuple[bool, list[str]]:
    """(Whether an installer did it, all it said); of its lines that tell progress one is shown every five seconds."""
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    lines, shown = [], time.monotonic()
    for line in process.stdout:
        lines.append(line)
        if line.lstrip().startswith(telling) and time.monotonic() - shown > 5:
            shown = time.monotonic()
            say(line.strip())
    return process.wait() == 0, lines


def install_project(python: str) -> None:
    """Install the project in place, with the locked build tools."""
    options = ("--quiet", "--no-deps", "--no-build-isolation")
    run(python, "-m", "pip", "install", *PIP, *options, "--editable", ".")


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
