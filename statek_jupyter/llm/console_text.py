"""What a block printed, echoed, showed and failed with, as the one text a model reads."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from itertools import groupby

from statek_jupyter.executors.chat_log import ChatLogItem, CodeError, Output, Payload, ToolResult

OUTPUT_CHARACTERS = 20_000
"""Characters of one block's output a model is shown; the middle of a longer one is left out."""

HEAD_SHARE = 0.6
"""Part of the limit that goes to the beginning; the rest shows the end, where errors are."""


def console_text(item: ChatLogItem, limit: int = OUTPUT_CHARACTERS, part: int | None = None) -> str:
    """Everything the item's code gave, in order, its error last; empty when there was nothing.

    With `part`, only what that part of the item gave; the item's error belongs to part 0.
    """
    outputs = [output for output in item.outputs if part is None or output.part == part]
    text = cut_middle(_joined(_runs(outputs)), limit)
    if item.error is None or part or _is_told(item.error, outputs):
        return text
    return _joined((text, cut_middle(error_text(item.error), limit)))


def tool_text(result: ToolResult, limit: int = OUTPUT_CHARACTERS) -> str:
    """The outcome of a tool call, its error last."""
    text = cut_middle(result.text, limit)
    return text if result.error is None else _joined((text, cut_middle(error_text(result.error), limit)))


def error_text(error: CodeError) -> str:
    """The traceback through the job's own code, and what was raised."""
    traceback = error.traceback.rstrip("\n")
    said = str(error)
    if not traceback:
        where = f" (line {error.line})" if error.line else ""
        return f"{said}{where}"
    return traceback if said in traceback else f"{traceback}\n{said}"


def output_text(output: Output) -> str:
    """One output: its text, and a note for each image in it. Other rich forms are for people."""
    notes = [_image_note(mime, content) for mime, content in (output.data or {}).items() if mime.startswith("image/")]
    if notes:
        return "\n".join((*(() if _is_default_figure_text(output.text) else (output.text,)), *notes)).strip("\n") + "\n"
    if output.text or not output.data:
        return output.text
    return "".join(f"[{mime}]\n" for mime in output.data)


def cut_middle(text: str, limit: int) -> str:
    """The text, with its middle replaced by a line that says how much is missing when it is longer than the limit."""
    if len(text) <= limit:
        return text
    head, tail = int(limit * HEAD_SHARE), limit - int(limit * HEAD_SHARE)
    return f"{text[:head]}\n[… {len(text) - limit:,} of {len(text):,} characters cut here …]\n{text[-tail:]}"


def _joined(texts: Iterable[str]) -> str:
    """The texts one below the other; those that follow an unfinished line start a new one."""
    parts: list[str] = []
    for text in texts:
        if parts and text and not parts[-1].endswith("\n"):
            parts.append("\n")
        if text:
            parts.append(text)
    return "".join(parts)


def _runs(outputs: list[Output]) -> Iterable[str]:
    """Output texts, pieces of one stream joined as they are: only those may break off in the middle of a line."""
    for kind, run in groupby(outputs, key=lambda output: output.kind):
        texts = (output_text(output) for output in run)
        if kind in ("stdout", "stderr"):
            yield "".join(texts)
        else:
            yield from texts


def _is_told(error: CodeError, outputs: list[Output]) -> bool:
    return any(output.kind == "error" and str(error) in output.text for output in outputs)


def _is_default_figure_text(text: str) -> bool:
    """Whether the text is matplotlib's ``<Figure size 640x480 with 1 Axes>``, which the note says better."""
    return text.startswith("<Figure size ") and text.rstrip().endswith(">")


def _image_note(mime: str, content: str | bytes | Payload) -> str:
    size = _png_size(content.content if isinstance(content, Payload) else content) if mime == "image/png" else None
    return f"[{mime} {size[0]}×{size[1]}]" if size else f"[{mime}]"


def _png_size(content: str | bytes) -> tuple[int, int] | None:
    """Width and height from the header (PNG specification, section 11.2.1 IHDR); None when it has none."""
    try:
        header = base64.b64decode(content[:32]) if isinstance(content, str) else content[:24]
        if header[:8] != b"\x89PNG\r\n\x1a\n":
            return None
        width, height = struct.unpack(">II", header[16:24])
    except (binascii.Error, ValueError, struct.error):
        return None
    return width, height
