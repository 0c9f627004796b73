"""``import statek_jupyter``: cheap, silent, and without side effects."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WATCHED = """
import json, sys
events = []
def watch(event, arguments):
    if event.startswith(("socket.", "sqlite3.", "subprocess.", "os.fork", "os.mkdir", "shutil.")):
        events.append(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        events.append(f"open {arguments[0]}")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import threading
import MODULE
print(json.dumps({"events": events, "threads": threading.active_count(), "modules": sorted(sys.modules)}))
"""

HEAVY = set("litellm openai relstorage IPython ipykernel ipywidgets anywidget pandas numpy".split())
"""`BTrees`, and with it the stored model, imports ZODB by itself; the package root needs not even that."""
MODULES = ("statek_jupyter", "statek_jupyter.store", "statek_jupyter.executors.job", "statek_jupyter.cli.main")


def imported(module: str, folder: Path) -> dict[str, Any]:
    """What importing a module in a new process did."""
    command = [sys.executable, "-W", "error", "-c", WATCHED.replace("MODULE", module)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize("module", MODULES)
def test_importing_opens_nothing(module: str, tmp_path: Path) -> None:
    """No file is written, no socket, database, process or thread is opened, and no folder is made."""
    seen = imported(module, tmp_path)
    assert seen["events"] == []
    assert seen["threads"] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", MODULES)
def test_importing_loads_no_heavy_library(module: str, tmp_path: Path) -> None:
    """The model library, the database and the notebook's libraries are loaded on first use."""
    loaded = set(imported(module, tmp_path)["modules"])
    assert sorted(loaded & HEAVY) == []


def test_the_package_root_loads_no_module_of_ours(tmp_path: Path) -> None:
    """Each public name brings its module on first use."""
    loaded = imported("statek_jupyter", tmp_path)["modules"]
    assert [name for name in loaded if name.startswith("statek_jupyter.")] == []
    assert "ZODB" not in loaded


def test_every_public_name_is_there() -> None:
    """Each name the package offers can be taken from it, once, and Tab offers nothing else."""
    import statek_jupyter

    names = list(statek_jupyter.__all__)
    assert len(names) == len(set(names))
    assert [name for name in names if getattr(statek_jupyter, name, None) is None] == []
    offered = [name for name in dir(statek_jupyter) if not name.startswith("__")]
    assert offered == sorted(name for name in names if not name.startswith("__"))


def test_the_public_names_of_the_contract_are_all_offered() -> None:
    """What users and notebooks import by name from the package root."""
    import statek_jupyter

    promised = """
        Agent JobDef Job JobStatus JobDefError CodeBlock ChatStyle StatekLocale FutureResult temporal tool subtask
        error_handler SubTaskHandler JobWidget Dashboard Store open_store JobHandle Worker run ScriptedModel
        FunctionModel register_model
    """.split()
    assert [name for name in promised if not hasattr(statek_jupyter, name)] == []


def test_every_error_is_offered() -> None:
    """The whole error tree can be caught by names of the package root."""
    import statek_jupyter
    from statek_jupyter import errors

    classes = [name for name, value in vars(errors).items() if isinstance(value, type) and not name.startswith("_")]
    wanted = [name for name in classes if issubclass(getattr(errors, name), errors.StatekError)]
    assert len(wanted) > 20
    assert [name for name in wanted if getattr(statek_jupyter, name, None) is not getattr(errors, name)] == []
