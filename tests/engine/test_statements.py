"""Blocks become statements that run one by one, with real line numbers."""

from __future__ import annotations

import ast
import inspect
import linecache
from typing import Any

import pytest

from statek_jupyter.engine.statements import compile_block, forget_sources


def test_each_top_level_statement_is_one_statement_with_its_line() -> None:
    """Line numbers are those of the block, decorators included."""
    block = compile_block("x = 1\n\n@staticmethod\ndef f():\n    return x\nx + 1\n", "<t lines>")
    assert [(s.index, s.line, s.echoes) for s in block.statements] == [
        (0, 1, False),
        (1, 3, False),
        (2, 6, True),
    ]


def test_a_block_with_an_error_anywhere_compiles_to_nothing() -> None:
    """`return` at top level is found although each statement alone parses."""
    with pytest.raises(SyntaxError, match="return"):
        compile_block("x = 1\nreturn x", "<t error>")


@pytest.mark.parametrize("source", ["x = '\x00'", "(" * 3000 + ")" * 3000])
def test_text_python_cannot_compile_is_a_syntax_error(source: str) -> None:
    """Null bytes and too deep nesting are told as the model's mistake, not as ours."""
    with pytest.raises(SyntaxError):
        compile_block(source, "<t odd>")


def test_future_imports_hold_for_the_rest_of_the_block() -> None:
    """Annotations stay text after the future import, although each statement is compiled alone."""
    namespace: dict[str, Any] = {}
    for statement in compile_block("from __future__ import annotations\ndef f(a: Missing): pass", "<t f>").statements:
        eval(statement.code, namespace)
    assert namespace["f"].__annotations__ == {"a": "Missing"}


def test_the_source_of_a_block_is_known_to_inspect_until_it_is_forgotten() -> None:
    """`inspect.getsource` works on functions of a block."""
    namespace: dict[str, Any] = {}
    eval(compile_block("def f():\n    return 41 + 1\n", "<job1 turn 1>").statements[0].code, namespace)
    assert inspect.getsource(namespace["f"]) == "def f():\n    return 41 + 1\n"
    forget_sources("<job1 ")
    assert "<job1 turn 1>" not in linecache.cache


@pytest.mark.parametrize(
    ("source", "shareable"),
    [
        ("x = 1", True),
        ("x = [n * 2 for n in range(10)]", True),
        ("print('hello', len('x'))", True),
        ("import math", True),
        ("def f():\n    send()", True),
        ("class A:\n    def m(self):\n        send()", True),
        ("send()", False),
        ("x = f(1)", False),
        ("numbers.append(1)", False),
        ("await done", False),
        ("with door:\n    pass", False),
        ("del x", False),
        ("class A:\n    x = send()", False),
        ("@register\ndef f(): pass", False),
        ("def f(a=send()): pass", False),
        ("lambda: send()", True),
        ("open('x')", False),
        ("while True:\n    pass", False),
        ("for n in range(3):\n    send(n)", False),
    ],
)
def test_only_statements_that_call_nothing_of_consequence_share_a_commit(source: str, shareable: bool) -> None:
    """What could act outside the job is committed before the next statement starts."""
    (statement,) = compile_block(source, "<t share>").statements
    assert statement.shareable({}) is shareable


def test_a_builtin_rebound_by_the_job_is_no_builtin() -> None:
    """A job that defines its own `print` may do anything in it."""
    (statement,) = compile_block("print('x')", "<t own>").statements
    assert not statement.shareable({"print": lambda text: None})


def test_joined_code_names_what_its_statements_name() -> None:
    """Several statements that share a commit are examined as one."""
    block = compile_block("a = 1\nb = a\nc = b", "<t joined>")
    assert set(block.joined_code(0, 1).co_names) == {"a", "b"}


@pytest.mark.parametrize(
    "source", ["a = 1; é = 'ü'; b = 2", "@f\nclass A:\n    x = 1\n", "s = '''é\n\x0cü'''; t = 1\n"]
)
def test_the_texts_of_statements_are_cut_at_their_columns(source: str) -> None:
    """Also behind letters of several bytes, on shared lines, and with decorators."""
    block = compile_block(source, "<t text>")
    assert [ast.dump(ast.parse(one.source).body[0]) for one in block.statements] == [
        ast.dump(one) for one in ast.parse(source).body
    ]


def test_a_semicolon_keeps_a_value_from_being_shown() -> None:
    """As in a notebook; also behind blanks, and between statements of one line."""
    block = compile_block("a\na;\na ; \na; b\n", "<t semicolon>")
    assert [one.echoes for one in block.statements] == [True, False, False, False, True]


@pytest.mark.parametrize("source", ["%timeit x", "x = 1\n!pip install y"])
def test_a_magic_is_told_from_other_mistakes(source: str) -> None:
    """Models that know notebooks write them."""
    with pytest.raises(SyntaxError, match="no % magics"):
        compile_block(source, "<t magic>")
