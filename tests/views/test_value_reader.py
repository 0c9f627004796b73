"""Looking into variables from a process that loads none of them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from statek_jupyter.errors import UnknownTurnError, UnknownVariableError, ValueNotShownError
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.views.value_reader import ValueReader
from tests.store.test_history import code, finished

CLASSES = """
class Box:
    def __init__(self): self.items = list(range(100))
class Endless:
    def __setstate__(self, state):
        while True: pass
class Deadly:
    def __setstate__(self, state):
        import os
        os._exit(3)
class Marked:
    def __setstate__(self, state):
        import sys
        sys.marked_by_test = True
endless, deadly, marked, box = Endless(), Deadly(), Marked(), Box()
endless.n = deadly.n = marked.n = 1
""".strip()


@pytest.fixture
def reader() -> Iterator[ValueReader]:
    """A reader that gives up early."""
    made = ValueReader(seconds=5.0)
    yield made
    made.close()


@pytest.fixture
def job(store: Store) -> JobHandle:
    """A job with values good and bad."""
    lines = [
        "import numpy",
        "grid = numpy.arange(6).reshape(2, 3)",
        "del numpy",
        "d = {'a': [1]}",
        *CLASSES.split("\n"),
    ]
    made = finished(store, [code(*lines), code("d['a'].append(2)"), "Done."])
    assert made.error is None, made.error
    return made


def test_pages_come_from_another_process(job: JobHandle, reader: ValueReader) -> None:
    """Entries, parts of them, grids; at an earlier turn too. Here nothing is made."""
    assert [entry["key"] for entry in reader.value(job, "box")["entries"]] == ["items"]
    assert reader.value(job, "box", [0], 98) == {
        "entries": [{"key": str(n), "type": "int", "text": str(n), "entries": None} for n in (98, 99)],
        "start": 98,
        "total": 100,
    }
    assert [reader.value(job, "d", turn=turn)["entries"][0]["text"] for turn in (1, 2, None)] == [
        "[1]",
        "[1, 2]",
        "[1, 2]",
    ]
    page = reader.grid(job, "grid", rows=(1, 2), columns=(0, 2))
    assert page is not None and page["rows"] == [{"name": "1", "cells": ["3", "4"]}]
    assert reader.grid(job, "d") is None
    assert reader.value(job, "marked")["total"] == 0
    assert not hasattr(sys, "marked_by_test")


def test_what_is_not_there_is_said(job: JobHandle, reader: ValueReader) -> None:
    """Variables, parts, turns."""
    for turn in (None, 1):
        with pytest.raises(UnknownVariableError, match="has no variable 'nothing'"):
            reader.value(job, "nothing", turn=turn)
    with pytest.raises(UnknownVariableError, match=r"'d'.*no entry 7"):
        reader.value(job, "d", [0, 7])
    with pytest.raises(UnknownTurnError):
        reader.value(job, "d", turn=9)


def test_a_value_that_ends_or_blocks_the_process_costs_only_its_own_page(job: JobHandle, reader: ValueReader) -> None:
    """It is told why; the next question is answered."""
    with pytest.raises(ValueNotShownError, match="cannot show 'deadly': the process that loaded it has ended"):
        reader.value(job, "deadly")
    assert reader.value(job, "d")["total"] == 1
    hasty = ValueReader(seconds=1.0)
    with pytest.raises(ValueNotShownError, match="longer than 1 s"):
        hasty.value(job, "endless")
    hasty.close()


def test_questions_of_several_threads_wait_for_each_other(job: JobHandle, reader: ValueReader) -> None:
    """One process answers them all; what is loaded is not loaded again."""
    reader.value(job, "box")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(reader.value(job, "box")["total"])) for _ in range(8)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8 and time.perf_counter() - started < 5.0
