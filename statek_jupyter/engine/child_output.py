"""What programs print that job code starts: it goes to the job, where the code has not said otherwise.

A program inherits file descriptors 1 and 2, which are the kernel's; they belong to all jobs at once. A job's program
gets pipes in their place, and a thread that reads each into the job's sink.
"""

from __future__ import annotations

import codecs
import functools
import inspect
import os
import subprocess
import threading
import time
from typing import Any

from statek_jupyter.engine.sink import Sink, StreamName, current_sink

DRAIN_SECONDS = 1.0
"""How long a program that has ended is waited for to be read whole: what it has started may hold its pipe open."""

_READERS = "_statek_readers"
_STREAMS: tuple[StreamName, ...] = ("stdout", "stderr")
_SIGNATURE = inspect.signature(subprocess.Popen.__init__)


def give_children_pipes(own_stream: type) -> None:
    """Let every `subprocess.Popen` of job code, also through `subprocess.run` and `asyncio`, print to its job.

    Args:
        own_stream: The class of a job's `sys.stdout`, which stands for no file: given to a program, it means the job.
    """
    plain_init: Any = subprocess.Popen.__init__
    plain_wait: Any = subprocess.Popen.wait
    if hasattr(plain_init, "prints_to_job"):
        return

    @functools.wraps(plain_init)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        sink = current_sink()
        if sink is None:
            plain_init(self, *args, **kwargs)
            return
        given = _SIGNATURE.bind(self, *args, **kwargs)
        readers: list[threading.Thread] = []
        ends: list[int] = []
        try:
            for name in _STREAMS:
                wanted = given.arguments.get(name)
                if wanted is None or isinstance(wanted, own_stream):
                    source, ends_at = os.pipe()
                    ends.append(ends_at)
                    readers.append(threading.Thread(target=_read, args=(source, sink, name), daemon=True))
                    given.arguments[name] = ends_at
            plain_init(*given.args, **given.kwargs)
            setattr(self, _READERS, readers)
            sink.children.append(self)
        finally:
            for reader in readers:
                reader.start()  # also where nothing was started: it closes its end
            for end in ends:
                os.close(end)

    @functools.wraps(plain_wait)
    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        status = plain_wait(self, *args, **kwargs)
        _drain(self)
        return status

    init.prints_to_job = True  # type: ignore[attr-defined]
    subprocess.Popen.__init__ = init  # type: ignore[method-assign]
    subprocess.Popen.wait = wait  # type: ignore[method-assign]


def drain_children(sink: Sink) -> None:
    """Read to their end the programs of a job that have ended; `asyncio` waits for them by ways of its own."""
    for child in list(sink.children):
        if child.returncode is not None:
            sink.children.remove(child)
            _drain(child)


def _drain(child: Any) -> None:
    until = time.monotonic() + DRAIN_SECONDS
    for reader in child.__dict__.pop(_READERS, ()):
        reader.join(max(0.0, until - time.monotonic()))


def _read(source: int, sink: Sink, name: StreamName) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with open(source, "rb", buffering=0) as pipe:
        while piece := pipe.read(65_536):
            sink.write(name, decoder.decode(piece))
    rest = decoder.decode(b"", final=True)
    if rest:
        sink.write(name, rest)
