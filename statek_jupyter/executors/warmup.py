"""Reads warmup code: splits it into blocks, takes ``#STATEK:`` annotations out, checks that it compiles."""

from __future__ import annotations

import ast
import io
import re
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
        texts: list[tuple[int, WarmupBlock]] = list(_split(raw))
    elif isinstance(raw, CodeBlock):
        texts = [(1, raw)]
    else:
        texts = [(1, item) for item in raw]
    numbers = count(1)
    blocks = (_block(text, line, lambda: f"STATEK-{next(numbers):03}") for line, text in texts)
    return tuple(block for block in blocks if block is not None)


def _split(text: str) -> Iterator[tuple[int, WarmupBlock]]:
    """Blocks of a text, each with the 1-based line it begins at."""
    lines = text.splitlines(keepends=True)
    comments = _comment_lines(text)
    start = 0
    for index, line in enumerate(lines):
        is_comment = comments is None or index + 1 in comments
        if is_comment and SEPARATOR.fullmatch(line.rstrip("\r\n")):
            yield start + 1, "".join(lines[start:index])
            start = index + 1
    yield start + 1, "".join(lines[start:])


def _comment_lines(text: str) -> set[int] | None:
    """Lines holding a comment, so that dashes inside a string do not split; None when `text` is not Python throughout."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT}


def _block(item: WarmupBlock, first_line: int, new_id: Callable[[], str]) -> WarmupBlock | None:
    if isinstance(item, CodeBlock):
        for _ in item.tool_calls or ():
            new_id()
        if not (item.code or item.tool_calls or item.metadata):
            return None
        check_compiles(item.code or "", first_line)
        return item
    code, calls, metadata = _annotations(item, first_line, new_id)
    check_compiles(code, first_line)
    stripped = _strip(code)
    if not calls and not metadata:
        return stripped or None
    return CodeBlock(stripped or None, calls, metadata)


def _strip(code: str) -> str:
    """Without blank lines around; the first line keeps its place, an indented block its indentation."""
    lines = code.rstrip().splitlines()
    while lines and not lines[0].strip():
        del lines[0]
    text = "\n".join(lines)
    return text.strip() if len(lines) == 1 or not text[:1].isspace() else text


def _annotations(
    text: str, first_line: int, new_id: Callable[[], str]
) -> tuple[str, list[CallSpec], dict[str, Any]]:
    """The code without its annotations (their lines left blank), the calls, the metadata."""
    comments = _comment_lines(text)
    kept: list[str] = []
    calls: list[CallSpec] = []
    metadata: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), first_line):
        is_comment = comments is None or number - first_line + 1 in comments
        as_tool = _AS_TOOL.fullmatch(line) if is_comment else None
        if as_tool and as_tool[1].strip():
            calls.append(_call(as_tool[1], number, new_id()))
            kept.append("")
        elif is_comment and _MARK.match(line):
            name, value = _metadata(line, number)
            metadata[name] = value
            kept.append("")
        else:
            kept.append(line)
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
        compile(code, "<warmup>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        line = first_line + (error.lineno or 1) - 1
        raise WarmupSyntaxError(error.msg, line, error.text or "") from None
    except ValueError as error:
        raise WarmupSyntaxError(str(error), first_line) from None
