"""The browser side as it is committed: built from its sources, small, and free of anything from elsewhere."""

from __future__ import annotations

import json
import re

import pytest

from statek_jupyter.notebook.widget import STATIC
from tests.node import LABEXTENSION, npm_with_packages, run

BUILT = LABEXTENSION.parent / "statek_jupyter" / "labextension"


def test_the_bundle_is_small_and_loads_nothing() -> None:
    """The code goes into every output, so it stays below 120,000 bytes; it names no host and asks for no file."""
    script, style = ((STATIC / name).read_text(encoding="utf-8") for name in ("widget.js", "widget.css"))
    assert len(script) < 120_000 and len(style) < 30_000
    hosts = set(re.findall(r"https?://[^/\"'`) ]+", script + style))
    assert hosts <= {"http://www.w3.org"}, "only the names of SVG and MathML elements look like addresses"
    for word in ("insertAdjacentHTML", "document.write", "eval(", "new Function", "XMLHttpRequest", "fetch("):
        assert word not in script
    assert "url(" not in style and "@import" not in style


def test_no_component_makes_markup_of_text() -> None:
    """Text of a job becomes elements only through text nodes."""
    for path in (LABEXTENSION / "src").rglob("*.ts*"):
        if "__tests__" not in path.parts:
            source = path.read_text(encoding="utf-8")
            assert not re.search(r"innerHTML|dangerouslySet|insertAdjacentHTML", source), path
            in_lab = path.parent.name == "lab"
            assert in_lab or "from '@jupyterlab" not in source, f"{path}: the widget has no JupyterLab"


def test_the_extension_is_whole_and_names_no_place() -> None:
    """What JupyterLab loads is there, it is small, and it was not built for one folder."""
    package = json.loads((BUILT / "package.json").read_text(encoding="utf-8"))
    assert (BUILT / package["jupyterlab"]["_build"]["load"]).is_file()
    scripts = "".join(path.read_text(encoding="utf-8") for path in (BUILT / "static").glob("*.js"))
    assert len(scripts) < 200_000
    hosts = set(re.findall(r"https?://[^/\"'`)\\ ]+", scripts))
    assert hosts <= {"http://www.w3.org", "https://reactjs.org"}, "names of SVG elements, and of React's errors"
    assert "sourceMappingURL" not in scripts and "node_modules/.." not in scripts


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    """Every package is pinned by its content, wherever it is downloaded from."""
    packages = json.loads((LABEXTENSION / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


@pytest.fixture(scope="module")
def npm() -> str:
    """npm with the locked packages installed; skipped where Node is missing or too old."""
    return npm_with_packages()


@pytest.mark.timeout(300)
def test_the_committed_bundle_is_what_the_sources_give(npm: str) -> None:
    """Building again, byte for byte, gives the committed files; types are right under ``strict``."""
    run(npm, "run", "--silent", "check")
    run(npm, "run", "--silent", "build", "--", "--check")


@pytest.mark.timeout(300)
def test_the_components_pass_their_own_tests(npm: str) -> None:
    """Under Preact, which the widget carries, and under React, which JupyterLab shares."""
    run(npm, "run", "--silent", "test")
