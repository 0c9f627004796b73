"""Values that cannot be stored: alive while the process lives, named, and honest about it afterwards."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from statek_jupyter.errors import LostValueError, NotDurableError
from statek_jupyter.store.locals import (
    Tombstone,
    Workspace,
    encode_values,
    read_saved,
    summaries,
)
from statek_jupyter.store.locals.sink import Limits
from tests.store.locals.conftest import Job

Check = Callable[[str], None]

LOST = {
    "a generator": ("(i for i in range(3))", "generator"),
    "a thread": ("__import__('threading').Thread()", "thread"),
    "a thread-local": ("__import__('threading').local()", "thread"),
    "a thread pool": ("__import__('concurrent.futures').futures.ThreadPoolExecutor(1)", "pool"),
    "a child process": ("__import__('subprocess').Popen(['true'])", "process"),
    "a socket": ("__import__('socket').socket()", "connection"),
    "a temporary directory": ("__import__('tempfile').TemporaryDirectory()", "directory"),
    "a temporary file": ("__import__('tempfile').NamedTemporaryFile()", "file"),
    "a database in memory": ("__import__('sqlite3').connect(':memory:')", "memory"),
    "an event loop": ("__import__('asyncio').new_event_loop()", "event loop"),
    "a frame": ("__import__('sys')._getframe()", "frame"),
    "a module made by hand": ("__import__('types').ModuleType('made')", "module"),
}
CLOSE = """
for name in ('close', 'cleanup', 'shutdown', 'wait'):
    if hasattr(x, name):
        getattr(x, name)()
        break
