"""The source behind a code object: kept with it, so that another version of Python can compile it again."""

from __future__ import annotations

import ast
import linecache
import types
from functools import lru_cache


def statement_around(code: types.CodeType) -> str | None:
    """The top-level statement a code object was compiled in, below as many empty lines as stood above it; or None.

    Compiled again it has the same line numbers. The text comes from `linecache`, where the engine puts every block.
    """
    line = code.co_firstlineno
    for first, last, text in _statements("".join(linecache.getlines(code.co_filename))):
        if first <= line <= last:
            return text
    return None


@lru_cache(maxsize=64)
def _statements(source: str) -> list[tuple[int, int, str]]:
    """(first line, last line, text) of the top-level statements; one text object each, so that it is stored once."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return []
    lines = source.splitlines(keepends=True)
    found = []
    for node in body:
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or first
        found.append((first, last, "\n" * (first - 1) + "".join(lines[first - 1 : last])))
    return found
