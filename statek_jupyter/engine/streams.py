"""The standard streams of a process with jobs: a proxy that asks which job is writing.

`sys.stdout` and `sys.stderr` are wrapped once; a cell of the user, who is no job, writes on to the stream that was
there. Nothing is swapped while code runs, so any number of jobs and cells may write at once; see also `sys_module`.
"""

from __future__ import annotations

import contextvars
import functools
import io
import logging
import sys
import threading
from typing import Any, TextIO

from statek_jupyter.engine.child_output import give_children_pipes
from statek_jupyter.engine.sink import StreamName, current_sink
from statek_jupyter.engine.sys_module import STREAMS, is_routed, route_streams, unroute_streams
from statek_jupyter.store.locals.recipes import keep_by

_installing = threading.Lock()


class SinkStream(io.TextIOBase):
    """Stands for `sys.stdout` or `sys.stderr`: text of a job goes to its sink, all other text to the stream beneath."""

    def __init__(self, name: StreamName, beneath: TextIO) -> None:
        self.stream_name = name
        self.beneath = beneath

    def write(self, text: str) -> int:
        sink = current_sink()
        if sink is None:
            return self.beneath.write(text)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        sink.write(self.stream_name, text)
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
    if is_routed() and isinstance(sys.stdout, SinkStream) and isinstance(sys.stderr, SinkStream):
        return
    with _installing:
        for name in STREAMS:
            stream = getattr(sys, name)
            known = _job_streams.get(name)
            if not isinstance(stream, SinkStream):
                wrapped = SinkStream(name, io.StringIO() if stream is None else stream)
                _repoint_handlers(stream, wrapped)
                if not is_routed() and stream is not None:
                    setattr(sys, name, wrapped)
                if not is_routed() or known is None or known.beneath.closed:
                    _job_streams[name] = wrapped
        route_streams(_job_streams.__getitem__)
        _let_threads_inherit()
        give_children_pipes(SinkStream)


def uninstall_output() -> None:
    """Put the streams back that were there before."""
    with _installing:
        unroute_streams()
        for name in STREAMS:
            stream = getattr(sys, name)
            if isinstance(stream, SinkStream):
                setattr(sys, name, stream.beneath)
                _repoint_handlers(stream, stream.beneath)


_job_streams: dict[StreamName, SinkStream] = {}


def job_stream(name: StreamName) -> SinkStream:
    """The stream of whichever job is writing; how a variable that holds it is stored."""
    if name not in _job_streams:
        install_output()
    return _job_streams[name]


keep_by(SinkStream, lambda stream: (job_stream, (stream.stream_name,)))


def _repoint_handlers(old: TextIO | SinkStream | None, new: TextIO | SinkStream) -> None:
    """Log handlers made earlier hold the stream itself; without this a job's log lines land in the user's cell."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is old and old is not None:
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
