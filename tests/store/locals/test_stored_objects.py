"""Variables that hold objects of the store itself: futures, subtask handlers, jobs, handles."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.executors.sub_task_handler import SubTaskHandler
from statek_jupyter.store import JobHandle, Store, open_store
from statek_jupyter.store.locals import Workspace, apply_change, read_saved
from tests.store.locals.restorer import ROOT

CHECK = """
import sys
from statek_jupyter.store import open_store
from statek_jupyter.store.locals import Workspace, read_saved
store = open_store(sys.argv[1])
saved = store.read(lambda root: read_saved(root.job(sys.argv[2]).py_env.local_state))
workspace = Workspace(sys.argv[2], saved)
exec(sys.argv[3], workspace.namespace)
store.close()
"""


def ready(future: FutureResult) -> int:
    """The value of the futures of these tests."""
    return int(future.deps[0]) + 1


class Place:
    """A job in a real store, and its live workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store(str(folder))
        self.job = self.store.submit(JobDef(Agent("keeper", metadata={"MODEL": "scripted/none"})), name="keeper")
        self.open()

    def open(self) -> None:
        """Make the live workspace from what is stored."""
        saved = self.store.read(lambda root: read_saved(root.job(self.job.id).py_env.local_state))
        self.workspace = Workspace(self.job.id, saved)

    def keep(self, **values: Any) -> Any:
        """Set variables and store them; gives the change."""
        self.workspace.namespace.update(values)
        change = self.workspace.capture(None, source="values")

        def write(root: Any) -> None:
            apply_change(root.job(self.job.id).py_env.local_state, change)

        self.store.run(write)
        self.workspace.confirm(change)
        return change

    def add(self, obj: Any) -> Any:
        """Store a persistent object beside the jobs; gives it back, attached to the store."""
        with self.store.transaction() as root:
            root.job(self.job.id).py_env.update_context(kept=obj)
        return obj

    def drop(self) -> None:
        """Take that object away again: only variables refer to it now."""
        with self.store.transaction() as root:
            del root.job(self.job.id).py_env._context["kept"]

    def reopen(self) -> None:
        """Close the store, and begin anew."""
        self.close()
        self.store = open_store(str(self.folder))
        self.job = self.store.job(self.job.id)
        self.open()

    def elsewhere(self, code: str) -> None:
        """Run assertions on the stored variables in a new process."""
        command = [sys.executable, "-c", CHECK, str(self.folder), self.job.id, code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        """End everything."""
        self.workspace.close()
        self.store.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A job in a store."""
    made = Place(tmp_path / "store")
    yield made
    made.close()


def test_a_future_made_by_the_job_is_a_value_like_any_other(place: Place) -> None:
    """With its functions, what it depends on, and what it shares with other variables."""
    numbers = [4]
    future = FutureResult(numbers)
    future.set_complement_functions(ready, lambda future: True)
    assert place.keep(future=future, numbers=numbers).lost == ()
    place.elsewhere(
        "assert future.check_condition() and future.value == 5 and future.deps is numbers\n"
        "numbers[0] = 7\nassert future.value == 8"
    )


def test_persistent_containers_and_trees_are_values_too(place: Place) -> None:
    """As long as they lie in no store."""
    from BTrees.OOBTree import OOBTree

    inner = PersistentList([1])
    assert place.keep(mapping=PersistentMapping(a=inner), inner=inner, tree=OOBTree({"k": [2]})).lost == ()
    place.elsewhere("assert mapping['a'] is inner and inner == [1] and dict(tree) == {'k': [2]}")


def test_a_stored_object_only_a_variable_refers_to_survives_packing(place: Place) -> None:
    """The group of the variable keeps a real reference to it."""
    future = place.add(FutureResult([4]))
    future_id = future._p_oid
    change = place.keep(future=future, also={"f": future})
    assert change.lost == () and all(group.references == (future_id,) for group in change.groups if group.references)
    place.drop()
    place.store.pack(keep_days=0)
    place.elsewhere("assert future.deps == [4] and also['f'] is future and future._p_jar is None")


def test_a_handler_with_its_job_survives_packing(place: Place) -> None:
    """The stored handler's job is a handle in the copy, and its outcome is there."""
    child = place.store.submit(JobDef(Agent("child", metadata={"MODEL": "scripted/none"})), parent=place.job)
    with place.store.transaction() as root:
        handler = SubTaskHandler(root.job(child.id), id="first")
        root.job(place.job.id).py_env.update_context(kept=handler)
    assert place.keep(handlers={"first": handler}).lost == ()
    place.drop()
    place.store.pack(keep_days=0)
    place.elsewhere(
        "from statek_jupyter.store import JobHandle\nh = handlers['first']\n"
        f"assert h.id == 'first' and type(h.job) is JobHandle and h.job.id == {child.id!r}\n"
        "assert h.job.agent == 'child' and h.state.name == 'WAITING'"
    )


def test_a_copy_that_is_not_changed_stays_a_reference(place: Place) -> None:
    """Looking at it, and a restart, write nothing; the stored object is read anew by each workspace."""
    with place.store.transaction() as root:
        handler = SubTaskHandler(root.job(place.job.id), id=1)
        root.job(place.job.id).py_env.update_context(kept=handler)
    place.keep(handler=handler)
    place.reopen()
    assert place.keep().is_empty
    with place.store.transaction() as root:
        root.job(place.job.id).py_env.perm_ctx["kept"].is_completed = True
    place.reopen()
    assert place.workspace.namespace["handler"].is_completed is True


def test_a_copy_the_job_changes_is_a_value_of_the_job(place: Place) -> None:
    """The stored object is not touched; the variable has what the job gave it, also after a restart."""
    place.keep(future=place.add(FutureResult([4])))
    place.reopen()
    place.workspace.namespace["future"].deps = [5]
    change = place.keep()
    assert change.changed == ("future",) and not change.groups[0].references
    place.reopen()
    assert place.workspace.namespace["future"].deps == [5]
    assert place.store.read(lambda root: root.job(place.job.id).py_env.perm_ctx["kept"].deps) == [4]


def test_a_job_and_its_handle_are_kept_by_id(place: Place) -> None:
    """Both are handles of the stored job afterwards, and stay that; the store itself is the open one."""
    with place.store.transaction() as root:
        job = root.job(place.job.id)
    change = place.keep(job=job, handles=[place.job], store=place.store)
    assert change.lost == ()
    place.elsewhere(
        "from statek_jupyter.store import JobHandle, Store\nassert type(job) is JobHandle and job.name == 'keeper'\n"
        "assert handles == [job] and type(store) is Store and store.job(job.id) == job"
    )
    place.reopen()
    assert place.keep().is_empty
    place.keep(again=[place.workspace.namespace["job"]])
    place.reopen()
    assert place.workspace.namespace["job"] == place.workspace.namespace["again"][0] == place.job


def test_a_store_may_be_moved(place: Place, tmp_path: Path) -> None:
    """Handles of its own jobs are found where it is now."""
    place.keep(handle=place.job)
    place.close()
    place.folder = place.folder.rename(tmp_path / "moved")
    place.store = open_store(str(place.folder))
    place.job = place.store.job(place.job.id)
    place.open()
    assert place.workspace.namespace["handle"] == place.job


def test_a_handle_of_a_store_that_is_not_open_says_so(place: Place, tmp_path: Path) -> None:
    """Nothing is opened behind anybody's back; a handle of another open store is one again."""
    with open_store(str(tmp_path / "other")) as other:
        there = other.submit(JobDef(Agent("other", metadata={"MODEL": "scripted/none"})))
        assert place.keep(there=there, other=other).lost == ()
        place.workspace.close()
        place.open()
        assert place.workspace.namespace["there"] == there and isinstance(there, JobHandle)


def test_an_object_of_another_database_is_lost_and_named(place: Place, tmp_path: Path) -> None:
    """A reference would lead nowhere."""
    other = Place(tmp_path / "other")
    try:
        foreign = other.add(FutureResult([1]))
        (lost,) = place.keep(foreign=foreign).lost
        assert (lost.name, lost.reason) == ("foreign", "a stored object of another database")
    finally:
        other.close()


def test_a_job_that_is_in_no_store_is_a_value(place: Place) -> None:
    """Its definition, and variables set on it, come with it."""
    job = Job(JobDef(Agent("draft", metadata={"MODEL": "scripted/none"}), warmup_code="x = 1"))
    job.py_env.local_state["n"] = [1]
    assert place.keep(job=job, shared=job.py_env.local_state["n"]).lost == ()
    place.elsewhere("assert job.job_def.agent.role == 'draft' and job.py_env.local_state['n'] is shared")


def test_classes_of_the_job_that_are_persistent_are_values(place: Place) -> None:
    """The database could not import them, and need not."""
    exec(
        "from persistent import Persistent\nclass Note(Persistent):\n    def __init__(self): self.items = [1]\n"
        "note = Note(); items = note.items",
        place.workspace.namespace,
    )
    assert place.keep().lost == ()
    place.elsewhere("assert type(note) is Note and note.items is items")
