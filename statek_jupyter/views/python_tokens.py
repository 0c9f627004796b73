"""Splits Python source into coloured pieces without losing a character.

`labextension/src/python_tokens.ts` does the same in the browser.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>[rRbBuUfFtT]{0,2}(?:\"\"\"[\s\S]*?(?:\"\"\"|\Z)|'''[\s\S]*?(?:'''|\Z)
        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))
    |(?P<number>(?<!\w)(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?[jJ]?))
    |(?P<word>(?<![.\w])@?[^\W\d]\w*|[^\W\d]\w*)""",
    re.VERBOSE,
)
_KEYWORDS = frozenset(keyword.kwlist) | {"match"}
_BUILTINS = frozenset(name for name in dir(builtins) if name.islower() and not name.startswith("_")) | {"display"}


def python_tokens(source: str) -> Iterator[tuple[str, str]]:
    """Pairs of kind and text.

    Kinds are ``comment``, ``string``, ``number``, ``keyword``, ``name`` (a builtin), ``definition`` and ``plain``.
    """
    end = 0
    defining = False
    for match in _TOKEN.finditer(source):
        if match.start() > end:
            yield "plain", source[end : match.start()]
        end = match.end()
        kind = match.lastgroup or "plain"
        if kind == "word":
            kind = _word_kind(match, defining)
        defining = kind == "keyword" and match.group() in ("def", "class")
        yield kind, match.group()
    if end < len(source):
        yield "plain", source[end:]


def _word_kind(match: re.Match[str], defining: bool) -> str:
    word = match.group()
    if defining or word.startswith("@"):
        return "definition"
    if word in _KEYWORDS:
        return "keyword"
    attribute = match.start() > 0 and match.string[match.start() - 1] == "."
    return "name" if word in _BUILTINS and not attribute else "plain"
