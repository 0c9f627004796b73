"""Records are what ZODB itself would write, byte by byte, whatever lies in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from BTrees.IOBTree import IOBTree
from persistent import Persistent
from persistent.wref import WeakRef
from ZODB.POSException import InvalidObjectReference
from ZODB.serialize import ObjectWriter

from statek_jupyter.executors.chat_log import LLM_LogItem, Output, UserLogItem
from statek_jupyter.store import open_store
from statek_jupyter.store.record_writer import RecordWriter
from statek_jupyter.store.root import Root
from tests.store.jobs import definition


class Thing(Persistent):
    """A record that holds whatever it is given."""

    def __init__(self, *values: Any) -> None:
        self.values = values


class Made(Thing):
    """A record whose class makes it from arguments."""

    def __getnewargs__(self) -> tuple[int]:
        return (1,)


def thing_in(root: Root, *values: Any) -> Thing:
    thing = Thing(*values)
    root._p_jar.add(thing)
    return thing


def all_ids(storage: Any) -> list[bytes]:
    found, token = [], None
    while True:
        oid, _, _, token = storage.record_iternext(token)
        found.append(oid)
        if token is None:
            return found


CONTENTS: dict[str, Callable[[Root], tuple[Any, ...]]] = {
    "plain values": lambda root: (
        1,
        "a",
        b"b",
        None,
        1.5,
        True,
        [1],
        {"k": (2,)},
        {3},
        datetime.now(UTC),
        Decimal("1.5"),
    ),
    "shared values": lambda root: (shared := ["x"], shared, {"again": shared}),
    "references": lambda root: (thing_in(root), root, thing_in(root, 1)),
    "a reference without its class": lambda root: (root._p_jar.add(made := Made()) or made,),
    "classes and functions": lambda root: (Thing, dict, Decimal, len, thing_in),
    "a weak reference": lambda root: (WeakRef(thing_in(root)),),
    "a tree": lambda root: (IOBTree({n: thing_in(root, n) for n in range(100)}),),
    "values of our own": lambda root: (Output("stdout", "x"), LLM_LogItem("code", 1), UserLogItem("hello")),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_record_is_the_one_that_zodb_writes(tmp_path: Path, content: str) -> None:
    """New objects that the record leads to are found, too, and in the same order."""

    def compare(root: Root) -> None:
        connection = root._p_jar
        thing = thing_in(root, *CONTENTS[content](root))
        theirs = ObjectWriter(thing)
        expected = theirs.serialize(thing)
        assert RecordWriter(connection).beginning_with(thing).serialize(thing) == expected

    with open_store(tmp_path / "store") as store:
        store.run(compare)


def test_new_objects_are_found(tmp_path: Path) -> None:
    """They get an id of the same connection and are written after the object that leads to them."""

    def write(root: Root) -> None:
        inner, outer = Thing(1), Thing(2)
        writer = RecordWriter(root._p_jar).beginning_with(thing_in(root, outer, inner, outer))
        first = next(iter(writer))
        writer.serialize(first)
        assert list(writer) == [inner, outer]
        assert inner._p_oid is not None and inner._p_jar is root._p_jar

    with open_store(tmp_path / "store") as store:
        store.run(write)


def test_every_record_of_a_store_is_the_one_that_zodb_writes(tmp_path: Path) -> None:
    """The root, the catalog, a job and all that it is made of."""

    def compare(root: Root) -> int:
        connection = root._p_jar
        oids = all_ids(connection._storage)
        for oid in oids:
            found = connection.get(oid)
            found._p_activate()
            mine = RecordWriter(connection).beginning_with(found).serialize(found)
            assert mine == ObjectWriter(found).serialize(found)
        return len(oids)

    with open_store(tmp_path / "store") as store:
        store.submit(definition(), locals={"total": 1})
        assert store.read(compare) > 10


def test_an_object_of_another_store_is_refused(tmp_path: Path) -> None:
    """As ZODB refuses it: a record cannot refer to another database."""
    with open_store(tmp_path / "one") as one, open_store(tmp_path / "two") as two:
        foreign: list[Root] = []
        one.read(foreign.append)
        with pytest.raises(InvalidObjectReference):
            two.run(lambda root: thing_in(root, foreign[0]) and None)
