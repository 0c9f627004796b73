"""Text as a view may show it: terminal codes resolved, hiding and direction-changing characters visible, bounded."""

from __future__ import annotations

import re
from html import unescape

from statek_jupyter.views.schema import CutView

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-Z\\-_])")
"""Terminal escape sequences (ECMA-48): control sequences, commands and strings with their terminators."""

_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    "|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
)
"""Controls; what changes direction; what is not seen and can carry a text of its own. The joiners that scripts and
emoji need stay, and one selector after an ideograph, which some names are written with."""

_REFERENCE = re.compile(r"&#?\w{1,40};?")

REPLACEMENT = "\ufffd"
"""Stands for a character that is not shown."""


def clean(text: str) -> str:
    """The text without terminal escapes; a carriage return starts its line again, as a progress bar expects.

    Characters that change direction, hide text or cannot be encoded become `REPLACEMENT`: what a person reads is what
    is there (https://trojansource.codes).
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPE.sub("", text).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(written.rstrip("\r").rpartition("\r")[2] for written in text.split("\n"))
    return _UNSAFE.sub(REPLACEMENT, text)


def clean_html(html: str) -> str:
    """HTML source in which neither a character nor a reference to one changes direction or hides text."""
    return _REFERENCE.sub(lambda match: REPLACEMENT if _UNSAFE.search(unescape(match[0])) else match[0], clean(html))


def line(text: str, limit: int = 200) -> str:
    """The text as one cleaned line of at most `limit` characters."""
    joined = " ".join(clean(text[: 4 * limit]).split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def cut(text: str, head: int = 2_000, tail: int = 6_000) -> tuple[str, CutView | None]:
    """Clean and bound a text by leaving out its middle, at line ends where there are any near.

    Only what is kept is cleaned, so the time does not grow with the text.

    Returns:
        The text without its middle, and what was left out (None when nothing was).
    """
    if len(text) <= head + tail:
        return clean(text), None
    start = text.rfind("\n", head // 2, head) + 1 or head
    newline = text.find("\n", len(text) - tail, len(text) - tail // 2)
    stop = newline + 1 if newline >= 0 else len(text) - tail
    before = clean(text[:start])
    gap: CutView = {"at": len(before), "characters": stop - start, "lines": text.count("\n", start, stop)}
    return before + clean(text[stop:]), gap


def bounded(text: str, limit: int = 20_000) -> str:
    """A cleaned text of at most about `limit` characters that says in its own words what was left out."""
    short, gap = cut(text, limit // 2, limit // 2)
    return short if gap is None else with_gap(short, gap)


def with_gap(text: str, gap: CutView) -> str:
    """A text cut by `cut`, with a line in place of what is missing."""
    return f"{text[: gap['at']].rstrip(chr(10))}\n{gap_note(gap)}\n{text[gap['at'] :]}"


def gap_note(gap: CutView) -> str:
    """What is missing, for people."""
    missing = f"{gap['lines']:,} lines" if gap["lines"] > 1 else f"{gap['characters']:,} characters"
    return f"… {missing} not shown …"
