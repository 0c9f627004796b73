"""Functions, closures and code objects of a job, to and from stored form."""

from __future__ import annotations

import ast
import sys
import types
from typing import Any

from statek_jupyter.store.locals import forms

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Code objects belong to one minor version of Python."""


def reduce_function(function: types.FunctionType) -> tuple[Any, ...]:
    """A function of the workspace: it refers to the workspace and carries none of its variables."""
    state = (
        function.__defaults__,
        function.__kwdefaults__,
        {"".join(key): value for key, value in function.__dict__.items()},
        function.__annotations__,
        function.__doc__,
        "".join(function.__qualname__),
        function.__module__,
    )
    made = (function.__code__, "".join(function.__name__), function.__closure__)
    return forms.make_function, made, state, None, None, forms.set_function


def set_function(function: types.FunctionType, state: tuple[Any, ...]) -> None:
    """Give a function the state `reduce_function` took."""
    (
        function.__defaults__,
        function.__kwdefaults__,
        attributes,
        function.__annotations__,
        function.__doc__,
        function.__qualname__,
        function.__module__,
    ) = state
    function.__dict__.update(attributes)


def reduce_cell(cell: types.CellType) -> tuple[Any, ...]:
    """A closure cell, by itself: functions that share it go on sharing it."""
    try:
        contents: tuple[Any, ...] = (cell.cell_contents,)
    except ValueError:
        contents = ()
    return forms.make_cell, (), contents or None, None, None, forms.set_cell


def set_cell(cell: types.CellType, contents: tuple[Any, ...]) -> None:
    """Fill a cell."""
    (cell.cell_contents,) = contents


def reduce_code(code: types.CodeType, source: str | None) -> tuple[Any, ...]:
    """A code object, with the statement it was compiled from for other versions of Python."""
    # Copies of the names: tuples and strings that happen to be one object here would change the stored bytes.
    fields = (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_nlocals,
        code.co_stacksize,
        code.co_flags,
        code.co_code,
        code.co_consts,
        tuple(list(code.co_names)),
        tuple(list(code.co_varnames)),
        code.co_filename,
        "".join(code.co_name),
        "".join(code.co_qualname),
        code.co_firstlineno,
        code.co_linetable,
        code.co_exceptiontable,
        tuple(list(code.co_freevars)),
        tuple(list(code.co_cellvars)),
    )
    return forms.make_code, (PYTHON, fields, source)


def make_code(python: str, fields: tuple[Any, ...], source: str | None) -> types.CodeType:
    """The code object again; from its source when another version of Python wrote it.

    Raises:
        ValueError: Another version wrote it and the source is not known.
    """
    if python == PYTHON:
        return types.CodeType(*fields)
    qualname, line = fields[12], fields[13]
    for code in _all_code(_compiled(source, fields[10])) if source else ():
        if code.co_qualname == qualname and code.co_firstlineno == line:
            return code
    raise ValueError(f"{qualname} was compiled by Python {python} and its source is not known")


def _compiled(source: str, filename: str) -> types.CodeType:
    code: types.CodeType = compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def _all_code(code: types.CodeType) -> list[types.CodeType]:
    found = [code]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += _all_code(constant)
    return found
