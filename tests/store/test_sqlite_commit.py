"""What a commit to a folder store consists of: which pages it writes, and how changes are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import transaction
import ZODB
from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from persistent.mapping import PersistentMapping
from ZODB.blob import Blob
from ZODB.POSException import ConflictError, ReadConflictError

from statek_jupyter.store import Store, open_store
from statek_jupyter.store.file_lock import CommitQueue
from statek_jupyter.store.sqlite_files import connect
from statek_jupyter.store.sqlite_storage import open_storage
from tests.store.jobs import definition


def indexes(store: Store) -> set[str]:
    connection = connect(Path(store.where))
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''")}
    connection.close()
    return found


def test_only_indexes_that_a_commit_needs_are_kept(tmp_path: Path) -> None:
    """Packing makes the two it uses, and removes them again."""
    with open_store(tmp_path / "store") as store:
        kept = indexes(store)
        store.submit(definition()).delete()
        store.pack(keep_days=0)
        assert indexes(store) == kept
    assert not {name for name in kept if name.startswith(("object_state", "current_object", "transaction"))}


class Writer:
    """One connection with a transaction of its own."""

    def __init__(self, db: Any) -> None:
        self.manager = transaction.TransactionManager(explicit=True)
        self.connection = db.open(self.manager)

    def begin(self) -> Any:
        self.manager.begin()
        return self.connection.root()

    def commit(self) -> None:
        self.manager.commit()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Any]:
    opened = ZODB.DB(open_storage(tmp_path, CommitQueue(tmp_path / "commit.lock"), read_only=False))
    first = Writer(opened)
    root = first.begin()
    root["mapping"], root["count"], root["tree"] = PersistentMapping(), Length(), OOBTree()
    first.commit()
    first.connection.close()
    yield opened
    opened.storage.close()


def two_at_once(db: Any) -> tuple[Writer, Any, Writer, Any]:
    one, other = Writer(db), Writer(db)
    return one, one.begin(), other, other.begin()


def test_two_changes_of_one_object_conflict(db: Any) -> None:
    """The second one is refused, and can be made again on what the first one left."""
    one, mine, other, theirs = two_at_once(db)
    mine["mapping"]["a"], theirs["mapping"]["b"] = 1, 2
    one.commit()
    with pytest.raises(ConflictError):
        other.commit()
    other.manager.abort()
    other.begin()["mapping"]["b"] = 2
    other.commit()
    assert dict(one.begin()["mapping"]) == {"a": 1, "b": 2}
    one.manager.abort()


def test_changes_that_can_be_resolved_both_count(db: Any) -> None:
    """The object as resolved is what everybody reads, the one who committed last included."""
    one, mine, other, theirs = two_at_once(db)
    mine["count"].change(2)
    theirs["count"].change(3)
    one.commit()
    other.commit()
    assert (one.begin()["count"](), other.begin()["count"]()) == (5, 5)
    one.manager.abort()
    other.manager.abort()


def test_what_must_still_be_current_is_looked_at(db: Any) -> None:
    """A transaction that relied on an object somebody else has changed is refused, though it writes another one."""
    one, mine, other, theirs = two_at_once(db)
    relied_on = theirs["count"]
    assert relied_on() == 0
    mine["count"].change(1)
    one.commit()
    other.connection.readCurrent(relied_on)
    theirs["mapping"]["a"] = 1
    with pytest.raises(ReadConflictError):
        other.commit()
    other.manager.abort()
    relied_on = other.begin()["count"]
    assert relied_on() == 1
    other.connection.readCurrent(relied_on)
    other.connection.root()["mapping"]["a"] = 1
    other.commit()


def test_a_vote_that_is_taken_back_leaves_nothing(db: Any) -> None:
    """Nobody is kept waiting, and nothing was written."""
    one, mine, other, theirs = two_at_once(db)
    mine["mapping"]["a"] = 1
    current = one.manager.get()
    one.connection.tpc_begin(current)
    one.connection.commit(current)
    one.connection.tpc_vote(current)
    one.connection.tpc_abort(current)
    one.manager.abort()
    theirs["mapping"]["b"] = 2
    other.commit()
    assert dict(one.begin()["mapping"]) == {"b": 2}
    one.manager.abort()


def test_blobs_and_records_are_committed_together(db: Any) -> None:
    """Another connection reads both."""
    one, mine, other, theirs = two_at_once(db)
    other.manager.abort()
    mine["blob"], mine["mapping"]["a"] = Blob(b"bytes"), 1
    one.commit()
    theirs = other.begin()
    with theirs["blob"].open() as content:
        assert (content.read(), theirs["mapping"]["a"]) == (b"bytes", 1)
    other.manager.abort()


def test_a_transaction_can_be_undone(db: Any) -> None:
    """The objects are then as before, for every connection."""
    one = Writer(db)
    one.begin()["mapping"]["a"] = 1
    one.commit()
    one.manager.begin()
    db.undo(db.undoInfo(0, 1)[0]["id"], one.manager.get())
    one.commit()
    assert dict(one.begin()["mapping"]) == {}
    one.manager.abort()


def test_every_transaction_says_what_it_wrote(db: Any, tmp_path: Path) -> None:
    """However it was committed: usually, with a blob, after a conflict that was resolved, by an undo."""
    one, mine, other, theirs = two_at_once(db)
    mine["count"].change(2)
    theirs["count"].change(3)
    one.commit()
    other.commit()
    one.begin()["blob"] = Blob(b"bytes")
    one.commit()
    one.begin()["mapping"]["a"] = 1
    one.commit()
    one.manager.begin()
    db.undo(db.undoInfo(0, 1)[0]["id"], one.manager.get())
    one.commit()
    connection = connect(tmp_path)
    said = connection.execute('SELECT tid, value FROM "transaction", json_each(oids) ORDER BY tid, value').fetchall()
    written = connection.execute("SELECT tid, zoid FROM object_state ORDER BY tid, zoid").fetchall()
    connection.close()
    assert said == written
    assert len({tid for tid, _ in said}) == 7  # two more made the store


def test_what_a_transaction_wrote_can_be_walked(db: Any) -> None:
    """Record by record, as copying a store to another kind does."""
    one = Writer(db)
    one.begin()["mapping"]["a"] = 1
    one.commit()
    wrote = [[record.oid for record in transaction] for transaction in db.storage.iterator()]
    assert wrote[-1] == [one.connection.root()["mapping"]._p_oid]
    assert all(wrote)


def test_ids_of_transactions_grow(db: Any) -> None:
    """Whatever the clock says, and whoever commits."""
    writers = [Writer(db), Writer(db)]
    found = []
    for number in range(20):
        writer = writers[number % 2]
        writer.begin()["tree"][number] = number
        writer.commit()
        found.append(writer.connection._storage.lastTransaction())
    assert found == sorted(set(found))
