"""Every kind of value in the table is, in a new process, what the table promises."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.store.locals.kinds import KINDS, SECTIONS
from tests.store.locals.kinds_run import missing
from tests.store.locals.restorer import ROOT

COMMON = [kind for heading, kinds in SECTIONS.items() if not heading.startswith("Libraries") for kind in kinds]
TRIED = [kind for heading, kinds in SECTIONS.items() if heading.startswith("Libraries") for kind in kinds]


def outcomes(names: Iterable[str], folder: Path) -> dict[str, str]:
    """Make all these kinds in one process and check them in another; gives name to failure, empty when it is kept."""
    wanted = list(names)
    (folder / "names.json").write_text(json.dumps(wanted))
    found = dict.fromkeys(wanted, "")
    for half in ("make", "check"):
        command = [sys.executable, "-m", "tests.store.locals.kinds_run", half, str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        for name, failure in json.loads((folder / f"{half}.json").read_text()).items():
            found[name] = found[name] or f"{half}: {failure}"
    return found


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Outcomes of the kinds that every test environment can make."""
    names = [kind.name for kind in COMMON if not missing(kind)]
    return outcomes(names, tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Outcomes of the kinds of those optional libraries that are installed."""
    names = [kind.name for kind in TRIED if not missing(kind)]
    return outcomes(names, tmp_path_factory.mktemp("tried"))


@pytest.mark.parametrize("name", [kind.name for kind in COMMON])
def test_a_kind_of_value_is_what_is_promised(name: str, common: dict[str, str]) -> None:
    """Exact, made again by a recipe, or lost and named; made in one process and looked at in another."""
    if name not in common:
        pytest.skip(f"{', '.join(missing(KINDS[name]))} is not installed")
    assert not common[name], common[name]


@pytest.mark.long
@pytest.mark.parametrize("name", [kind.name for kind in TRIED])
def test_a_kind_of_an_optional_library_is_what_is_promised(name: str, tried: dict[str, str]) -> None:
    """The same for libraries that are not in the test environment's lock: tried where they are installed."""
    if name not in tried:
        pytest.skip(f"{', '.join(missing(KINDS[name]))} is not installed")
    assert not tried[name], tried[name]


def test_there_are_at_least_two_hundred_kinds() -> None:
    """The table keeps its size, and no two kinds share a name."""
    assert len(KINDS) == sum(map(len, SECTIONS.values())) >= 200


def test_the_documentation_has_the_same_table() -> None:
    """``python scripts/locals_page.py`` was run after the table was changed."""
    path = ROOT / "scripts" / "locals_page.py"
    spec = importlib.util.spec_from_file_location("locals_page", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    current = module.PAGE.read_text(encoding="utf-8")
    assert module.page(current) == current, "run: python scripts/locals_page.py"
