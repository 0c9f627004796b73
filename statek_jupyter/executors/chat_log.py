"""The chat log of a job: every message, reply and block of code, each with its own outputs, error and tool results.

Nothing here is keyed by console position: what a block printed belongs to the block's item. Items are appended by the
worker that holds the job's lease and are never reordered; an item changes only while its own code runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableSequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Literal, overload

from BTrees.IOBTree import IOBTree
from persistent import Persistent

from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.journal import CallNote, CallPage
from statek_jupyter.executors.log_page import PAGE_ENTRIES, entry_on, fill_page, replace_on
from statek_jupyter.executors.record import keep_secrets_out, stored
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.redaction import without_secrets

if TYPE_CHECKING:
    from statek_jupyter.executors.history import HistoryMark
    from statek_jupyter.executors.sub_task_handler import SubTaskHandler

OutputKind = Literal["stdout", "stderr", "result", "display", "error", "note"]
"""Where an output came from; ``result`` is the echo of a last expression, ``note`` is said by the engine."""

PAGE_CHARACTERS = 16_384
"""Text an item keeps in its own record; what is older moves to an `OutputPage`, so that a commit stays small."""
PAGE_CALLS = 50
"""Notes of calls an item keeps in its own record."""


class Payload(Persistent):
    """Bytes or text of a display output that is too large to lie in the item's own record (an image, say)."""

    def __init__(self, content: bytes | str) -> None:
        self.content = content


@stored
@dataclass(frozen=True, slots=True)
class Output:
    """One piece of output of a block, in the order it appeared."""

    kind: OutputKind
    """Where it came from."""
    text: str
    """Plain text form; never empty for stdout and stderr, may be empty for a display without ``text/plain``."""
    data: Mapping[str, str | bytes | Payload] | None = None
    """MIME type to content, for ``display`` and rich ``result``; binary types as bytes. HTML is data, never markup."""
    statement: int = -1
    """Index of the top-level statement that produced it; -1 when none did."""
    part: int = 0
    """Which of the item's parts produced it: its code is one, each of its tool calls another."""

    @property
    def size_bytes(self) -> int:
        """What it takes in the store, a character taken as a byte."""
        forms = (self.data or {}).values()
        return len(self.text) + sum(len(form.content if isinstance(form, Payload) else form) for form in forms)


@stored
@dataclass(frozen=True, slots=True)
class CodeError:
    """An exception of the job's code, as told to the model and shown to the person."""

    type_name: str
    message: str
    traceback: str = ""
    """The job's own frames only, with real line numbers; empty when there were none."""
    line: int | None = None
    """1-based line in the block."""
    statement: int = -1

    def __post_init__(self) -> None:
        keep_secrets_out(self, "type_name", "message", "traceback")

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}" if self.message else self.type_name


@stored
@dataclass(frozen=True, slots=True)
class ToolResult:
    """The outcome of one tool call of a reply."""

    call_id: str
    name: str
    text: str = ""
    error: CodeError | None = None


@stored
@dataclass(frozen=True, slots=True)
class Attempt:
    """One request sent, or about to be sent, to a model; committed before sending."""

    number: int
    """1 for the first try of this turn."""
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Literal["sent", "kept", "failed", "lost"] = "sent"
    """``lost``: the process died before the answer was kept; nobody can know whether it was answered."""
    error_kind: str | None = None
    error_message: str | None = None

    def __post_init__(self) -> None:
        keep_secrets_out(self, "error_message")


class OutputPage(Persistent):
    """Older outputs of one item, written once."""

    def __init__(self, outputs: tuple[Output, ...]) -> None:
        self.outputs = outputs


