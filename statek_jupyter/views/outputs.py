"""Outputs of a chat log item in their JSON form: streams joined, long texts cut, pictures as data addresses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import TypedDict

from statek_jupyter.executors.chat_log import CodeError, Output, Payload
from statek_jupyter.views.plain_text import bounded, clean, clean_html, cut, line
from statek_jupyter.views.schema import ErrorView, OutputView

PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
"""Shown through ``<img>`` only, where a browser runs no script of theirs and loads nothing; the first present wins."""
MAX_PICTURE_BYTES = 2_000_000
MAX_HTML_CHARACTERS = 200_000
MAX_OUTPUTS = 60
"""Outputs of one item that are listed; older ones are counted."""
CHUNK_CHARACTERS = 100_000
"""Text of one `OutputText`: what a browser lays out without a pause."""


class OutputText(TypedDict):
    """A stretch of one output's text."""

    text: str
    start: int
    total: int
    """Characters of the whole text."""


def joined(outputs: Iterable[Output]) -> Iterator[Output]:
    """The outputs with neighbouring pieces of one stream made one; a position here never changes once it is taken."""
    pieces: list[str] = []
    kind: str | None = None
    for output in outputs:
        if pieces and output.kind != kind:
            yield Output(kind, "".join(pieces))  # type: ignore[arg-type]
            pieces = []
        kind = output.kind
        if kind in ("stdout", "stderr"):
            pieces.append(output.text)
        else:
            yield output
    if pieces:
        yield Output(kind, "".join(pieces))  # type: ignore[arg-type]


def read_outputs(outputs: Iterable[Output], *, whole: bool = False) -> tuple[list[OutputView], int]:
    """The newest outputs, and how many older ones were left out; all of them, uncut, for `whole`."""
    everything = list(joined(outputs))
    if whole:
        return [output_view(output, whole=True) for output in everything], 0
    return [output_view(output) for output in everything[-MAX_OUTPUTS:]], max(0, len(everything) - MAX_OUTPUTS)


def output_text(output: Output, start: int = 0) -> OutputText:
    """The stretch of an output's text that begins at `start`."""
    end = start + CHUNK_CHARACTERS
    return {"text": clean(output.text[start:end]), "start": start, "total": len(output.text)}


def output_view(output: Output, *, whole: bool = False) -> OutputView:
    """One output in its JSON form."""
    text, gap = (clean(output.text), None) if whole else cut(output.text)
    view: OutputView = {"kind": output.kind, "text": text}
    if gap is not None:
        view["cut"] = gap
    if output.data:
        _add_forms(view, output)
    return view


def _add_forms(view: OutputView, output: Output) -> None:
    data = output.data or {}
    picture_type = next((name for name in PICTURE_TYPES if name in data), None)
    if picture_type is not None:
        _add_picture(view, picture_type, _content(data[picture_type]))
    elif "text/html" in data:
        html = _text(_content(data["text/html"]))
        if len(html) <= MAX_HTML_CHARACTERS:
            view["html"] = clean_html(html)
        else:
            view["omitted"] = f"HTML of {len(html):,} characters is not shown"
    elif not view["text"]:
        view["omitted"] = f"an output of type {line(', '.join(data), 100)} is not shown"


def _add_picture(view: OutputView, mime_type: str, content: bytes | str) -> None:
    # Notebook-style data holds binary types as base64 text already; SVG is text and always needs encoding.
    if isinstance(content, str) and mime_type != "image/svg+xml":
        encoded = "".join(content.split())
    else:
        encoded = b64encode(content.encode(errors="replace") if isinstance(content, str) else content).decode("ascii")
    if len(encoded) * 3 // 4 > MAX_PICTURE_BYTES:
        view["omitted"] = f"a picture of {len(encoded) * 3 // 4:,} bytes is not shown"
    elif encoded.isascii() and not set(encoded) - _BASE64:
        view["image"] = f"data:{mime_type};base64,{encoded}"
    else:
        view["omitted"] = "a damaged picture is not shown"


_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


def _content(content: str | bytes | Payload) -> bytes | str:
    return content.content if isinstance(content, Payload) else content


def _text(content: bytes | str) -> str:
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


def error_view(error: CodeError) -> ErrorView:
    """An exception of the job's code in its JSON form."""
    return {
        "type": line(error.type_name, 100),
        "message": bounded(error.message, 4_000),
        "traceback": bounded(error.traceback, 12_000),
        "line": error.line,
    }
