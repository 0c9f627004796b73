"""How variables lie in the database: few records, small ones together, large ones in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import transaction
import ZODB
from ZODB.blob import BlobStorage
from ZODB.MappingStorage import MappingStorage

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals import Workspace, apply_change, read_saved, summaries
from statek_jupyter.store.locals.records import InlineGroup, LocalGroup


class Database:
    """A job's variables in a database of their own."""

    def __init__(self, folder: str) -> None:
        self.db = ZODB.DB(BlobStorage(folder, MappingStorage()))
        self.manager = transaction.TransactionManager(explicit=True)
        self.manager.begin()
        self.connection = self.db.open(self.manager)
        self.connection.root()["locals"] = LocalState()
        self.manager.commit()
        self.workspace = Workspace("test")

    def do(self, source: str) -> list[str]:
        """Run a statement and commit its change; gives the class names of the records written."""
        code = compile(source, "<statement>", "exec")
        exec(code, self.workspace.namespace)
        change = self.workspace.capture(code, source=source)
        self.manager.begin()
        apply_change(self.connection.root()["locals"], change)
        before = self._serials()
        self.manager.commit()
        self.workspace.confirm(change)
        return sorted(name for oid, (serial, name) in self._serials().items() if before.get(oid, (b"",))[0] != serial)

    def _serials(self) -> dict[bytes, tuple[bytes, str]]:
        storage = self.db.storage
        found: dict[bytes, tuple[bytes, str]] = {}
        for transaction_record in storage.iterator():
            for record in transaction_record:
                found[record.oid] = (record.tid, record.data[:120].split(b"\n")[1].decode("latin-1"))
        return found

    def read(self, function: Any) -> Any:
        """Call a function with the stored variables, in a fresh connection."""
        manager = transaction.TransactionManager(explicit=True)
        manager.begin()
        connection = self.db.open(manager)
        try:
            return function(connection.root()["locals"])
        finally:
            manager.abort()
            connection.close()


@pytest.fixture
def database(tmp_path: Any) -> Iterator[Database]:
    """A database."""
    made = Database(str(tmp_path))
    yield made
    made.workspace.close()
    made.manager.begin()
    made.connection.close()
    made.db.close()


def test_a_typical_change_is_one_record(database: Database) -> None:
    """Binding small values writes the tree's leaf and nothing else."""
    database.do("a = 1")
    assert len(database.do("b = [1, 2]; c = 'text'; a = 2")) == 1


def test_a_value_of_some_size_has_a_record_of_its_own(database: Database) -> None:
    """Changing a small neighbour does not write it again."""
    database.do("large = list(range(2000)); small = 1")
    assert "LocalGroup" not in database.do("small = 2")
    assert database.read(lambda stored: (type(stored.groups["large"]), type(stored.groups["small"]))) == (
        LocalGroup,
        InlineGroup,
    )


def test_one_of_many_variables_writes_a_small_part_of_them(database: Database) -> None:
    """200 variables, one changes: one record, a small one."""
    database.do("\n".join(f"v{i} = [{i}]" for i in range(200)))
    size = database.db.storage.getSize()
    assert len(database.do("v77 = 'other'")) == 1
    assert database.db.storage.getSize() - size < 8_000


def test_large_arrays_are_blobs_and_only_new_chunks_are_written(database: Database) -> None:
    """20 MB is five chunks; one element is one of them."""
    first = database.do("import numpy as np\nx = np.random.default_rng(0).random(2_500_000)")
    again = database.do("x[1_000_000] = 2")
    assert (first.count("Chunk"), again.count("Chunk")) == (5, 1)
    values = Workspace("copy", database.read(read_saved), register=False).namespace
    assert (values["x"] == database.workspace.namespace["x"]).all()
    values["x"][0] = 1


def test_a_long_text_is_cut_into_chunks_too(database: Database) -> None:
    """Streams are chunked like buffers."""
    assert database.do("text = 'ab' * 3_000_000").count("Chunk") == 2
    assert Workspace("copy", database.read(read_saved), register=False).namespace["text"] == "ab" * 3_000_000


def test_variables_are_read_one_by_one_through_the_job(database: Database) -> None:
    """`LocalState` makes a value when it is asked for, with its class, alias group and functions."""
    database.do("class A:\n    def double(self): return 2 * self.x\na = A(); a.x = 4; b = [a]\ndef f(): return 7")

    def look(stored: LocalState) -> Any:
        return stored["a"].double(), stored["b"][0] is stored["a"], type(stored["a"]) is stored["A"], stored["f"]()

    assert database.read(look) == (8, True, True, 7)


def test_a_reader_sees_class_attributes_as_they_are_now(database: Database) -> None:
    """Values read through the job follow changes of their class."""
    database.do("class A:\n    n = 1\na = A()")
    stored = database.connection.root()["locals"]
    assert stored["a"].n == 1
    database.do("A.n = 2; a.x = 1")
    assert stored["a"].n == 2


def test_an_aborted_transaction_is_caught_up_with(database: Database) -> None:
    """What was not committed is in the next change, chunks included."""
    database.do("import numpy as np\nx = np.zeros(1_000_000)")
    code = compile("x[0] = 1; y = 5", "<statement>", "exec")
    exec(code, database.workspace.namespace)
    change = database.workspace.capture(code)
    database.manager.begin()
    apply_change(database.connection.root()["locals"], change)
    database.manager.abort()
    database.do("z = 1")
    values = Workspace("copy", database.read(read_saved), register=False).values()
    assert (values["x"][0], values["y"], values["z"]) == (1, 5, 1)


def test_descriptions_need_no_unpickling(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of variables is made from what was kept when they were captured."""
    database.do("import numpy as np\na = [1, 2]; x = np.zeros((3, 4)); g = (i for i in a)")
    monkeypatch.setattr("statek_jupyter.store.locals.records.Decoder.load", None)
    rows = {row.name: row for row in database.read(summaries)}
    assert (rows["a"].type_name, rows["a"].text, rows["a"].durable) == ("list", "[1, 2]", True)
    assert (rows["x"].type_name, rows["x"].text) == ("numpy.ndarray", "ndarray 3×4 float64")
    assert (rows["g"].durable, rows["g"].note) == (False, "g: a running generator has no stored form")
    assert sorted(rows) == ["a", "g", "np", "x"]


def test_descriptions_run_no_code_of_the_job(database: Database) -> None:
    """A ``__repr__`` is not called, also inside containers."""
    database.do(
        "class A:\n    def __repr__(self): raise SystemExit\n    __str__ = __len__ = __repr__\n"
        "class L(list):\n    __repr__ = A.__repr__\na = A(); b = [a, {'k': a}]; c = L(); d = ['x' * 500]\n"
        "import collections\nq = collections.deque([a]); m = a.__repr__"
    )
    rows = {row.name: row.text for row in database.read(summaries)}
    assert (rows["a"], rows["b"], rows["c"]) == ("<A>", "[<A>, {'k': <A>}]", "L of 0")
    assert (rows["q"], rows["m"]) == ("deque([<A>])", "A.__repr__(self)")
    assert len(rows["d"]) <= 80
