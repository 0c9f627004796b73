"""Source text to top-level statements, each compiled on its own with top-level ``await``."""

from __future__ import annotations
import __future__

import ast
import linecache
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

SHAREABLE_CALLS = frozenset(
    "abs all any bool bytes callable chr dict divmod enumerate filter float format frozenset hash hex id int "
    "isinstance issubclass len list map max min oct ord pow print range repr reversed round set slice sorted str sum "
    "tuple type zip".split()
)
"""Builtins whose call leaves nothing behind outside the job, so that running the statement again after a crash is not
seen. They still may call methods of the job's objects; what those do beyond the job is theirs."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement of a block."""

    index: int
    """Its position in the block, from 0; what ``next_instr_num`` counts."""
    code: CodeType
    node: ast.stmt
    source: str
    line: int
    """1-based line of its first line in the block."""
    echoes: bool
    """Whether its value is shown: it is an expression, and no semicolon follows, as in a notebook."""
    called: frozenset[str] | None
    """Bare names it calls when those are all it calls; None when it calls anything else, loops, awaits or deletes."""

    def shareable(self, namespace: Mapping[str, Any]) -> bool:
        """Whether it may share the next statement's commit: it calls nothing that could act outside the job."""
        if self.called is None:
            return False
        return all(name in SHAREABLE_CALLS and namespace.get(name) is None for name in self.called)


@dataclass(frozen=True, slots=True)
class Block:
    """A compiled block of code."""

    filename: str
    source: str
    statements: tuple[Statement, ...]
    future_flags: int
    """Compiler flags of its ``from __future__ import`` lines."""

    def joined_code(self, first: int, last: int) -> CodeType:
        """One code object naming what statements `first` to `last` (inclusive) name; for analysis, not for running."""
        if first == last:
            return self.statements[first].code
        nodes = ast.Module([statement.node for statement in self.statements[first : last + 1]], [])
        return compiled(nodes, self.filename, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self.future_flags)


def compile_block(source: str, filename: str) -> Block:
    """Compile `source` as a whole, then statement by statement.

    The whole is compiled first, so that a block with an error anywhere runs nothing. The source is registered with
    `linecache`, which is where tracebacks and `inspect.getsource` look.

    Raises:
        SyntaxError: With line numbers of `source`. Null bytes and text that cannot be encoded raise it as well.
    """
    try:
        tree = parse(source, filename)
        compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        if error.text and error.text.lstrip().startswith(("%", "!")):
            error.msg += " (this is Python, not a notebook cell: no % magics and no ! commands)"
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"cannot be compiled: {error}") from error
    register_source(filename, source)
    flags = _future_flags(tree)
    lines = source.encode().splitlines(keepends=True)  # of bytes, because columns count bytes
    statements = tuple(_statement(index, node, lines, filename, flags) for index, node in enumerate(tree.body))
    return Block(filename, source, statements, flags)


def parse(source: str, filename: str = "<text>") -> ast.Module:
    """`ast.parse`, tried again when it fails by a fault of Python.

    In Python 3.11 parsing on several threads at once can raise "AST constructor recursion depth mismatch":
    https://github.com/python/cpython/issues/106905
    """
    try:
        return ast.parse(source, filename)
    except SystemError:
        return ast.parse(source, filename)


def register_source(filename: str, source: str) -> None:
    """Let `linecache` know the text of `filename`; without a time stamp, so that it is never checked against a disk."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)


def forget_sources(prefix: str) -> None:
    """Drop the sources registered under names that start with `prefix`."""
    for filename in [name for name in list(linecache.cache) if name.startswith(prefix)]:
        linecache.cache.pop(filename, None)


def _future_flags(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags


def _statement(index: int, node: ast.stmt, lines: list[bytes], filename: str, future_flags: int) -> Statement:
    echoes = isinstance(node, ast.Expr) and not _followed_by_semicolon(lines, node)
    tree = ast.Expression(node.value) if isinstance(node, ast.Expr) else ast.Module([node], [])
    code = compiled(tree, filename, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | future_flags)
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    return Statement(index, code, node, _segment(lines, node, first), first, echoes, _bare_calls(node))


def _followed_by_semicolon(lines: list[bytes], node: ast.stmt) -> bool:
    rest = lines[(node.end_lineno or 1) - 1][node.end_col_offset :]
    return rest.lstrip(b" \t").startswith(b";")


def compiled(tree: ast.Module | ast.Expression, filename: str, flags: int) -> CodeType:
    """The code of a statement or an expression."""
    mode = "eval" if isinstance(tree, ast.Expression) else "exec"
    code: CodeType = compile(tree, filename, mode, flags, dont_inherit=True)
    return code


def _segment(lines: list[bytes], node: ast.stmt, first: int) -> str:
    """The text of a statement, from line `first`. (`ast.get_source_segment` splits the whole text for each one.)"""
    last, end = node.end_lineno or first, node.end_col_offset
    if first == last:
        return lines[first - 1][node.col_offset : end].decode()
    return b"".join([lines[first - 1][node.col_offset :], *lines[first : last - 1], lines[last - 1][:end]]).decode()


def _bare_calls(node: ast.stmt) -> frozenset[str] | None:
    names: set[str] = set()
    for part in _run_now(node):
        if isinstance(part, ast.Call):
            if not isinstance(part.func, ast.Name):
                return None
            names.add(part.func.id)
        elif isinstance(part, _MAY_ACT):
            return None
    return frozenset(names)


_MAY_ACT = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.With, ast.Delete, ast.Raise, ast.Try, ast.While, ast.For)


def _run_now(node: ast.AST) -> list[ast.AST]:
    """The parts of `node` that run when it does: bodies of functions and lambdas do not, decorators and defaults do."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        called_decorators = [ast.Call(d, [], []) for d in node.decorator_list]
        parts: list[ast.AST] = [*called_decorators, *node.decorator_list, node.args]
    elif isinstance(node, ast.Lambda):
        parts = [node.args]
    else:
        parts = list(ast.iter_child_nodes(node))
    return [node, *(found for part in parts for found in _run_now(part))]
