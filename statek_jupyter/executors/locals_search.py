"""Finding a job's values by name or type, in stored variables and in live ones alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from statek_jupyter.errors import FutureError
from statek_jupyter.executors.future import FutureResult


def search_locals(
    variables: Mapping[str, Any],
    context: Mapping[str, Any] | None,
    var_type: type | None = None,
    var_name: str | None = None,
    ext_scan: bool = True,
) -> Iterator[Any]:
    """Values of `variables`, then those of `context` under other names when `ext_scan`. See `Job.find_locals`."""
    scanned = (context or {}) if ext_scan else {}
    if var_name is not None:
        source = variables if var_name in variables else scanned
        if var_name in source:
            yield from _of_type(_resolved(source[var_name]), var_type)
        return
    for value in _all_values(variables, scanned):
        if var_type is None:
            yield value
        elif not isinstance(value, FutureResult):
            yield from _of_type(value, var_type)
        elif (ready := _ready_value(value)) is not None:
            yield from _of_type(ready[0], var_type)


def _all_values(variables: Mapping[str, Any], context: Mapping[str, Any]) -> Iterator[Any]:
    for name in variables:
        yield variables[name]
    for name in context:
        if name not in variables:
            yield context[name]


def _resolved(value: Any) -> Any:
    return value.value if isinstance(value, FutureResult) else value


def _ready_value(future: FutureResult) -> tuple[Any] | None:
    try:
        return (future.value,)
    except FutureError:
        return None


def _of_type(value: Any, var_type: type | None) -> Iterator[Any]:
    if var_type is None or isinstance(value, var_type):
        yield value
