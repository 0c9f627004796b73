"""Reading warmup code."""

from __future__ import annotations

import ast
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.errors import WarmupSyntaxError
from statek_jupyter.executors.code_block import CallSpec, CodeBlock
from statek_jupyter.executors.warmup import parse_warmup_blocks, parse_warmup_code

LINE = "# ----------"

statements = st.sampled_from(
    [
        "x = 1",
        "print('a')",
        "def f():\n    return '\\x0c'",
        "s = '''\n# ----------\n'''",
        "# only a comment",
        "await g()",
        "#STATEK: hidden = True",
        "find(1, city=Oslo)  #STATEK: as tool",
        "t = '\u2028\x0c'",
        "",
        "   ",
    ]
)
texts = st.lists(st.lists(statements, max_size=3).map("\n".join), max_size=4).map(f"\n{LINE}\n".join)


@given(texts)
def test_parsing_twice_changes_nothing(text: str) -> None:
    """What was parsed is a warmup code itself, and reads as it is."""
    once = parse_warmup_code(text)
    assert parse_warmup_code(once) == once
    assert parse_warmup_blocks(once) == parse_warmup_blocks(text)


@given(texts)
def test_every_statement_is_kept_in_order(text: str) -> None:
    """Splitting loses and reorders nothing that Python runs, annotated tool calls aside."""
    kept = "\n".join(block if isinstance(block, str) else block.code or "" for block in parse_warmup_blocks(text))
    plain = "\n".join(line for line in text.split("\n") if "as tool" not in line)
    assert _tree(kept) == _tree(plain)


def _tree(source: str) -> str:
    return ast.dump(compile(source, "x", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))


@given(st.text(max_size=60))
def test_any_text_is_a_warmup_or_a_clear_error(text: str) -> None:
    """Nothing but WarmupSyntaxError is ever raised, with a line of the text."""
    try:
        parse_warmup_code(text)
    except WarmupSyntaxError as error:
        assert 1 <= error.line <= text.count("\n") + text.count("\r") + 2


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (f"a = 1\n{LINE}\nb = 2", ["a = 1", "b = 2"]),
        (f"a = 1\r\n{LINE}\r\nb = 2", ["a = 1", "b = 2"]),
        ("a = 1\n  #  ------------------  \nb = 2", ["a = 1", "b = 2"]),
        (f"{LINE}\na = 1\n{LINE}\n\n{LINE}\n", "a = 1"),
        ("a = 1\n# ---------\nb = 2", "a = 1\n# ---------\nb = 2"),
        (f"s = '''\n{LINE}\n'''", f"s = '''\n{LINE}\n'''"),
        ("    a = 1\n    if a:\n        b = 2", "a = 1\nif a:\n    b = 2"),
        ("", None),
        ("\n \n", None),
    ],
)
def test_separators_split_and_blank_blocks_go(text: str, blocks: object) -> None:
    """``#`` and ten dashes on a line of their own, never inside a string; nine are a comment."""
    assert parse_warmup_code(text) == blocks


def test_items_of_a_sequence_are_not_split() -> None:
    """A list says itself where blocks end."""
    assert parse_warmup_code([f"a = 1\n{LINE}\nb = 2"]) == f"a = 1\n{LINE}\nb = 2"


def test_annotations_become_metadata_and_leave_the_lines_where_they_were() -> None:
    """Tracebacks of the block still count the person's lines."""
    block = parse_warmup_code("x = 1\n#STATEK: hidden = True\n# STATEK: note = 'a b'\n1 / 0")
    assert block == CodeBlock("x = 1\n\n\n1 / 0", metadata={"hidden": True, "note": "a b"})
    assert isinstance(block, CodeBlock) and block.hidden


def test_hidden_is_exactly_true() -> None:
    """Other true values do not hide."""
    block = parse_warmup_code("#STATEK: hidden = 1\nx = 1")
    assert isinstance(block, CodeBlock) and not block.hidden


def test_calls_are_taken_out_and_numbered_over_all_blocks() -> None:
    """``as tool`` makes a tool call of literals and names; calls that have an id keep it and still count."""
    own = CodeBlock(tool_calls=[CallSpec("mine", "f")])
    first, second, third = parse_warmup_blocks(
        ["find(city, 2, near=['x'])  #STATEK: as tool\nx = 1", own, "python_cli('x')  # STATEK: as tool"]
    )
    assert first == CodeBlock("x = 1", [CallSpec("STATEK-001", "find", ("city", 2), {"near": ["x"]})])
    assert second is own
    assert isinstance(third, CodeBlock) and third.tool_calls == (CallSpec("STATEK-003", "python_cli", ("x",)),)
    assert third.get_regular_tool_calls() is None and third.code is None


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        ("x = (", 1, "was never closed"),
        (f"x = 1\n{LINE}\n\n\ny = = 2", 5, "invalid syntax"),
        ("\n\nreturn 3", 3, "'return' outside function"),
        ("x = 1\n#STATEK: hidden", 2, "reads '#STATEK: name = value'"),
        ("#STATEK: tags = ['a']", 1, "text, number, True, False or None"),
        ("#STATEK: tag = spam", 1, "text, number, True, False or None"),
        ("x = 1\nx  #STATEK: as tool", 2, "needs one call of a named tool"),
        ("f(  #STATEK: as tool", 1, "needs one call before it"),
        ("f(1 + y)  #STATEK: as tool", 1, "takes literals and names"),
        ("f(**y)  #STATEK: as tool", 1, "takes no ** arguments"),
        ("x = 1\x00", 1, "null bytes"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, fragment: str) -> None:
    """The line counts from the first line of the whole warmup."""
    with pytest.raises(WarmupSyntaxError, match=f"line {line}: ") as caught:
        parse_warmup_code(text)
    assert fragment in str(caught.value)


def test_a_comment_alone_is_a_block() -> None:
    """It runs as nothing (statek printed an error about missing code)."""
    assert parse_warmup_code("# just a note") == "# just a note"


def test_a_block_is_a_small_immutable_value() -> None:
    """It does not change, hashes like the text it equals, and pickles as its parts."""
    block = CodeBlock("x = 1", metadata={"hidden": True})
    with pytest.raises(AttributeError, match="does not change"):
        block.code = "y"
    with pytest.raises(TypeError):
        block.metadata["hidden"] = False  # type: ignore[index]
    assert pickle.loads(pickle.dumps(block)) == block
    assert CodeBlock("x = 1") == "x = 1" and hash(CodeBlock("x = 1")) == hash("x = 1")
    assert CodeBlock() == "" and hash(CodeBlock()) == hash("") and block != "x = 1"
    assert len({CodeBlock("a"), "a", CodeBlock("a")}) == 1


def test_calls_of_a_block_are_found_by_kind() -> None:
    """Code calls, tool calls and ids by identity; None where nothing matches."""
    code, call = CallSpec("1", "python", ("x",)), CallSpec("2", "find", (1,), {"near": "y"})
    block = CodeBlock(tool_calls=[code, call])
    assert (block.get_cli_tool_calls(), block.get_regular_tool_calls()) == ([code], [call])
    assert block.get_tool_calls(lambda one: one.id == "3") is None
    assert block.get_tool_call_id(call) == "2"
    assert block.get_tool_call_id(CallSpec("2", "find", (1,), {"near": "y"})) is None
    assert call.format() == "find(1, near='y')"
