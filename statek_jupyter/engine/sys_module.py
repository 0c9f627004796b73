"""`sys.stdout` and its like as a variable of each job: what one puts there is there for nobody else.

`contextlib.redirect_stdout`, ``sys.stdout = buffer`` and IPython's ``%%capture`` set an attribute of the one module
that all code of the process shares. Here the module gets a class whose attributes ask who sets or reads. In its dict,
where the interpreter's own `print` looks, lies a `CurrentStream` that asks the same.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

from statek_jupyter.engine.sink import StreamName, current_sink, redirection

STREAMS: tuple[StreamName, ...] = ("stdout", "stderr")

Original = Callable[[StreamName], Any]


class CurrentStream:
    """What C code finds as `sys.stdout`: a job's own stream, or what the job has put there; outside of jobs `given`.

    A new one is made for each value set, because `unittest.mock.patch` takes it from the module's dict and puts it
    back later.
    """

    def __init__(self, name: StreamName, given: Any, original: Original) -> None:
        self._name = name
        self.given = given
        self._original = original

    def now(self) -> Any:
        """The stream itself; None where somebody has put None."""
        sink = current_sink()
        if sink is None:
            return self.given
        return sink.redirected.get(redirection(self._name), self._original(self._name))

    def write(self, text: str) -> Any:
        stream = self.now()
        return len(text) if stream is None else stream.write(text)

    def flush(self) -> None:
        stream = self.now()
        if stream is not None:
            stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now(), name)


def route_streams(original: Original) -> None:
    """Let `sys.stdout`, `sys.__stdout__` and both of stderr belong to each job. Cheap when already done.

    Args:
        original: Gives a job's own stream by name.
    """
    variables = vars(sys)
    for name in STREAMS:
        if not isinstance(variables.get(name), CurrentStream):
            variables[name] = CurrentStream(name, variables.get(name), original)
    if not is_routed():
        attributes = {shown: _attribute(name, shown, original) for name in STREAMS for shown in (name, f"__{name}__")}
        kind = type(sys)
        sys.__class__ = type(kind.__name__, (kind,), {**attributes, _MARK: kind, "__reduce__": _by_name})


def unroute_streams() -> None:
    """Make `sys` the plain module again."""
    if is_routed():
        sys.__class__ = getattr(type(sys), _MARK)
    for name in STREAMS:
        current = vars(sys).get(name)
        if isinstance(current, CurrentStream):
            vars(sys)[name] = current.given


def is_routed() -> bool:
    """Whether `route_streams` was called, and not undone."""
    return hasattr(type(sys), _MARK)


_MARK = "_statek_routes_streams"


def _attribute(name: StreamName, shown: str, original: Original) -> property:
    def get(module: types.ModuleType) -> Any:
        sink = current_sink()
        if sink is not None:
            return sink.redirected.get(redirection(shown), original(name))
        value = vars(module)[shown]
        return value.given if isinstance(value, CurrentStream) else value

    def put(module: types.ModuleType, value: Any) -> None:
        sink = current_sink()
        if sink is None:
            routed = shown != name or isinstance(value, CurrentStream)
            vars(module)[shown] = value if routed else CurrentStream(name, value, original)
        elif isinstance(value, (CurrentStream, type(original(name)))):
            sink.redirected.pop(redirection(shown), None)
        else:
            sink.redirected[redirection(shown)] = value

    return property(get, put)


def _by_name(module: types.ModuleType) -> Any:
    """For picklers that know modules by their exact type, as cloudpickle does."""
    return importlib.import_module, (module.__name__,)
