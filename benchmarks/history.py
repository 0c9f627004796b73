"""The long life of a job: 5,000 turns that change random variables; and forking a job that holds a 200 MB array.

Goals: a turn is there in 20 ms, one variable of it included, and the 5,000th like the 50th; a fork takes 50 ms and
writes 64 KB, beside what it takes along of subtasks; the store is not larger than twice the data the turns made, plus
what any turn writes. A turn is also looked at by a process that has read nothing of the job yet. Beside them, in the
same run: what reading every item would take, and a job of turns that make no data.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from statek_jupyter.engine.run import run
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import JobHandle, Store, open_store
from tests.store.families import family

TURNS = 5_000
VARIABLES = 200
VALUE_BYTES = 4_000
LOOKED_AT = (1, 50, 2_500, 4_095, 4_999, 5_000)
ARRAY_BYTES = 200_000_000
REPEATS = 9


def reply(messages: object, turn: int = 1, **request: object) -> str:
    if turn == 1:
        return "```python\nimport random\nlatest = 1\n```"
    variable = random.Random(turn).randrange(VARIABLES)
    return f"```python\nv{variable} = [random.randbytes({VALUE_BYTES})]\nlatest = {turn}\n```"


def idle_reply(messages: object, turn: int = 1, **request: object) -> str:
    return f"```python\nv{turn % VARIABLES} = [random]\nlatest = {turn}\n```" if turn > 1 else reply(messages)


def milliseconds(act: Callable[[], object]) -> float:
    """Median of some runs."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e3


FIRST = """
import sys, time
from statek_jupyter.store import open_store
from statek_jupyter.store.history.view import JobView
store = open_store(sys.argv[1])
handle = store.job(sys.argv[2])
started = time.perf_counter()
view = handle.at(int(sys.argv[3]))
found = time.perf_counter()
view.locals["latest"]
print(found - started, time.perf_counter() - started)
"""


def first_look(folder: Path, handle: JobHandle, turn: int) -> tuple[float, float]:
    """Best of five fresh processes, in ms: the turn, the turn and a variable."""
    rows = []
    for _ in range(5):
        command = [sys.executable, "-c", FIRST, str(folder), handle.id, str(turn)]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        rows.append((float(out[0]) * 1e3, float(out[1]) * 1e3))
    return min(rows)


def look(folder: Path) -> None:
    register_model("long", FunctionModel(reply))
    definition = JobDef(Agent("long", metadata={"MODEL": "function/long"}), limits=JobLimits(max_turns=TURNS))
    with open_store(folder) as store:
        handle = run(definition, store=store)
        assert handle.turns == TURNS, handle.error
        grown(folder, written(store))
        for turn in LOOKED_AT:
            found, value = first_look(folder, handle, turn)
            again = milliseconds(lambda turn=turn: handle.at(turn).locals["latest"])
            print(
                f"at({turn:>4}): {found:5.1f} ms in a new process, {value:5.1f} ms with a variable "
                f"({value / 20:.2f} of the goal), {again:5.1f} ms again"
            )
        started = time.perf_counter()
        handle.read(lambda job: [entry.locals_changes for entry in job.chat_log])
        print(f"without marks, reading all {TURNS} items: {(time.perf_counter() - started) * 1e3:.0f} ms")
        print(f"diff(50, 5000): {milliseconds(lambda: handle.diff(50, 5_000)):.0f} ms, {VARIABLES} values loaded twice")
        fork(store, handle, f"fork of {TURNS} turns", at=TURNS - 1)


def grown(folder: Path, size: int) -> None:
    """Print the size of a store in terms of the data its job made."""
    turns = TURNS // 10
    register_model("idle", FunctionModel(idle_reply))
    definition = JobDef(Agent("idle", metadata={"MODEL": "function/idle"}), limits=JobLimits(max_turns=turns))
    with open_store(folder.with_name("idle")) as store:
        run(definition, store=store)
        constant = written(store) / turns
    data = TURNS * VALUE_BYTES
    print(
        f"{TURNS} turns made {data / 1e6:.1f} MB, their store has {size / 1e6:.1f} MB: a turn that makes none writes "
        f"{constant:.0f} bytes; without these {(size - TURNS * constant) / data / 2:.2f} of the goal"
    )


def fork(store: Store, handle: JobHandle, what: str, at: int | None = None) -> None:
    """Print time and bytes of a fork."""
    before = written(store)
    taken = milliseconds(lambda: handle.fork(at, message="go on"))
    size = (written(store) - before) / REPEATS
    print(f"{what}: {taken:.1f} ms ({taken / 50:.2f} of the goal), {size / 1e3:.1f} KB ({size / 65_536:.2f})")


def families(folder: Path) -> None:
    """Print what forks cost that take subtasks along."""
    with open_store(folder) as store:
        for wide, deep in ((0, 0), (1, 0), (10, 0), (100, 0), (1_000, 0), (0, 200)):
            fork(
                store, family(store, wide=wide, deep=deep), f"fork with {wide} subtasks beside and {deep} below another"
            )


def written(store: Store) -> int:
    """Bytes of all records and blobs of a store."""
    from statek_jupyter.store.sqlite_files import connect

    connection = connect(Path(store.where))
    (records,) = connection.execute("SELECT sum(length(state)) FROM object_state").fetchone()
    connection.close()
    return int(records) + sum(file.stat().st_size for file in (Path(store.where) / "blobs").rglob("*.blob"))


def large(folder: Path) -> None:
    code = f"import numpy\ndata = numpy.random.default_rng(1).random({ARRAY_BYTES // 8})\n" + "\n".join(
        f"v{number} = list(range({number % 40}))" for number in range(VARIABLES)
    )
    register_model("large", FunctionModel(lambda messages, **request: f"```python\n{code}\nexit()\n```"))
    with open_store(folder) as store:
        handle = run(JobDef(Agent("large", metadata={"MODEL": "function/large"})), store=store)
        assert handle.error is None, handle.error
        fork(store, handle, f"fork with {ARRAY_BYTES // 1_000_000} MB and {VARIABLES} variables")


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-") as name:
        look(Path(name) / "long")
        large(Path(name) / "large")
        families(Path(name) / "families")


if __name__ == "__main__":
    main()