"""


@pytest.mark.parametrize("what", LOST)
def test_lost_values_are_named_and_stay_alive(what: str, job: Job) -> None:
    """The change says which and why; the live value is untouched."""
    expression, reason = LOST[what]
    change = job.do(f"x = {expression}")
    try:
        (lost,) = change.lost
        assert (lost.name, lost.path, lost.statement) == ("x", "x", f"x = {expression}"[:120])
        assert reason in lost.reason
        assert not isinstance(job.workspace.namespace["x"], Tombstone)
    finally:
        job.check(CLOSE)


def test_using_a_lost_value_says_what_it_was(job: Job, elsewhere: Check) -> None:
    """Each use raises `LostValueError` with name, type, reason and the statement that made it."""
    job.do("g = (i for i in range(3))")
    elsewhere(
        "from statek_jupyter.errors import LostValueError\n"
        "uses = [lambda: next(g), lambda: list(g), lambda: g.send(1), lambda: g + 1, lambda: bool(g), lambda: g()]\n"
        "for use in uses:\n"
        "    try: use()\n"
        "    except LostValueError as error:\n"
        "        assert str(error).startswith('g (generator) could not be kept'), error\n"
        "        assert 'g = (i for' in str(error), error\n"
        "    else: raise AssertionError\n"
        "assert repr(g) == '<lost generator: a running generator has no stored form>' and g is g and [g].count(g) == 1"
    )


def test_only_the_lost_part_of_a_container_is_lost(job: Job, elsewhere: Check) -> None:
    """Everything around it is there; the loss has a path."""
    change = job.do("class Box: pass\nbox = Box()\nbox.data = {'ok': [1], 'gen': [0, (i for i in '')]}")
    assert [lost.path for lost in change.lost] == ["box.data['gen'][1]"]
    elsewhere(
        "from statek_jupyter.errors import LostValueError\nassert box.data['ok'] == [1]\n"
        "try: next(box.data['gen'][1])\nexcept LostValueError as error: assert \"box.data['gen'][1]\" in str(error)\n"
        "else: raise AssertionError"
    )


def test_every_variable_that_holds_a_lost_value_is_marked(job: Job) -> None:
    """The loss is told once, and no variable it is part of is called durable."""
    change = job.do("g = (i for i in '')\nboth = [1, g]\nneither = [2]")
    assert [lost.path for lost in change.lost] == ["both[1]"]
    rows = {row.name: row for row in summaries(job.stored)}
    assert {name: row.durable for name, row in rows.items()} == {"g": False, "both": False, "neither": True}
    assert rows["g"].text == "<generator <genexpr>>"


def test_what_only_holds_a_value_is_kept_when_a_part_of_it_is_lost(job: Job, elsewhere: Check) -> None:
    """Methods, views and weak references of an object that holds a generator; the object itself is there, too."""
    job.do(
        "import types, weakref\nclass Box:\n    def __init__(self, n): self.n = n\n    def size(self): return 3",
        "box = Box([(i for i in '')]); d = {'box': box}",
        "size = box.size; values = d.values(); ref = weakref.ref(box); it = iter([box])",
        "proxy = types.MappingProxyType(d)",
    )
    elsewhere("assert size() == 3 and size.__self__ is box is ref() and proxy['box'] is box is next(it)")
    elsewhere("assert next(iter(values)) is box and type(values).__name__ == 'dict_values'")


def test_a_method_of_a_lost_value_is_lost(job: Job, elsewhere: Check) -> None:
    """There is nothing it could be bound to; the other variables are there."""
    change = job.do("import threading, collections\nt = threading.Thread(); start = t.start\nn = 3")
    assert {lost.path for lost in change.lost} == {"t", "start"}
    elsewhere("assert n == 3")


def test_a_loss_is_told_once(job: Job) -> None:
    """Touching the variable again says nothing new; nor does a restored tombstone."""
    job.do("data = [(i for i in '')]")
    assert job.do("len(data)").lost == ()
    job.restart()
    change = job.do("data.append(1)")
    assert change.changed == ("data",)


def test_tombstones_are_stored_with_what_they_tell(job: Job) -> None:
    """Two restarts later the first reason is still known."""
    job.do("data = [(i for i in '')]")
    for number in range(2):
        job.restart()
        job.do(f"data.append({number})")
    job.restart()
    with pytest.raises(LostValueError, match=r"data\[0\] \(generator\).*made by: data = \["):
        next(job.workspace.namespace["data"][0])


def test_an_exception_that_cannot_be_read_back_is_lost_at_once(job: Job) -> None:
    """A type that pickles and does not unpickle is found when it is stored, not when it is needed."""
    change = job.do("class E(Exception):\n    def __init__(self, a, b): super().__init__('one')\ne = [E(1, 2)]")
    assert [lost.path for lost in change.lost] == ["e[0]"]
    assert "read back" in change.lost[0].reason


def test_a_value_that_comes_back_as_another_type_is_lost_at_once(job: Job) -> None:
    """A silent pickling error is no silent loss."""
    change = job.do("class A:\n    def __reduce__(self): return (list, ())\na = A()")
    assert change.lost[0].reason == "it would come back as list"


def test_a_pickling_error_of_user_code_is_a_loss(job: Job) -> None:
    """Whatever ``__getstate__`` raises, the job goes on."""
    change = job.do("class A:\n    def __getstate__(self): raise KeyError('boom')\na = [1, A()]")
    assert change.lost[0].reason == "KeyError: 'boom'" and change.lost[0].path == "a[1]"


def test_a_container_that_changes_while_it_is_read_is_read_again(job: Job) -> None:
    """What a thread of the job does to a dict at the wrong moment costs nothing."""
    job.do(
        "class Busy:\n    def __reduce__(self):\n        data[0] = 1\n        return Busy, ()\nbusy = Busy()",
        "data = {'busy': Busy()}",
    )
    change = job.do("del data[0]")
    assert change.lost == ()
    job.restart()
    job.check("assert data[0] == 1 and type(data['busy']) is Busy")


def test_a_value_too_deep_to_pickle_is_lost_and_the_others_are_not(job: Job) -> None:
    """Nesting beyond the recursion limit costs this variable only."""
    change = job.do("deep = []\nfor _ in range(100_000): deep = [deep]\nother = 1")
    assert [lost.name for lost in change.lost] == ["deep"]
    job.restart()
    assert job.workspace.namespace["other"] == 1
    assert isinstance(job.workspace.namespace["deep"], Tombstone)


def test_a_value_over_the_limit_is_lost_and_the_others_are_not() -> None:
    """Huge values do not hold up the job."""
    workspace = Workspace("test", limits=Limits(max_bytes=1_000_000))
    try:
        workspace.namespace.update(large=["x" * 999] * 3 + [str(i) * 99 for i in range(99_999)], small=[1])
        change = workspace.capture(None)
        assert [(lost.name, lost.reason) for lost in change.lost] == [("large", "larger than 0 MiB")]
        assert change.changed == ("large", "small")
    finally:
        workspace.close()


def test_what_cannot_be_stored_is_refused_when_a_job_is_submitted() -> None:
    """Before anything is written, naming the value."""
    with pytest.raises(NotDurableError) as raised:
        encode_values({"ok": 1, "data": {"t": threading.Thread()}}, job_id="test")
    assert str(raised.value) == "\"data['t']\" (threading.Thread) cannot be stored: a thread lives in one process"


def test_an_open_file_is_opened_again_where_it_was(job: Job, elsewhere: Check, tmp_path: Path) -> None:
    """Path, mode and position; a file opened for writing is not emptied."""
    path = str(tmp_path / "notes.txt")
    job.do(f"out = open({path!r}, 'w'); out.write('abc')", f"back = open({path!r}); back.read(1)")
    elsewhere("assert back.read() == 'bc'; out.write('d'); out.close(); back.seek(0); assert back.read() == 'abcd'")
    job.check("out.close(); back.close()")


def test_a_file_that_is_gone_is_a_tombstone(job: Job, elsewhere: Check, tmp_path: Path) -> None:
    """The loss is this variable's alone."""
    path = tmp_path / "gone.txt"
    path.write_text("x")
    job.do(f"file = open({str(path)!r}); other = 1", "file.close()\nfile = open(file.name)")
    job.check("file.close()")
    path.unlink()
    elsewhere("assert other == 1 and 'lost' in repr(file)")


