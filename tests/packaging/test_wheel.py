"""The wheel: what is in it, and that it works without the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.packaging.tree import ROOT, short, tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else of ours."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_python(code: str, folder: Path, tmp_path: Path) -> str:
    """Run code with the installed wheel first on the path, outside the repository."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-W", "error::ImportWarning", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Every tracked file of the package is in; tests, notebooks and sources of the browser side are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {short(path) for path in tracked("statek_jupyter/*")} - names == set()
    assert [name for name in names if not name.startswith(("statek_jupyter/", "statek_jupyter-"))] == []


def test_the_wheel_holds_the_built_browser_files(wheel: Path) -> None:
    """A person without node gets the live view."""
    names = zipfile.ZipFile(wheel).namelist()
    static = [name for name in names if name.startswith("statek_jupyter/static/")]
    assert any(name.endswith(".js") for name in static)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a fresh virtual environment that pip installed the wheel into; all else it takes from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    # This environment's pip, working on the other: a pip of its own would take three seconds.
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), *install], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "rest.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def test_pip_install_is_all_that_both_extensions_need(environment: Path, tmp_path: Path) -> None:
    """JupyterLab and Jupyter Server find theirs in the environment, switched on, and the server loads it; no node."""
    nothing = {"PATH": "", "HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    found = {}
    for kind, module in (("lab", "jupyterlab.labextensions"), ("server", "jupyter_server.extension.serverextension")):
        command = [str(environment), "-m", module, "list"]
        done = subprocess.run(command, cwd=tmp_path, env=nothing, capture_output=True, text=True)
        found[kind] = re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)
    assert f"{environment.parents[1] / 'share' / 'jupyter' / 'labextensions'}\n" in found["lab"], found["lab"]
    assert re.search(r"statek-jupyter v[\d.]+ enabled OK", found["lab"]), found["lab"]
    assert re.search(r"statek_jupyter\.server\s+enabled", found["server"]), found["server"]
    assert re.search(r"statek_jupyter\.server \S* ?OK", found["server"]), found["server"]
    code = "import statek_jupyter; print(statek_jupyter.__file__)"
    done = subprocess.run([str(environment), "-c", code], cwd=tmp_path, env=nothing, capture_output=True, text=True)
    assert Path(done.stdout.strip()).is_relative_to(environment.parents[1]), done.stdout + done.stderr


def test_the_wheel_is_typed_and_licensed(wheel: Path) -> None:
    """Type checkers use our annotations, and the licence goes along."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "statek_jupyter/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_installed_wheel_imports_from_itself(installed: Path, tmp_path: Path) -> None:
    """No file of the repository is needed to import the package."""
    shown = run_python("import statek_jupyter as sj; print(sj.__file__)", installed, tmp_path)
    assert shown == str(installed / "statek_jupyter" / "__init__.py")


def test_the_command_of_the_wheel_starts(wheel: Path, installed: Path, tmp_path: Path) -> None:
    """``statek-jupyter`` is installed as a command, and its entry point runs."""
    entry_points = next(installed.glob("*.dist-info/entry_points.txt")).read_text(encoding="utf-8")
    assert "statek-jupyter = statek_jupyter.cli.main:main" in entry_points
    code = "import sys; sys.argv = ['statek-jupyter', '--help']; from statek_jupyter.cli.main import main; main()"
    assert "worker" in run_python(code, installed, tmp_path)


def test_a_job_runs_on_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    """The wheel alone takes a job from its definition to its result."""
    code = """
import statek_jupyter as sj
sj.register_model("once", sj.ScriptedModel(["exit(6 * 7)"]))
agent = sj.Agent("counter", metadata={"MODEL": "scripted/once"})
with sj.open_store("memory:") as store, sj.Worker(store):
    job = store.submit(sj.JobDef(agent), message="What is six times seven?")
    job.wait(timeout=60)
    print(job.result)
"""
    assert run_python(code, installed, tmp_path) == "42"
