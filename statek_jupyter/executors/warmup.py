"""Reads warmup code: splits it into blocks, takes ``#STATEK:`` annotations out, checks that it compiles."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from statek_jupyter.errors import WarmupSyntaxError
from statek_jupyter.executors.code_block import CallSpec, CodeBlock

WarmupCode = str | CodeBlock | Sequence[str | CodeBlock] | None
"""What a definition takes as warmup: one text, which separators may split, one block, a sequence of both, or None."""
WarmupBlock = str | CodeBlock

SEPARATOR = re.compile(r"[ \t]*#[ \t]*-{10,}[ \t]*")
"""A line that ends a block: ``#`` and at least ten dashes."""
_MARK = re.compile(r"\s*#\s*STATEK:")
_METADATA = re.compile(r"\s*#\s*STATEK:\s*([A-Za-z_]\w*)\s*=\s*(.+?)\s*")
_AS_TOOL = re.compile(r"(.*?)#\s*STATEK:\s*as\s+tool\s*", re.DOTALL)


def parse_warmup_code(raw: WarmupCode) -> WarmupBlock | list[WarmupBlock] | None:
    """The blocks of `raw`: None when there are none, the block itself when there is one, else a list.

    Parsing what was parsed gives the same again.

    Raises:
        WarmupSyntaxError: An annotation cannot be read, or a block does not compile.
    """
    blocks = parse_warmup_blocks(raw)
    if len(blocks) <= 1:
        return blocks[0] if blocks else None
    return list(blocks)


def parse_warmup_blocks(raw: WarmupCode) -> tuple[WarmupBlock, ...]:
    """As `parse_warmup_code`, always a tuple. Items of a sequence are not split further."""
    if raw is None:
        return ()
    if isinstance(raw, str):
        found: list[tuple[int, WarmupBlock]] = [*_split(raw)]
    else:
        found = [(1, item) for item in ([raw] if isinstance(raw, CodeBlock) else raw)]
    numbers = count(1)
    blocks = (_block(item, line, lambda: f"STATEK-{next(numbers):03}") for line, item in found)
    return tuple(block for block in blocks if block is not None)


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Blocks of a text, each with the 1-based line it begins at."""
    lines = _lines(text)
    is_comment = _comment_test(text)
    start = 0
    for index, line in enumerate(lines):
        if SEPARATOR.fullmatch(line) and is_comment(index):
            yield start + 1, "\n".join(lines[start:index])
            start = index + 1
    yield start + 1, "\n".join(lines[start:])


def _lines(text: str) -> list[str]:
    """Lines as Python counts them; ``str.splitlines`` would also cut strings at form feeds and such."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _comment_test(text: str) -> Callable[[int], bool]:
    """Whether the line of an index holds a comment: what looks like one inside a string is none.

    Every line may, in a text that is not Python throughout; compiling tells what is wrong with it.
    """
    source = "\n".join(_lines(text))
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return lambda index: True
    indexes = {token.start[0] - 1 for token in tokens if token.type == tokenize.COMMENT}
    return indexes.__contains__


def _block(item: WarmupBlock, first_line: int, new_id: Callable[[], str]) -> WarmupBlock | None:
    """One block; None when nothing is in it. `new_id` is called once for each tool call."""
    if isinstance(item, CodeBlock):
        for _ in item.tool_calls or ():
            new_id()
        check_compiles(item.code or "", first_line)
        return item if item.code or item.tool_calls or item.metadata else None
    code, calls, metadata = _annotations(item, first_line, new_id)
    blank = len(code) - len(code.lstrip("\n \t"))
    stripped = (textwrap.dedent(code) if code[blank - 1 : blank] in (" ", "\t") else code).strip()
    check_compiles(stripped, first_line + code.count("\n", 0, blank))
    if not calls and not metadata:
        return stripped or None
    return CodeBlock(stripped or None, calls, metadata)


def _annotations(text: str, first_line: int, new_id: Callable[[], str]) -> tuple[str, list[CallSpec], dict[str, Any]]:
    """The code without its annotations (their lines left blank, so that line numbers stay), the calls, the metadata."""
    is_comment = _comment_test(text)
    kept: list[str] = []
    calls: list[CallSpec] = []
    metadata: dict[str, Any] = {}
    for index, line in enumerate(_lines(text)):
        marked = "STATEK:" in line and is_comment(index)
        as_tool = _AS_TOOL.fullmatch(line) if marked else None
        if as_tool is not None:
            calls.append(_call(as_tool[1], first_line + index, new_id()))
        elif marked and _MARK.match(line):
            name, value = _metadata(line, first_line + index)
            metadata[name] = value
        else:
            kept.append(line)
            continue
        kept.append("")
    return "\n".join(kept), calls, metadata


def _metadata(line: str, number: int) -> tuple[str, Any]:
    found = _METADATA.fullmatch(line)
    if found is None:
        raise WarmupSyntaxError("an annotation reads '#STATEK: name = value'", number, line)
    try:
        value = ast.literal_eval(found[2])
    except (ValueError, SyntaxError):
        value = ...
    if value is not None and not isinstance(value, str | int | float | bool):
        raise WarmupSyntaxError("the value of an annotation is a text, number, True, False or None", number, line)
    return found[1], value


def _call(text: str, number: int, call_id: str) -> CallSpec:
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise WarmupSyntaxError(f"'as tool' needs one call before it: {error.msg}", number, text) from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise WarmupSyntaxError("'as tool' needs one call of a named tool before it", number, text)
    if any(keyword.arg is None for keyword in call.keywords):
        raise WarmupSyntaxError("'as tool' takes no ** arguments", number, text)
    args = tuple(_literal(arg, number, text) for arg in call.args)
    kwargs = {str(keyword.arg): _literal(keyword.value, number, text) for keyword in call.keywords}
    return CallSpec(call_id, call.func.id, args or None, kwargs or None)


def _literal(node: ast.expr, number: int, text: str) -> Any:
    """A literal's value; a bare name stays its text, which the tool's argument binding resolves to the variable."""
    if isinstance(node, ast.Name):
        return node.id
    try:
        return ast.literal_eval(node)
    except (ValueError, SyntaxError):
        raise WarmupSyntaxError("'as tool' takes literals and names as arguments", number, text) from None


def check_compiles(code: str, first_line: int = 1) -> None:
    """Compile `code` as a cell, top-level ``await`` allowed.

    Raises:
        WarmupSyntaxError: It does not compile; the line counts from `first_line`.
    """
    try:
        compile(code, "<warmup>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        line = first_line + (error.lineno or 1) - 1
        raise WarmupSyntaxError(error.msg, line, error.text or "") from None
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise WarmupSyntaxError(str(error) or type(error).__name__, first_line) from None
