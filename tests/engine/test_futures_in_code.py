"""Futures in job code: kept where they are assigned, had where they are used."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from statek_jupyter.engine.future_syntax import with_futures
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.future import FutureResult, temporal
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.executors.tool import tool
from statek_jupyter.store import Store
from tests.engine.scripted import define
from tests.waiting import eventually

READY: dict[Any, Any] = {}
MADE: list[Any] = []


def _value(future: FutureResult) -> Any:
    return READY[future.deps]


def _pair(future: FutureResult) -> tuple[int, int]:
    return READY[future.deps], READY[future.deps] + 1


def _is_ready(future: FutureResult) -> bool:
    return future.deps in READY


@tool
@temporal(complement=_value, condition=_is_ready)
def start(what: Any) -> FutureResult:
    """Begin something."""
    MADE.append(what)
    return FutureResult(what)


@tool
@temporal(complement=_value, condition=_is_ready)
async def astart(what: Any) -> FutureResult:
    """Begin something, asynchronously."""
    MADE.append(what)
    return FutureResult(what)


@tool
@temporal(complement=_pair, condition=_is_ready)
def start_pair(what: Any) -> FutureResult:
    """Begin something that gives two values."""
    MADE.append(what)
    return FutureResult(what)


@temporal(complement=_value, condition=_is_ready)
def outside(what: Any) -> FutureResult:
    """A temporal function that is no tool."""
    MADE.append(what)
    return FutureResult(what)


CASES = {
    "assigned and printed": ("x = start(1)\ny = x\nz = y + 1", {"z": 11}, [1]),
    "two at once": ("a = start(1)\nb = start(2)\nc = a + b", {"c": 30}, [1, 2]),
    "a list of them": ("fs = [start(n) for n in (1, 2, 3)]\nt = sum(fs)", {"fs": [10, 20, 30], "t": 60}, [1, 2, 3]),
    "a dict of them": (
        "d = {n: start(n) for n in (1, 2)}\nd[3] = start(3)\nt = sum(d.values())",
        {"d": {1: 10, 2: 20, 3: 30}, "t": 60},
        [1, 2, 3],
    ),
    "printed at once": ("t = str(start(1)); u = f'{start(2)}'", {"t": "10", "u": "20"}, [1, 2]),
    "an attribute": ("t = start(1).real + start(2).numerator", {"t": 30}, [1, 2]),
    "awaited": ("x = start(1)\nt = await x + await start(2) + await astart(3)", {"t": 60}, [1, 2, 3]),
    "async without await": ("x = astart(1)\nt = x + astart(2)", {"t": 30}, [1, 2]),
    "all of them": ("a = start(1)\nt = get_all_future(a, start(2), 7)", {"t": (10, 20, 7)}, [1, 2]),
    "all of a list": ("t = get_all_future(*[start(n) for n in (1, 2)])", {"t": (10, 20)}, [1, 2]),
    "any of them": ("a = start('never')\nt = get_any_future(a, start(1))", {"t": 10}, ["never", 1]),
    "in a function": (
        "def f(n):\n    a = start(n)\n    b = start(n + 1)\n    return a + b\nt = [f(1), f(3)]",
        {"t": [30, 70]},
        [1, 2, 3, 4],
    ),
    "in a generator": ("t = sum(start(n) for n in (1, 2))", {"t": 30}, [1, 2]),
    "in a lambda": ("t = list(map(lambda n: start(n) + 1, (1, 2)))", {"t": [11, 21]}, [1, 2]),
    "unpacked": ("a, b = start_pair(1)\nt = b * a", {"t": 110}, [1]),
    "added to": ("x = start(1)\nx += start(2)\nx += 1", {"x": 31}, [1, 2]),
    "looped over": ("fs = [start(1), start(2)]\nt = []\nfor f in fs:\n    t.append(f)", {"t": [10, 20]}, [1, 2]),
    "a condition": ("a = start(1)\nb = start(2)\nt = 'big' if a > 5 else b", {"t": "big"}, [1, 2]),
    "a walrus": ("t = [(x := start(n)) + x for n in (1, 2)]", {"t": [20, 40]}, [1, 2]),
    "no tool": (
        "from tests.engine.test_futures_in_code import outside\nx = outside(1)\nt = x + outside(2)",
        {"t": 30},
        [1, 2],
    ),
}


@pytest.mark.parametrize("late", [False, True], ids=["ready", "late"])
@pytest.mark.parametrize("name", list(CASES))
def test_a_future_gives_what_it_would_give_at_once(store: Store, worker: Worker, name: str, late: bool) -> None:
    """The result does not depend on when futures are ready; each thing is begun once."""
    code, wanted, made = CASES[name]
    READY.clear()
    MADE.clear()
    if not late:
        READY.update({n: n * 10 for n in range(1, 6)})
    tools = [start, astart, start_pair]
    handle = store.submit(define([f"```python\n{code}\n```", "Done."], tools=tools))
    for number in range(1, 6) if late else ():
        eventually(lambda: handle.status in (JobStatus.SUSPENDED, JobStatus.DONE))
        READY[number] = number * 10
        handle.resume()
    assert handle.wait(30).result == "Done.", handle.chat_log[0].error  # type: ignore[union-attr]
    assert handle.chat_log[0].error is None  # type: ignore[union-attr]
    assert {key: handle.locals[key] for key in wanted} == wanted
    assert made == MADE


def test_keeping_a_future_does_not_wait(store: Store, worker: Worker) -> None:
    """The job goes on until something uses it."""
    READY.clear()
    MADE.clear()
    code = "```python\nx = start(1)\nd = [start(2)]\nn = 5\nn + x\n```"
    handle = store.submit(define([code, "Done."], tools=[start]))
    eventually(lambda: handle.status is JobStatus.SUSPENDED)
    assert MADE == [1, 2] and handle.locals["n"] == 5 and handle.awaiting == "start"


def test_plain_code_is_left_alone() -> None:
    """Only uses of futures are marked."""
    tree = with_futures(ast.parse("y = a + start(x) + b[x]").body[0], {"start"}, {"x"})
    assert ast.unparse(tree) == (
        "y = a + __statek_use__(__statek_keep__(start)(__statek_use__(x))) + b[__statek_use__(x)]"
    )


def _kind_is_ready(future: FutureResult) -> bool:
    return type(future.deps).__name__ in READY


def _kind(future: FutureResult) -> str:
    return type(future.deps).__name__


@tool
@temporal(complement=_kind, condition=_kind_is_ready)
def kind_of(what: str, handle: Any) -> FutureResult:
    """A future that depends on a handle, on a function, or on what cannot be stored."""
    return FutureResult({"handle": handle, "function": lambda: 1, "generator": (n for n in ())}[what])


@pytest.mark.parametrize("what, kind", [("handle", "JobHandle"), ("function", "function")])
def test_a_future_may_depend_on_anything_that_can_be_stored(store: Store, worker: Worker, what: str, kind: str) -> None:
    """Its condition is asked in the worker, which has a copy of it."""
    READY.clear()
    other = store.submit(define(["Done."])).wait(30)
    code = f"```python\nt = kind_of('{what}', other) + '!'\n```"
    handle = store.submit(define([code, "Done."], tools=[kind_of]), locals={"other": other})
    eventually(lambda: handle.status is JobStatus.SUSPENDED)
    READY[kind] = True
    assert handle.wait(30).locals["t"] == f"{kind}!"


def test_a_future_that_cannot_be_stored_fails_its_statement(store: Store, worker: Worker) -> None:
    """The job could not wait for it; its model is told why."""
    READY.clear()
    code = "```python\nt = kind_of('generator', None) + '!'\n```"
    handle = store.submit(define([code, "Seen."], tools=[kind_of]))
    assert handle.wait(30).result == "Seen."
    error = handle.chat_log[0].error  # type: ignore[union-attr]
    assert error is not None and error.type_name == "NotDurableError" and "generator" in error.message
