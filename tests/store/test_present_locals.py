"""``handle.locals``: copies of a job's variables that keep what they share, and follow the job."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from statek_jupyter.errors import UnknownVariableError, UserError
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.store import Store, open_store
from tests.store.test_history import code, finished, go_on


def test_what_is_one_object_in_the_job_is_one_object_in_the_mapping(store: Store) -> None:
    """Also when the variables are asked for one after the other; another mapping has its own."""
    job = finished(store, [code("a = [1]", "b = {'a': a}", "c = [9]"), "Done."])
    variables = job.locals
    assert variables["b"]["a"] is variables["a"] is variables["a"]
    variables["a"].append(2)
    assert variables["b"] == {"a": [1, 2]}
    assert job.locals["a"] == [1] and job.locals["a"] is not job.locals["a"]
    assert list(variables) == ["a", "b", "c"] and len(variables) == 3 and "c" in variables and "d" not in variables


def test_a_mistake_is_told_without_the_depths_of_the_store(store: Store) -> None:
    """The traceback ends where the store was called, for a read as for a write; a handle says what it stands for."""
    job = finished(store, [code("a = 1"), "Done."])
    mistakes: list[Callable[[], object]] = [lambda: job.locals["b"], lambda: job.answer("red")]
    for mistake in mistakes:
        with pytest.raises(UserError) as caught:
            mistake()
        names = [Path(frame.filename).name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert names[-1] == "store.py", names
    assert repr(job) == f"<JobHandle {job.id} done>"
    job.delete()
    assert repr(job) == f"<JobHandle {job.id}>"


def test_functions_see_variables_nobody_asked_for(store: Store) -> None:
    """Their globals are looked up in the job; a class is one class for all instances."""
    replies = [
        code(
            "base = 10", "class Rate:\n    value = 2", "r = Rate()", "s = Rate()", "def price(): return base * r.value"
        ),
        "Done.",
    ]
    variables = finished(store, replies).locals
    assert variables["price"]() == 20
    assert type(variables["s"]) is type(variables["r"]) is variables["Rate"]


def test_the_mapping_follows_the_job(store: Store) -> None:
    """What a later turn changed is read again, by functions too; the rest stays the same object."""
    replies = [
        code("kept = [1]", "n = 1", "class K:\n    x = 1", "def f(): return n + K.x", "gone = 0"),
        "Done.",
        code("n = 10", "K.x = 5", "del gone"),
        "Done.",
    ]
    job = finished(store, replies)
    variables = job.locals
    kept, f = variables["kept"], variables["f"]
    assert (variables["n"], f(), variables["gone"]) == (1, 2, 0)
    job.send("go on")
    go_on(job, until_turn=4)
    assert variables["kept"] is kept
    assert (variables["n"], variables["f"]()) == (10, 15)
    with pytest.raises(UnknownVariableError, match="has no variable 'gone'"):
        variables["gone"]
    assert variables.get("gone") is None


def test_a_result_is_the_callers_own(store: Store) -> None:
    """Changing what the job gave changes nothing for the next who asks."""
    job = finished(store, [code("class Sheet(dict): pass", "exit(Sheet(rows=[1]))")])
    assert job.status is JobStatus.DONE and job.error is None
    job.result["rows"].append(2)
    assert job.result["rows"] == [1]


LISTING = """
import sys
from statek_jupyter.store import open_store
from statek_jupyter.views.variables import locals_at
store = open_store(sys.argv[1], read_only=True)
job = store.job(sys.argv[2])
names = list(job.locals), list(job.at(-1).locals), len(job.locals), "frame" in job.locals
rows = job.read(lambda job: locals_at(job, -1))["variables"]
assert names == (["array", "frame", "n"], ["array", "frame", "n"], 3, True), names
assert [row["text"] for row in rows][1] == "DataFrame 2×1: a", rows
assert job.locals["n"] == 3
heavy = {"pandas", "numpy", "matplotlib", "litellm", "IPython"} & set(sys.modules)
assert not heavy, heavy
assert job.locals["frame"].shape == (2, 1) and "pandas" in sys.modules
"""


def test_listing_variables_imports_no_library_of_theirs(tmp_path: Path) -> None:
    """A read-only look at a store with frames in it starts as fast as one without."""
    pytest.importorskip("pandas")
    with open_store(tmp_path / "store") as store:
        lines = ("import numpy, pandas", "frame = pandas.DataFrame({'a': [1, 2]})", "array = numpy.zeros(9)", "n = 3")
        job = finished(store, [code(*lines, "del numpy, pandas"), "Done."])
        command = [sys.executable, "-c", LISTING, str(tmp_path / "store"), job.id]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