def test_a_database_file_is_connected_again(job: Job, elsewhere: Check, tmp_path: Path) -> None:
    """A sqlite3 connection is its path."""
    path = str(tmp_path / "data.db")
    job.do(f"import sqlite3\ndb = sqlite3.connect({path!r})\nwith db: db.execute('create table t (x)')")
    elsewhere("assert db.execute('select count(*) from t').fetchone() == (0,)")
    job.check("db.close()")


def test_a_mapped_array_is_mapped_again(job: Job, elsewhere: Check, tmp_path: Path) -> None:
    """A memmap is its file, never a copy."""
    path = str(tmp_path / "array.bin")
    job.do(f"import numpy as np\nm = np.memmap({path!r}, dtype='i4', mode='w+', shape=(4,)); m[:] = 7")
    elsewhere("assert isinstance(m, np.memmap) and m.tolist() == [7] * 4; m[0] = 8; m.flush()")
    assert job.workspace.namespace["m"][0] == 8


def test_a_damaged_group_costs_only_its_own_variables(job: Job) -> None:
    """A stream that cannot be read makes tombstones of its group."""
    job.do("a = b = [1]", "c = 3")
    saved = read_saved(job.stored)
    index = saved.homes["a"]
    damaged = list(saved.groups)
    damaged[index] = type(damaged[index])(("a", "b"), (), b"", pickle.dumps([1])[:-3], ())
    job.workspace.close()
    job.workspace = Workspace("test", type(saved)(tuple(damaged), saved.homes, saved.class_homes))
    values = job.workspace.values()
    assert values["c"] == 3
    assert isinstance(values["a"], Tombstone) and isinstance(values["b"], Tombstone)


def test_functions_of_another_python_version_are_compiled_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytecode of another version is never run: the stored source is."""
    import linecache

    from statek_jupyter.store.locals import functions

    source = """n = 2

def make(k):
    def inner(x): return x * k * n
    return inner

class A:
    def m(self): return __class__
"""
    linecache.cache["<block>"] = (len(source), None, source.splitlines(keepends=True), "<block>")
    code = compile(source, "<block>", "exec")
    exec(code, job.workspace.namespace)
    job.store(job.workspace.capture(code, source=source))
    job.do("times = make(3)", "plain = lambda: 1")
    monkeypatch.setattr(functions, "PYTHON", "3.99")
    job.restart()
    job.check("assert times(2) == 12 and A().m() is A and times.__code__.co_firstlineno == 4")
    with pytest.raises(LostValueError, match=r"compiled by Python 3\.\d+ and its source is not known"):
        job.workspace.namespace["plain"]()