class ChatLogItem(Persistent):
    """Base of the items. ``id`` is the item's position in the chat log, given when it is appended."""

    id: int | None = None
    timestamp: datetime
    """When the item was added; aware, UTC."""
    executed: bool = False
    """True once the item's code has run to its end, well or badly; code of an executed item never runs again."""
    parts_done: int = 0
    """How many parts of the item (its code, then each tool call) have run to their end."""
    error: CodeError | None = None
    """What ended the code of this item, or None."""
    tool_results: tuple[ToolResult, ...] = ()
    """In the order of the reply's tool calls; shorter than those while the item runs."""
    pages: tuple[OutputPage, ...] = ()
    tail: tuple[Output, ...] = ()
    locals_changes: Mapping[str, Any] | None = None
    """Name to saved group for variables this item set, None for one it deleted; read through the store's locals."""
    class_changes: Mapping[str, Any] | None = None
    """As `locals_changes`, for the classes the job defined, by uid; None for an item that changed none."""
    code_seconds: float = 0.0
    """Time spent running this item's code."""
    call_pages: tuple[CallPage, ...] = ()
    recent_calls: tuple[CallNote, ...] = ()

    def __init__(self, timestamp: datetime | None = None) -> None:
        self.timestamp = timestamp if timestamp is not None else datetime.now(UTC)

    @property
    def outputs(self) -> Iterator[Output]:
        """All outputs, oldest first."""
        for page in self.pages:
            yield from page.outputs
        yield from self.tail

    def add_outputs(self, outputs: Iterable[Output]) -> None:
        """Append outputs; moves older ones to a page of their own when the item's record grows large."""
        self.tail = (*self.tail, *outputs)
        if sum(len(output.text) for output in self.tail) > PAGE_CHARACTERS:
            self.pages = (*self.pages, OutputPage(self.tail))
            self.tail = ()

    @property
    def calls(self) -> Iterator[CallNote]:
        """The calls of tools that its code made and that are committed, oldest first."""
        for page in self.call_pages:
            yield from page.notes
        yield from self.recent_calls

    def add_calls(self, notes: tuple[CallNote, ...]) -> None:
        """Append notes of calls; older ones move to a page of their own."""
        self.recent_calls = (*self.recent_calls, *notes)
        if len(self.recent_calls) > PAGE_CALLS:
            self.call_pages = (*self.call_pages, CallPage(self.recent_calls))
            self.recent_calls = ()

    @property
    def console(self) -> str:
        """What the code printed and echoed, as one text."""
        return "".join(output.text for output in self.outputs if output.kind != "note")

    def _told(self) -> str:
        """What the entry says, for its repr."""
        return ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {shorten(self._told()[:300], 60, placeholder=' …')}>"


class UserLogItem(ChatLogItem):
    """A message from a person (or from whoever called ``send``)."""

    def __init__(self, message: str, timestamp: datetime | None = None) -> None:
        super().__init__(timestamp)
        self.message = without_secrets(message)
        self.executed = True

    def _told(self) -> str:
        return self.message


class SystemLogItem(ChatLogItem):
    """Something the engine tells the model: lost values, limits near, a divergence."""

    def __init__(self, message: str, timestamp: datetime | None = None) -> None:
        super().__init__(timestamp)
        self.message = without_secrets(message)
        self.executed = True

    def _told(self) -> str:
        return self.message


class WarmupLogItem(ChatLogItem):
    """One block of warmup code."""

    def __init__(
        self, warmup_block_num: int, code: str | CodeBlock | None = None, timestamp: datetime | None = None
    ) -> None:
        super().__init__(timestamp)
        self.warmup_block_num = warmup_block_num
        self.code = code

    @property
    def hidden(self) -> bool:
        """Whether the block is kept from the model (``#STATEK: hidden = True``)."""
        return isinstance(self.code, CodeBlock) and self.code.hidden

    def _told(self) -> str:
        code = self.code.code if isinstance(self.code, CodeBlock) else self.code
        return f"{self.warmup_block_num + 1}: {code or ''}"


class LLM_LogItem(ChatLogItem):
    """A turn: the request made, the reply kept, and what came of running it.

    ``turn`` counts requests from 1; ``llm_resp`` is None until the reply is kept.
    """

    llm_resp: str | CodeBlock | None = None
    """The code to run: a `CodeBlock` (code, tool calls) or, for a reply that is only prose, its text."""
    reply_text: str = ""
    """The reply's text exactly as it came."""
    answer: str | None = None
    """The prose of the reply, for styles in which prose speaks to the person; None when there is none."""
    reasoning: str = ""
    final: bool = False
    """True when the reply has nothing to run and ends the job."""
    attempts: tuple[Attempt, ...] = ()
    usage: CallUsage | None = None
    """Usage and frozen price of the kept reply; None while it is awaited."""
    model: str | None = None
    """The concrete model asked."""
    response_model: str | None = None
    """The model that says it answered."""
    request_id: str | None = None
    finish_reason: str | None = None
    mark: HistoryMark | None = None
    """What the items before this one did, as far back as the mark says; see `statek_jupyter.store.history`."""

    def __init__(
        self, llm_resp: str | CodeBlock | None = None, turn: int = 0, timestamp: datetime | None = None
    ) -> None:
        super().__init__(timestamp)
        self.turn = turn
        self.llm_resp = llm_resp

    def _told(self) -> str:
        return f"{self.turn}: {self.reply_text or self.answer or ''}"


