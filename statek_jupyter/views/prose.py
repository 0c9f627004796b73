"""A small, safe subset of Markdown as HTML: paragraphs, headings, lists, emphasis, code. Everything else stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*([\w+-]*)[^`]*$")
_BULLET = re.compile(r"\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_INLINE = re.compile(
    r"(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)"
    r"|\*\*([^\s*](?:[^*]*[^\s*])?)\*\*"
    r"|(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])"
)
_MAX_INLINE = 3_000


def prose_html(text: str) -> str:
    """The text as HTML made of nothing but our own elements and escaped text."""
    return "".join(_blocks(text.split("\n")))


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := _FENCE.match(line):
            end = _closing(lines, at + 1, fence[1])
            yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>"
            at = end + 1
        elif heading := _HEADING.match(line):
            yield f"<p><strong>{_inline(heading[1])}</strong></p>"
            at += 1
        elif bullet := _BULLET.match(line):
            items, at = _list_items(lines, at, bullet[1] is not None)
            tag = "ol" if bullet[1] else "ul"
            yield f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"
        else:
            end = at
            while end < len(lines) and lines[end].strip() and not _starts_block(lines[end]):
                end += 1
            if end > at:
                yield f"<p>{_inline(chr(10).join(lines[at:end])).replace(chr(10), '<br>')}</p>"
            at = max(end, at + 1)


def _starts_block(line: str) -> bool:
    return bool(_FENCE.match(line) or _HEADING.match(line) or _BULLET.match(line))


def _closing(lines: list[str], start: int, mark: str) -> int:
    for at in range(start, len(lines)):
        line = lines[at].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return at
    return len(lines)


def _list_items(lines: list[str], at: int, ordered: bool) -> tuple[list[str], int]:
    items: list[str] = []
    while at < len(lines) and (bullet := _BULLET.match(lines[at])) and (bullet[1] is not None) == ordered:
        items.append(bullet[2])
        at += 1
    return items, at


def _inline(text: str) -> str:
    if len(text) > _MAX_INLINE:
        return escape(text)
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts.append(escape(text[end : match.start()]))
        tag, content = (
            ("code", match[2].strip()) if match[2] else ("strong", match[3]) if match[3] else ("em", match[4])
        )
        parts.append(f"<{tag}>{escape(content)}</{tag}>")
        end = match.end()
    return "".join([*parts, escape(text[end:])])
