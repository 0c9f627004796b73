"""Where the output of a job's code is collected, found through a context variable, so that jobs never mix."""

from __future__ import annotations

import contextvars
import json
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal

from statek_jupyter.engine.job_room import JobRoom
from statek_jupyter.executors.chat_log import Output, OutputKind, Payload
from statek_jupyter.redaction import without_secrets

StreamName = Literal["stdout", "stderr"]

STREAM_LIMIT = 1_000_000
"""Characters a single statement may print before the middle is left out."""

ROOM_FLOOR = 20_000
"""Characters every statement may print, however much those before it in its block have; a model is shown as many."""

DATA_LIMIT = 10_000_000
"""Bytes of one form of one display; a larger one is left out."""

DATA_SHARE = 10
"""Bytes of display data that count as one character."""

PIECES_LIMIT = 2_000
"""Outputs of one statement that are kept, half of them the first ones, half the last."""

INLINE_BYTES = 16_384
"""Display data larger than this becomes a stored object of its own."""

_sink: contextvars.ContextVar[Sink | None] = contextvars.ContextVar("statek_sink", default=None)


class _Copies:
    """Copies of outputs, until they are too much: those of all calls of a block together."""

    def __init__(self, outputs: list[Output], sink: Sink | None) -> None:
        self._outputs = outputs
        self._sink = sink or Sink()
        self._full = False

    def append(self, output: Output) -> None:
        if not self._full:
            self._sink.copy_room -= _weight(output)
            self._full = self._sink.copy_room <= 0
            note = Output("note", "… the rest is not kept with the call …")
            self._outputs.append(note if self._full else output)


_copies: contextvars.ContextVar[_Copies | None] = contextvars.ContextVar("statek_output_copies", default=None)


@contextmanager
def copied_into(outputs: list[Output]) -> Iterator[None]:
    """Add what the code of the ``with`` block prints to `outputs` as well, up to `STREAM_LIMIT`."""
    token = _copies.set(_Copies(outputs, current_sink()))
    try:
        yield
    finally:
        _copies.reset(token)


def _copy(output: Output) -> None:
    copies = _copies.get()
    if copies is not None:
        copies.append(output)


def redirection(attribute: str) -> str:
    """The variable that holds what a job has put into an attribute of `sys`; no code can use it by that name."""
    return f"sys.{attribute}"


def current_sink() -> Sink | None:
    """The sink of the job this code belongs to, or None outside of jobs."""
    return _sink.get()