class SubTaskLogItem(ChatLogItem):
    """The notification that a subtask has completed, in its place in the conversation."""

    brief: bool = False
    """Whether the result is left out, because the job's code had read it before."""

    def __init__(self, handler: SubTaskHandler, timestamp: datetime | None = None) -> None:
        super().__init__(timestamp)
        self.handler = handler
        if handler.seen:
            self.brief = True
        self.executed = True

    def about(self, handler: SubTaskHandler) -> SubTaskLogItem:
        """The same note, of another handler."""
        made = SubTaskLogItem(handler, self.timestamp)
        made.__setstate__({**self.__getstate__(), "handler": handler})
        return made

    def _told(self) -> str:
        return "" if self.handler.id is None else str(self.handler.id)


ChatLogEntry = str | ChatLogItem
"""What a chat log holds; a bare ``str`` is a user message, as in the reference."""


class ChatLog(Persistent, MutableSequence[ChatLogEntry]):
    """An append-mostly list of entries, stored so that appending writes the same number of bytes at any length."""

    _pages: Any = None
    """Number of a page to `LogPage`, for the older entries; None while there are none."""

    def __init__(self, entries: Iterable[ChatLogEntry] = ()) -> None:
        self._entries: Any = IOBTree()
        """Position to entry for those on no page, without holes; what an append writes beside the entry."""
        self.extend(entries)

    @classmethod
    def sharing(cls, other: ChatLog, length: int) -> ChatLog:
        """A log that begins with the very entries `other` begins with; none of them is read or written."""
        made = cls()
        pages = min(length, other._first) // PAGE_ENTRIES
        if pages:
            made._pages = IOBTree(other._pages.items(0, pages - 1))
        for position in range(made._first, length):
            made._entries[position] = other._at(position)
        return made

    def positions(self, kind: type[ChatLogItem]) -> list[int]:
        """Where the items of exactly this class are; none of them is read."""
        return [position for position, entry in enumerate(self) if type(entry) is kind]

    @property
    def _first(self) -> int:
        """The first position that is on no page."""
        return (self._pages.maxKey() + 1) * PAGE_ENTRIES if self._pages else 0

    def __len__(self) -> int:
        return self._entries.maxKey() + 1 if self._entries else self._first

    def _position(self, index: int) -> int:
        length = len(self)
        position = index + length if index < 0 else index
        if not 0 <= position < length:
            raise IndexError(f"chat log index {index} out of range for {length} entries")
        return position

    @overload
    def __getitem__(self, index: int) -> ChatLogEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[ChatLogEntry]: ...
    def __getitem__(self, index: int | slice) -> ChatLogEntry | list[ChatLogEntry]:
        if isinstance(index, slice):
            return [self._at(position) for position in range(*index.indices(len(self)))]
        return self._at(self._position(index))

    def _at(self, position: int) -> ChatLogEntry:
        found: ChatLogEntry = self._entries[position] if position >= self._first else entry_on(self._pages, position)
        return found

    def __iter__(self) -> Iterator[ChatLogEntry]:
        for page in () if self._pages is None else self._pages.values():
            yield from page.entries
        yield from self._entries.values()

    def _set(self, position: int, entry: ChatLogEntry) -> None:
        if isinstance(entry, ChatLogItem):
            entry.id = position
        if position >= self._first:
            self._entries[position] = entry
        else:
            replace_on(self._pages, position, entry)

    def append(self, entry: ChatLogEntry) -> None:
        position = len(self)
        self._set(position, entry)
        if position + 1 - self._first >= 2 * PAGE_ENTRIES:
            if self._pages is None:
                self._pages = IOBTree()
            fill_page(self._pages, self._entries)

    def __setitem__(self, index: Any, entry: Any) -> None:
        if isinstance(index, slice):
            raise TypeError("a chat log does not take slices: replace entries one by one")
        self._set(self._position(index), entry)

    def __delitem__(self, index: Any) -> None:
        if isinstance(index, slice):
            raise TypeError("a chat log does not take slices: delete entries one by one")
        gone = self._position(index)
        self._replace([entry for position, entry in enumerate(self) if position != gone])

    def insert(self, index: int, value: ChatLogEntry) -> None:
        entries = list(self)
        entries.insert(index, value)
        self._replace(entries)

    def _replace(self, entries: list[ChatLogEntry]) -> None:
        self._entries.clear()
        self._pages = None
        self.extend(entries)

    def __repr__(self) -> str:
        return f"<ChatLog with {len(self)} entries>"
