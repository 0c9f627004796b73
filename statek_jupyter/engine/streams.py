"""The standard streams of a process with jobs: a proxy that asks which job is writing.

`sys.stdout` and `sys.stderr` are wrapped once; a cell of the user, who is no job, writes on to the stream that was
there. Nothing is swapped while code runs, so any number of jobs and cells may write at once.
"""

from __future__ import annotations

import contextvars
import functools
import io
import logging
import sys
import threading
from typing import Any, TextIO

from statek_jupyter.engine.sink import StreamName, current_sink

_installing = threading.Lock()


class SinkStream(io.TextIOBase):
    """Stands for `sys.stdout` or `sys.stderr`: text of a job goes to its sink, all other text to the stream beneath."""

    def __init__(self, name: StreamName, beneath: TextIO) -> None:
        self._name = name
        self.beneath = beneath

    def write(self, text: str) -> int:
        sink = current_sink()
        if sink is None:
            return self.beneath.write(text)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        sink.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        if current_sink() is None and not self.beneath.closed:
            self.beneath.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return current_sink() is None and self.beneath.isatty()

    def fileno(self) -> int:
        if current_sink() is not None:
            raise io.UnsupportedOperation("the output of a job has no file descriptor")
        return self.beneath.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self.beneath, "encoding", None) or "utf-8"

    def close(self) -> None:
        """Job code that closes its stdout closes nothing of ours."""
        if current_sink() is None:
            self.beneath.close()

    def __del__(self) -> None:
        """A proxy that is thrown away leaves the stream beneath open; the inherited finalizer would close it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)


def install_output() -> None:
    """Wrap the standard streams, and let threads started by job code inherit the job's sink. Cheap when already done.

    Called before each statement as well, because test runners and IPython put other streams in place between cells.
    """
    if isinstance(sys.stdout, SinkStream) and isinstance(sys.stderr, SinkStream):
        return
    with _installing:
        if not isinstance(sys.stdout, SinkStream) and sys.stdout is not None:
            sys.stdout = SinkStream("stdout", sys.stdout)
        if not isinstance(sys.stderr, SinkStream) and sys.stderr is not None:
            _repoint_handlers(sys.stderr, wrapped := SinkStream("stderr", sys.stderr))
            sys.stderr = wrapped
        _let_threads_inherit()


def uninstall_output() -> None:
    """Put the streams back that were there before."""
    with _installing:
        if isinstance(sys.stdout, SinkStream):
            sys.stdout = sys.stdout.beneath
        if isinstance(sys.stderr, SinkStream):
            _repoint_handlers(sys.stderr, sys.stderr.beneath)
            sys.stderr = sys.stderr.beneath


def _repoint_handlers(old: TextIO | SinkStream, new: TextIO | SinkStream) -> None:
    """Log handlers made earlier hold the stream itself; without this a job's log lines land in the user's cell."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is old:
            handler.setStream(new)


def _let_threads_inherit() -> None:
    """Copy the context into threads started while a job's sink is active.

    Python does this itself only from 3.14 on and only in free-threaded builds:
    https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_THREAD_INHERIT_CONTEXT
    """
    plain_start = threading.Thread.start
    if getattr(plain_start, "inherits_sink", False):
        return

    @functools.wraps(plain_start)
    def start(self: threading.Thread) -> None:
        if current_sink() is not None:
            self.run = functools.partial(contextvars.copy_context().run, self.run)  # type: ignore[method-assign]
        plain_start(self)

    start.inherits_sink = True  # type: ignore[attr-defined]
    threading.Thread.start = start  # type: ignore[method-assign]
