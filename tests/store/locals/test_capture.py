"""What a capture finds, and what it leaves alone."""

from __future__ import annotations

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals import LocalsChange, Workspace, apply_change, encode_values, read_saved
from tests.store.locals.conftest import Job


def test_only_what_changed_is_written(job: Job) -> None:
    """One of two variables changes: one is in the change."""
    job.do("a = [1]", "b = [2]")
    assert job.do("a.append(b[0])").changed == ("a",)


def test_reading_writes_nothing(job: Job) -> None:
    """A statement that only looks gives an empty change."""
    job.do("import numpy as np\na = [1]; x = np.arange(100_000)\ndef f(): return a\nclass C: pass\nc = C()")
    assert job.do("len(a), x.sum(), f(), C(), c, np").is_empty


def test_binding_an_equal_value_writes_nothing(job: Job) -> None:
    """The same list again, made anew."""
    job.do("a = [1, 2]")
    assert job.do("a = [1, 2]").is_empty


def test_true_and_one_are_different_values(job: Job) -> None:
    """Equality is not what decides."""
    job.do("a = 1")
    assert job.do("a = True").changed == ("a",)


def test_a_change_made_by_a_function_is_found(job: Job) -> None:
    """The statement names the function only."""
    job.do("log = []", "def note(): log.append(1)", "def outer(): note()")
    assert job.do("outer()").changed == ("log",)


def test_a_change_made_by_a_function_in_a_container_is_found(job: Job) -> None:
    """The statement names the container only."""
    job.do("log = []", "handlers = {'note': lambda: log.append(1)}")
    assert job.do("handlers['note']()").changed == ("log",)


def test_a_change_made_by_a_method_of_a_nested_instance_is_found(job: Job) -> None:
    """The class is reached through what the list holds."""
    job.do("log = []", "class A:\n    def go(self): log.append(1)", "items = [A()]")
    assert job.do("items[0].go()").changed == ("log",)


def test_a_change_made_by_a_property_of_a_new_instance_is_found(job: Job) -> None:
    """The statement makes the instance and uses it."""
    job.do("log = []", "class A:\n    @property\n    def p(self): log.append(1)", "def make(): return A()")
    assert job.do("a = make(); a.p").changed == ("a", "log")


def test_a_change_made_by_a_running_generator_is_found(job: Job) -> None:
    """A generator's code cannot be followed, so everything is looked at."""
    job.do("log = []", "def run():\n    while True:\n        log.append(1)\n        yield", "g = run()")
    assert job.do("next(g)").changed == ("log",)


def test_a_change_through_globals_or_exec_is_found(job: Job) -> None:
    """Names in strings count."""
    job.do("a = [1]", "b = [1]")
    assert job.do("globals()['a'].append(2)").changed == ("a",)
    assert job.do("exec('b.append(2)')").changed == ("b",)


def test_a_change_of_an_alias_is_one_group(job: Job) -> None:
    """All names of the group are written with it."""
    job.do("a = [1]", "b = a; c = [b]")
    change = job.do("c[0].append(2)")
    assert change.changed == ("a", "b", "c")
    assert len(change.groups) == 1


def test_what_a_failing_statement_did_before_is_found(job: Job) -> None:
    """As in Python, an exception undoes nothing."""
    job.do("a = [1]")
    assert job.do("a.append(2); b = 5; 1 / 0").changed == ("a", "b")


def test_deletions_are_told(job: Job) -> None:
    """Once, and not for names that were never stored."""
    job.do("a = 1")
    assert job.do("del a; b = 2; del b").deleted == ("a",)
    assert job.do("c = 1").deleted == ()


def test_the_full_sweep_finds_a_change_behind_our_back(job: Job) -> None:
    """A value changed outside any statement is found when everything is looked at."""
    job.do("a = [1]")
    job.workspace.namespace["a"].append(2)
    assert job.do("b = 1").changed == ("b",)
    assert job.workspace.capture(None).changed == ("a",)


def test_sharing_that_came_about_outside_is_found_when_one_side_is_touched(job: Job) -> None:
    """A library handed out an object of another variable."""
    job.do("import types\nbox = types.SimpleNamespace()\nother = [1]")
    job.do("import sys; sys.statek_test_box = other")
    change = job.do("mine = sys.statek_test_box")
    job.do("del sys.statek_test_box")
    assert change.changed == ("mine", "other")


def test_dunder_names_are_not_variables(job: Job) -> None:
    """What Python keeps in a module for itself is left out; a single underscore is a variable."""
    assert job.do("__all__ = []; x: int = 1; _ = 2").changed == ("_", "x")


def test_a_change_is_told_again_until_it_is_confirmed(job: Job) -> None:
    """After an aborted transaction the next change holds everything the store lacks."""
    lost = job.run("a = [1]")
    assert lost.changed == ("a",)
    assert job.run("b = 2").changed == ("a", "b")
    job.store(job.run("c = 3"))
    assert job.run("d = 4").changed == ("d",)


