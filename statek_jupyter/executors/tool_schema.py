"""What a tool's signature says: JSON schema of its arguments for tool calls, and Python text for prompts."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union

ENGINE_ARGUMENTS = frozenset({"idempotency_key"})
"""Arguments the engine fills in; models are not told of them."""

_DOTTED = re.compile(r"'[^']*'|\"[^\"]*\"|(?:\w+\.)+(\w+)")
"""A name with the modules it lies in; what stands in quotes is left alone."""

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Decimal: {"type": "string", "format": "decimal"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    time: {"type": "string", "format": "time"},
    list: {"type": "array"},
    dict: {"type": "object"},
}


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """None for the builtins that do not tell theirs."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations, resolved one by one; left out where a name is known to type checkers only."""
    target: Any = getattr(function, "func", function)
    if not inspect.isroutine(target):
        target = type(target).__call__
    names = getattr(inspect.unwrap(target), "__globals__", {})
    found: dict[str, Any] = {}
    for name, written in getattr(target, "__annotations__", {}).items():
        holder = types.SimpleNamespace(__annotations__={name: written})
        try:
            found.update(typing.get_type_hints(holder, names, include_extras=True))
        except Exception:  # evaluating an annotation runs user code: anything may come
            continue
    return found


def _told(function: Callable[..., Any]) -> list[inspect.Parameter]:
    signature = _signature(function)
    return [p for p in signature.parameters.values() if p.name not in ENGINE_ARGUMENTS] if signature else []


def parameter_schema(function: Callable[..., Any]) -> dict[str, Any]:
    """JSON schema of the arguments; ``*args`` and ``**kwargs`` are left out."""
    hints = annotations_of(function)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in _told(function):
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        properties[parameter.name] = type_schema(hints.get(parameter.name, Any))
        if parameter.default is parameter.empty:
            required.append(parameter.name)
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def type_schema(annotation: Any) -> dict[str, Any]:
    """JSON schema of one annotation; ``{}`` (anything) where there is no more to say."""
    if _hashable(annotation) and annotation in _SCALARS:
        return dict(_SCALARS[annotation])
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_schema(args[0])
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [type_schema(arg) for arg in args]}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return {"enum": [member.name for member in annotation]}
    if isinstance(origin, type):
        return _collection_schema(origin, args)
    return {}


def _collection_schema(origin: type, args: tuple[Any, ...]) -> dict[str, Any]:
    if issubclass(origin, Mapping):
        return {"type": "object", **({"additionalProperties": type_schema(args[1])} if len(args) == 2 else {})}
    if issubclass(origin, tuple) and not (len(args) == 2 and args[1] is ...):
        return {"type": "array", "prefixItems": [type_schema(arg) for arg in args]}
    if issubclass(origin, Sequence | Set):
        return {"type": "array", **({"items": type_schema(args[0])} if args else {})}
    return {}


def _hashable(annotation: Any) -> bool:
    try:
        hash(annotation)
    except TypeError:
        return False
    return True


def signature_text(function: Callable[..., Any]) -> str:
    """``(a: int, b: str = 'x') -> str``; ``(...)`` for builtins that do not tell theirs."""
    signature = _signature(function)
    if signature is None:
        return "(...)"
    parameters = [_as_written(parameter) for parameter in _told(function)]
    returns = signature.return_annotation
    returned = "" if returns is signature.empty else f" -> {annotation_text(returns)}"
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty)) + returned


class _Text:
    """Prints as its text inside a signature."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _as_written(parameter: inspect.Parameter) -> inspect.Parameter:
    """With annotations as text, and long or address-bearing defaults as ``...``."""
    default = parameter.default
    if default is not parameter.empty:
        shown = repr(default.name if isinstance(default, Enum) else default)
        default = _Text("..." if len(shown) > 60 or " at 0x" in shown else shown)
    annotation = parameter.annotation
    if annotation is not parameter.empty:
        annotation = _Text(annotation_text(annotation))
    return parameter.replace(default=default, annotation=annotation)


def annotation_text(annotation: Any) -> str:
    """An annotation as a person writes it: ``list[int]``, ``str | None``."""
    if isinstance(annotation, str):
        return annotation
    if annotation is None or annotation is type(None):
        return "None"
    text = inspect.formatannotation(annotation)
    return _DOTTED.sub(lambda found: found[0] if found[1] is None else found[1], text)
