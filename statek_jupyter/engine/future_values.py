"""The values of futures in job code: had when they are used, once for each statement."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from types import CodeType
from typing import Any

from statek_jupyter.engine import future_syntax
from statek_jupyter.engine.acting import Acting
from statek_jupyter.engine.journal import Journal
from statek_jupyter.engine.statements import Block, Statement, compiled
from statek_jupyter.errors import FutureError
from statek_jupyter.executors.future import FutureResult, get_all_future, get_any_future, is_temporal

_COLLECTIONS = (list, tuple, set, dict)
_SCANNED = 1_000
"""Members of a collection that are looked at."""


class FutureValues:
    """What changed code calls, for one job.

    Args:
        makers: Names of the agent's tools that return futures.
    """

    def __init__(self, journal: Journal, acting: Acting, makers: Collection[str]) -> None:
        self._journal = journal
        self._acting = acting
        self._makers = frozenset(makers)
        self._place = ""
        self._had: dict[int, tuple[FutureResult, Any]] = {}

    def names(self) -> dict[str, Callable[..., Any]]:
        """As job code finds them."""
        return {
            future_syntax.USE: self.use,
            future_syntax.KEEP: self.keep,
            future_syntax.UNPACK: self.unpack,
            future_syntax.AWAIT: self.await_,
            "get_any_future": functools.partial(self._combined, get_any_future),
            "get_all_future": functools.partial(self._combined, get_all_future),
        }

    # --- before a statement runs ---------------------------------------------------------------------

    def code(self, statement: Statement, block: Block, namespace: Mapping[str, Any]) -> CodeType:
        """The statement's code; another one when it may meet futures."""
        named = _names_in(statement.code)
        found = {name: namespace.get(name) for name in named}
        makers = {name for name, value in found.items() if name in self._makers or is_temporal(value)}
        futures = {name for name, value in found.items() if _holds_future(value)}
        if not makers and not futures:
            return statement.code
        tree = future_syntax.with_futures(statement.node, makers, futures)
        return compiled(tree, block.filename, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | block.future_flags)

    # --- what changed code calls ---------------------------------------------------------------------

    def use(self, value: Any) -> Any:
        """The value itself, or that of the future it is; in lists and dicts futures are replaced by their values."""
        if isinstance(value, FutureResult):
            return self._value(value)
        if not _holds_future(value):
            return value
        if type(value) is list:
            value[:] = [self.use(part) for part in value]
            return value
        if type(value) is dict:
            value.update({key: self.use(part) for key, part in value.items()})
            return value
        return type(value)(self.use(part) for part in value)

    def keep(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose call gives the future that it makes."""
        raw: Callable[..., Any] | None = getattr(function, "raw", None)
        if raw is not None:
            return raw
        return self._made_by(function) if is_temporal(function) else function

    def unpack(self, value: Any) -> Any:
        """What is assigned to several names: the parts of a future whose number is known before its value is."""
        if not isinstance(value, FutureResult):
            return value
        try:
            return list(value)
        except FutureError:
            return self._value(value)

    async def await_(self, value: Any) -> Any:
        """What ``await`` gives: the value of a future, or that of anything that can be awaited."""
        if inspect.isawaitable(value) and not isinstance(value, FutureResult):
            value = await value
        if not isinstance(value, FutureResult):
            return value
        had = self._had_already(value)
        if had is not None:
            return had[0]

        async def act() -> Any:
            return value.value_if_ready()

        return self._remember(value, await self._acting.arun(self._call(value), act))

    # --- values --------------------------------------------------------------------------------------

    def _value(self, future: FutureResult) -> Any:
        had = self._had_already(future)
        if had is not None:
            return had[0]
        return self._remember(future, self._acting.run(self._call(future), future.value_if_ready))

    def _had_already(self, future: FutureResult) -> tuple[Any] | None:
        if self._place != self._journal.place:
            self._place, self._had = self._journal.place, {}
        found = self._had.get(id(future))
        return None if found is None else (found[1],)

    def _remember(self, future: FutureResult, value: Any) -> Any:
        self._had[id(future)] = (future, value)
        return value

    def _call(self, future: FutureResult) -> Any:
        return self._journal.new_call(f"value of {future}", "safe", (), {})

    def _combined(self, combine: Callable[..., Any], *futures: Any) -> Any:
        call = self._journal.new_call(combine.__name__, "safe", (len(futures),), {})
        return self._acting.run(call, lambda: combine(*futures))

    def _made_by(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that is no tool of the agent: its future is kept, so that it is not made again."""
        mark: Mapping[str, Any] = getattr(function, "__statek_tool__", {})

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            made = self._journal.new_call(function.__name__, mark.get("retry", "ask"), args, kwargs)
            if not inspect.iscoroutinefunction(function):
                return self._acting.run(made, lambda: function(*args, **kwargs))
            return self._acting.arun(made, lambda: function(*args, **kwargs))

        return call


def _names_in(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names_in(constant)
    return names


def _holds_future(value: Any) -> bool:
    if isinstance(value, FutureResult):
        return True
    if type(value) not in _COLLECTIONS or not value or len(value) > _SCANNED:
        return False
    parts = value.values() if type(value) is dict else value
    return any(isinstance(part, FutureResult) for part in parts)
