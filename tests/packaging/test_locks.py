"""The locked requirements: exact, hashed, complete, and from nowhere in particular."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

import pytest

from tests.packaging.tree import ROOT, pyproject

LOCKS = ("lab", "test")


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def locked(name: str) -> dict[str, str]:
    """Normalised package name to version."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", lock_text(name), re.MULTILINE)
    return {normalised(package): version for package, version in pins}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(requirements: list[str]) -> set[str]:
    """The names in a list of requirements, the project's own extras left out."""
    names = {normalised(re.split(r"[\s\[<>=!;~]", requirement, maxsplit=1)[0]) for requirement in requirements}
    return names - {"statek-jupyter"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_an_exact_version_and_hashes(name: str) -> None:
    """No entry of a lock could bring another file tomorrow."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock_text(name).strip())
    assert len(entries) > 50
    assert [entry.split("\n")[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index(name: str) -> None:
    """Where packages come from is the installing machine's business."""
    lines = [line.strip() for line in lock_text(name).splitlines()]
    assert [line for line in lines if line.startswith("-") and not line.startswith("--hash=")] == []
    assert [line for line in lines if "://" in line or " @ " in line] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_everything_the_project_asks_for(name: str) -> None:
    """A dependency added to the metadata is locked in the same change."""
    project = pyproject()["project"]
    asked = wanted(project["dependencies"] + project["optional-dependencies"]["lab"])
    if name == "test":
        asked |= wanted(project["optional-dependencies"]["test"])
    assert asked - set(locked(name)) == set()


def test_the_locks_agree() -> None:
    """The demo runs on the versions that were tested."""
    lab, test = locked("lab"), locked("test")
    assert {package: version for package, version in lab.items() if test.get(package) != version} == {}


def test_litellm_is_exactly_the_version_that_was_checked() -> None:
    """The model library had malicious uploads: a new release is taken on purpose only."""
    assert locked("test")["litellm"] == "1.105.3"


def test_every_dependency_has_a_lower_bound() -> None:
    """What the metadata promises was seen to work; nothing is asked for without a version."""
    project = pyproject()["project"]
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    unbounded = [
        requirement
        for requirement in project["dependencies"] + extras
        if ">=" not in requirement and not requirement.startswith("statek_jupyter")
    ]
    assert unbounded == []


def test_no_package_runs_code_when_python_starts() -> None:
    """A ``.pth`` file with an import in it runs at every start of Python; malicious uploads have used that."""
    site = Path(sysconfig.get_path("purelib"))
    known = {"distutils-precedence.pth", "_virtualenv.pth"}
    running = [
        path.name
        for path in site.glob("*.pth")
        if path.name not in known and "import " in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert running == []
