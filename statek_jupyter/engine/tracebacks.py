"""Exceptions of job code as the model and the person see them: the job's own frames, with their source lines."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from types import TracebackType

from statek_jupyter.errors import CodeInterrupted
from statek_jupyter.executors.chat_log import CodeError
from statek_jupyter.redaction import without_secrets

MESSAGE_LIMIT = 4_000
FRAME_LIMIT = 12
"""Frames shown of one exception; a recursion shows both its ends."""


def block_filename(job_id: str, place: str) -> str:
    """The name a block is compiled under, for example ``<01HX… turn 3>``; unique in the process."""
    return f"<{job_id} {place}>"


def code_error(
    error: BaseException, job_id: str, *, statement: int = -1, load_source: Callable[[str], None] | None = None
) -> CodeError:
    """Describe an exception raised by the job's code.

    Args:
        error: The exception, with its traceback.
        job_id: Whose frames are the job's own.
        statement: Index of the top-level statement that raised.
        load_source: Called with the filename of each of the job's frames, to make its source known to `linecache`;
            code of an earlier process is not known there.
    """
    prefix = f"<{job_id} "
    for name in _own_filenames(error.__traceback__, prefix):
        if load_source is not None:
            load_source(name)
    return CodeError(
        type_name=type(error).__name__,
        message=_cut(without_secrets(_message(error))),
        traceback=without_secrets(_format(error, prefix)),
        line=_line(error, prefix),
        statement=statement,
    )


def _message(error: BaseException) -> str:
    try:
        if isinstance(error, KeyError) and error.args and type(error).__str__ is KeyError.__str__:
            return repr(error.args[0])
        return error.msg if isinstance(error, SyntaxError) and error.msg else str(error)
    except CodeInterrupted:
        raise
    except BaseException as failure:
        return f"<its message failed: {type(failure).__name__}>"


def _cut(text: str) -> str:
    if len(text) <= MESSAGE_LIMIT:
        return text
    half = MESSAGE_LIMIT // 2
    return f"{text[:half]} … {len(text) - MESSAGE_LIMIT:,} characters left out … {text[-half:]}"


def _own_filenames(trace: TracebackType | None, prefix: str) -> set[str]:
    names = set()
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(prefix):
            names.add(name)
        trace = trace.tb_next
    return names


def _line(error: BaseException, prefix: str) -> int | None:
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(prefix):
        return error.lineno
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(prefix):
            line = trace.tb_lineno if line is None else line
        trace = trace.tb_next
    return line


def _format(error: BaseException, prefix: str) -> str:
    try:
        described = traceback.TracebackException.from_exception(error, compact=True)
    except CodeInterrupted:
        raise
    except BaseException:  # an exception class whose own attributes raise; its type and message are told anyway
        return ""
    _keep_own_frames(described, prefix, set())
    text = "".join(described.format())
    return text.replace(prefix, "<").rstrip("\n")


def _keep_own_frames(described: traceback.TracebackException, prefix: str, seen: set[int]) -> None:
    """Cut each stack of the chain to the job's frames; the library call they ended in stays, as its last line."""
    if id(described) in seen:
        return
    seen.add(id(described))
    own = [frame for frame in described.stack if frame.filename.startswith(prefix)]
    if len(own) > FRAME_LIMIT:
        own = [*own[: FRAME_LIMIT // 2], *own[-FRAME_LIMIT // 2 :]]
    if own and described.stack and described.stack[-1] is not own[-1]:
        own.append(_without_path(described.stack[-1]))
    described.stack = traceback.StackSummary.from_list(own)
    for linked in (described.__cause__, described.__context__):
        if linked is not None:
            _keep_own_frames(linked, prefix, seen)


def _without_path(frame: traceback.FrameSummary) -> traceback.FrameSummary:
    """A library frame named by its package, not by where this machine keeps it."""
    parts = frame.filename.replace("\\", "/").split("/")
    package = parts.index("site-packages") + 1 if "site-packages" in parts else max(len(parts) - 2, 0)
    return traceback.FrameSummary("/".join(parts[package:]), frame.lineno, frame.name, line=frame.line)
