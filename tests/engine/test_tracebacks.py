"""Errors of job code are told by its own frames, with its source, without ours and without this machine's paths."""

from __future__ import annotations

import json
from typing import Any

import pytest

from statek_jupyter.engine.statements import compile_block, forget_sources
from statek_jupyter.engine.tracebacks import code_error
from statek_jupyter.executors.chat_log import CodeError


def fail(source: str, **names: Any) -> CodeError:
    """Run a block of job ``J`` and describe what it raises."""
    try:
        for statement in compile_block(source, "<J turn 1>").statements:
            eval(statement.code, names)
    except BaseException as error:
        return code_error(error, "J", statement=2)
    pytest.fail("the block did not raise")


def test_a_traceback_has_the_jobs_lines_and_no_frame_of_ours() -> None:
    """Line numbers and source are those of the block."""
    error = fail("def half(n):\n    return n / 0\n\nhalf(3)\n")
    assert (error.type_name, error.message, error.line, error.statement) == (
        "ZeroDivisionError",
        "division by zero",
        4,
        2,
    )
    assert 'File "<turn 1>", line 2, in half' in error.traceback
    assert "return n / 0" in error.traceback and "half(3)" in error.traceback
    assert "tests/engine" not in error.traceback


def test_the_library_call_it_ended_in_is_named_without_its_path() -> None:
    """The model sees which library complained, not where this machine keeps it."""
    error = fail("import json\njson.loads('{')", json=json)
    assert "json/decoder.py" in error.traceback and json.__file__ not in error.traceback


def test_causes_are_told() -> None:
    """A chain of exceptions keeps its order."""
    error = fail("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('bad') from e")
    assert (
        error.traceback.index("ZeroDivisionError")
        < error.traceback.index("direct cause")
        < error.traceback.index("bad")
    )


def test_a_syntax_error_points_at_its_line() -> None:
    """The line, the text and the place in it."""
    with pytest.raises(SyntaxError) as raised:
        compile_block("x = 1\ny = = 2\n", "<J turn 1>")
    error = code_error(raised.value, "J")
    assert (error.type_name, error.line, error.message) == ("SyntaxError", 2, "invalid syntax")
    assert "y = = 2" in error.traceback and "^" in error.traceback


def test_a_deep_recursion_is_short() -> None:
    """Both ends of the stack, not a thousand frames."""
    error = fail("def f():\n    f()\nf()")
    assert error.type_name == "RecursionError" and len(error.traceback.splitlines()) < 60


def test_an_exception_that_cannot_be_printed_is_told_anyway() -> None:
    """A hostile exception class cannot break the turn."""
    error = fail("class Bad(Exception):\n    def __str__(self):\n        raise RuntimeError('no')\nraise Bad()")
    assert error.type_name == "Bad" and "RuntimeError" in error.message


def test_a_huge_message_is_cut_in_its_middle() -> None:
    """Both ends stay, and how much is missing is said."""
    error = fail("raise ValueError('a' * 100_000 + 'z')")
    assert len(error.message) < 5_000 and error.message.endswith("z") and "characters left out" in error.message


def test_source_of_an_earlier_process_is_asked_for() -> None:
    """A function restored from the store names a block this process has not compiled."""
    block = compile_block("def f():\n    1/0\n", "<J turn 7>")
    names: dict[str, Any] = {}
    eval(block.statements[0].code, names)
    forget_sources("<J ")
    asked: list[str] = []
    with pytest.raises(ZeroDivisionError) as raised:
        names["f"]()
    code_error(raised.value, "J", load_source=asked.append)
    assert asked == ["<J turn 7>"]