def test_a_deletion_is_told_again_until_it_is_confirmed(job: Job) -> None:
    """Like a change."""
    job.do("a = 1")
    assert job.run("del a").deleted == ("a",)
    assert job.run("b = 1").deleted == ("a",)


def test_a_change_between_capture_and_commit_is_not_in_it(job: Job) -> None:
    """A change holds copies: what is done to the values afterwards waits for the next one."""
    job.do("import numpy as np\nx = np.zeros(1_000_000)")
    change = job.run("x[0] = 1")
    job.workspace.namespace["x"][0] = 2
    job.store(change)
    assert Workspace("other", read_saved(job.stored), register=False).namespace["x"][0] == 1


def test_applying_a_change_twice_is_applying_it_once(job: Job) -> None:
    """A transaction function may be run again."""
    job.do("a = b = [1]")
    change = job.run("b = 3")
    apply_change(job.stored, change)
    job.store(change)
    job.restart()
    assert job.workspace.values() == {"a": [1], "b": 3}


def test_what_goes_to_the_log_item_names_every_variable(job: Job) -> None:
    """Groups by name for what was set, None for what was deleted."""
    job.do("a = b = [1]; c = 1")
    change = job.run("a.append(2); del c")
    told = apply_change(job.stored, change)
    assert {name: group and group.members for name, group in told.items()} == {
        "a": ("a", "b"),
        "b": ("a", "b"),
        "c": None,
    }


def test_a_restored_workspace_differs_in_nothing(job: Job) -> None:
    """The first sweep after a restore finds nothing to write."""
    job.do(
        "import numpy as np, dataclasses\n@dataclasses.dataclass\nclass P:\n    x: list\np = P([1]); q = p\n"
        "def f(a=[1]): return p\nclass A:\n    all = [f]\nx = np.arange(9); y = x[1:]; g = (i for i in x); t = {'g': g}"
    )
    job.restart()
    assert job.workspace.capture(None).is_empty


def test_only_new_chunks_of_a_large_array_are_carried(job: Job) -> None:
    """One element of 40 MB: one chunk of 4 MiB."""
    job.do("import numpy as np\nx = np.random.default_rng(0).random(5_000_000)")
    change = job.run("x[0] = 5")
    (group,) = change.groups
    assert [len(chunk) for chunk in group.new_chunks.values()] == [4 << 20]
    job.store(change)
    job.restart()
    job.check("assert x[0] == 5 and x.size == 5_000_000 and x[-1] != 0")
    change = job.run("y = x.copy()")
    assert [group.new_chunks for group in change.groups] == [{}]


def test_unused_classes_are_forgotten(job: Job) -> None:
    """A class nobody refers to any more leaves the store."""
    job.do("class A: pass", "class A: pass")
    assert len(job.stored.classes) == 1
    job.do("a = A()", "del A")
    assert len(job.stored.classes) == 1
    job.do("del a")
    assert len(job.stored.classes) == 0


def test_what_waits_to_be_stored_with_a_class_does_not_go_with_it(job: Job) -> None:
    """The transaction with the group was aborted, then the class is forgotten: the variables are still to be stored."""
    job.do("shared = [1]\na = 'old'", "C = type('C', (), {'other': shared})")
    job.run("a = shared")
    change = job.run("C = None")
    assert change.changed == ("C", "a", "shared")
    job.store(change)
    job.restart()
    job.check("assert a is shared and a == [1]")


def test_variables_of_a_submitted_job_start_it(job: Job) -> None:
    """What is encoded before a job exists is what its workspace starts with."""
    shared = [1]

    def local_function(x: int) -> int:
        return x + 1

    change = encode_values({"a": shared, "b": {"s": shared}, "f": local_function}, job_id="test")
    state = LocalState({"a": shared})
    apply_change(state, change)
    assert state.unsaved == {}
    job.workspace.close()
    job.workspace = Workspace("test", read_saved(state))
    job.check("assert a is b['s'] and f(1) == 2")


def test_values_set_on_the_job_itself_are_taken_in(job: Job) -> None:
    """A workspace starts with them, in place of stored ones, and its next full capture stores them."""
    job.do("a = b = [1]; c = 3")
    job.stored["a"] = "new"
    job.stored["d"] = {"k": [1]}
    job.restart()
    assert job.workspace.values() == {"a": "new", "b": [1], "c": 3, "d": {"k": [1]}}
    change = job.workspace.capture(None)
    assert {"a", "d"} <= set(change.changed)
    job.store(change)
    assert job.stored.unsaved == {}
    job.restart()
    assert job.workspace.values() == {"a": "new", "b": [1], "c": 3, "d": {"k": [1]}}


def test_an_empty_change_is_empty() -> None:
    """Nothing to write, nothing named."""
    change = LocalsChange()
    assert change.is_empty and change.changed == change.deleted == change.lost == ()