class Sink:
    """Collects the outputs of one job's running statement, in order. Safe to write from several threads."""

    def __init__(self, on_output: Callable[[], None] | None = None, job_room: JobRoom | None = None) -> None:
        self._lock = threading.Lock()
        self._pieces: list[_Stream | Output] = []
        self._job_room = job_room or JobRoom()
        self._room = self._job_room.within(STREAM_LIMIT)
        self.copy_room = self._room
        """Characters that are kept a second time, with the calls of tools that printed them."""
        self._weight = 0
        self._head: int | None = None
        self._left_out = 0
        self._closed = False
        self._on_output = on_output
        self.figures: OrderedDict[Any, Any] = OrderedDict()
        """The job's open pyplot figures; see `figures`."""
        self.children: list[Any] = []
        """Programs the job has started whose output is read; see `child_output`."""
        self.redirected: MutableMapping[str, Any] = {}
        """What the job has put in place of its streams, by `redirection`; the job's own variables, while it has some:
        so they are kept, share objects, and go back with a statement that is rolled back, as variables do."""

    @property
    def away(self) -> tuple[str, ...]:
        """The attributes of `sys` by which output of the job goes elsewhere."""
        return tuple(f"sys.{name}" for name in ("stdout", "stderr") if redirection(name) in self.redirected)

    def begin(self) -> None:
        """A block starts: its statements share the room for what it prints."""
        with self._lock:
            self._room = self.copy_room = self._job_room.within(STREAM_LIMIT)

    def write(self, stream: StreamName, text: str) -> None:
        """Add text to a stream."""
        _copy(Output(stream, text))
        with self._lock:
            if self._closed:
                return
            last = self._pieces[-1] if self._pieces else None
            if not isinstance(last, _Stream) or last.name != stream:
                last = _Stream(stream, self._room)
                self._append(last)
            last.write(text)
        self._tell()

    def display(self, data: Mapping[str, Any], kind: OutputKind = "display") -> None:
        """Add a rich output: MIME type to text, bytes or JSON-able value."""
        stored = _storable(data)
        huge = {mime: size for mime, content in stored.items() if (size := _size(content)) > DATA_LIMIT}
        for mime in huge:
            del stored[mime]
        output = Output(kind, str(data.get("text/plain", ""))[:DATA_LIMIT], stored)
        _copy(output)
        self.add(output)
        for mime, size in huge.items():
            self.add(Output("note", f"… {mime} of {size:,} bytes left out …"))

    def add(self, output: Output) -> None:
        """Add an output as it is."""
        with self._lock:
            if not self._closed:
                self._append(output)
        self._tell()

    def add_all(self, outputs: Iterable[Output]) -> None:
        """Add outputs of an earlier run: streams go on where they are, the others stay what they are."""
        for output in outputs:
            if output.kind in ("stdout", "stderr"):
                self.write(output.kind, output.text)
            else:
                self.add(output)

    def take(self, statement: int = -1) -> tuple[Output, ...]:
        """Everything since the last call, stamped with the statement's index; the sink is empty afterwards.

        Secrets of the environment are taken out: what a job prints is stored, shown and sent to its model.
        """
        with self._lock:
            if self._left_out and self._head is not None:
                self._pieces.insert(self._head, Output("note", f"… {self._left_out:,} outputs left out …"))
            pieces, self._pieces = self._pieces, []
            was_cut = self._left_out > 0 or any(isinstance(piece, _Stream) and piece.was_cut for piece in pieces)
            outputs = [piece.output() if isinstance(piece, _Stream) else piece for piece in pieces]
            outputs = self._job_room.spend(outputs, was_cut)
            left = self._room - sum(_weight(piece) for piece in pieces)
            self._room = self._job_room.within(max(ROOM_FLOOR, left))
            self._weight, self._head, self._left_out = 0, None, 0
        return tuple(Output(o.kind, without_secrets(o.text), o.data, statement) for o in outputs)

    def _append(self, piece: _Stream | Output) -> None:
        """Add a piece; one that makes it too much pushes one from the middle out."""
        if self._pieces:
            self._weight += _weight(self._pieces[-1])
        if self._head is None and (self._weight > self._room // 2 or len(self._pieces) >= PIECES_LIMIT // 2):
            self._head = len(self._pieces)
        self._pieces.append(piece)
        while self._head is not None and len(self._pieces) - 1 > self._head:
            if self._weight <= self._room and len(self._pieces) <= PIECES_LIMIT:
                return
            self._weight -= _weight(self._pieces.pop(self._head))
            self._left_out += 1

    def peek(self) -> str:
        """The text collected so far, for a view of the running statement."""
        with self._lock:
            return "".join(piece.text() if isinstance(piece, _Stream) else piece.text for piece in self._pieces)

    def close(self) -> None:
        """Drop what comes from now on: the job has left this thread behind."""
        with self._lock:
            self._closed = True
            self._pieces.clear()

    def activate(self) -> contextvars.Token[Sink | None]:
        """Make this the sink of the calling thread or task."""
        return _sink.set(self)

    def deactivate(self, token: contextvars.Token[Sink | None]) -> None:
        """Undo `activate`."""
        _sink.reset(token)

    def _tell(self) -> None:
        if self._on_output is not None:
            self._on_output()


def _weight(piece: _Stream | Output) -> int:
    if isinstance(piece, _Stream):
        return piece.size
    return len(piece.text) + (piece.size_bytes - len(piece.text)) // DATA_SHARE


def _size(content: str | bytes | Payload) -> int:
    return len(content.content if isinstance(content, Payload) else content)


class _Stream:
    """One run of text on one stream; keeps both ends of a very long one."""

    def __init__(self, name: StreamName, limit: int = STREAM_LIMIT) -> None:
        self.name = name
        self._limit = limit
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._dropped = 0

    def write(self, text: str) -> None:
        room = self._limit // 2 - self._head_size
        if room > 0:
            self._head.append(text[:room])
            self._head_size += len(text[:room])
            text = text[room:]
        if text:
            self._tail.append(text[-self._limit :])
            self._dropped += max(0, len(text) - self._limit)
            self._tail_size += len(self._tail[-1])
            self._trim()

    def _trim(self) -> None:
        while self._tail_size - len(self._tail[0]) > self._limit // 2:
            gone = self._tail.popleft()
            self._tail_size -= len(gone)
            self._dropped += len(gone)

    @property
    def size(self) -> int:
        """Characters kept."""
        return self._head_size + self._tail_size

    @property
    def was_cut(self) -> bool:
        """Whether a part was left out."""
        return self._dropped > 0

    def text(self) -> str:
        left_out = f"\n… {self._dropped:,} characters left out …\n" if self._dropped else ""
        return "".join([*self._head, left_out, *self._tail])

    def output(self) -> Output:
        return Output(self.name, overwritten(self.text()))


def overwritten(text: str) -> str:
    """What a terminal shows: a carriage return goes back to the line's start, as progress bars do."""
    if "\r" not in text:
        return text
    return "\n".join(_shown(line) for line in text.replace("\r\n", "\n").split("\n"))


def _shown(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown


def _storable(data: Mapping[str, Any]) -> dict[str, str | bytes | Payload]:
    """Display data as it is stored; large content lies in an object of its own."""
    stored: dict[str, str | bytes | Payload] = {}
    for mime, content in data.items():
        value = content if isinstance(content, bytes) else without_secrets(_as_text(content))
        stored[mime] = Payload(value) if len(value) > INLINE_BYTES else value
    return stored


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, default=repr)
