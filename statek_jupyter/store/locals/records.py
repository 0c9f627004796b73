"""Stored forms of variables. A group is written once and never changed: a new value is a new group.

Small groups are plain values inside the leaf of ``LocalState.groups`` that names them, so that a typical statement
writes one record; the others are records of their own.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from persistent import Persistent

from statek_jupyter.executors.history import GivenLocals
from statek_jupyter.executors.pyenv import CLASSES, STAND_INS, LocalState
from statek_jupyter.store.locals import chunks
from statek_jupyter.store.locals.change import EncodedGroup, Key, LocalsChange
from statek_jupyter.store.locals.chunks import Chunk
from statek_jupyter.store.locals.classes import ClassTable
from statek_jupyter.store.locals.decoding import Decoder
from statek_jupyter.store.locals.stand_ins import StandIns
from statek_jupyter.store.locals.stored_objects import copies_of, place_of_record
from statek_jupyter.store.locals.summary import VarSummary
from statek_jupyter.store.locals.tombstones import LostValue

INLINE_BYTES = 256
"""Groups up to this stored size lie inside the tree's leaf, which is written whole when one of them changes.

Of 200 variables one changes: at 10 bytes each that is 2.9 KB in one record in place of 1.4 KB in two; at 400 bytes it
would be 13 KB in place of 1.9 KB. See ``python -m benchmarks.locals --inline``.
"""

_DECODER = "__statek_decoder__"
"""Where a namespace that groups are loaded into one by one keeps its decoder."""


class _GroupBase:
    """State and reading common to both forms."""

    members: tuple[str, ...] = ()
    uids: tuple[str, ...] = ()
    digest: bytes = b""
    stream: bytes = b""
    buffers: tuple[tuple[int, bool, tuple[bytes, ...], tuple[Chunk, ...]], ...] = ()
    """(size, writable, digests, chunks) of each buffer. The first one is the stream when `stream` is empty."""
    lost: tuple[LostValue, ...] = ()
    summaries: tuple[VarSummary, ...] = ()
    references: tuple[Any, ...] = ()
    """The objects of the store it refers to, so that they stay there."""
    classes: Any = None
    """The job's tree of classes, for reading values of them."""

    def _fill(self, group: EncodedGroup, classes: Any) -> None:
        self.members = group.names
        if group.uids:
            self.uids = group.uids
        self.digest = group.digest
        self.stream = group.stream
        if group.lost:
            self.lost = group.lost
        self.summaries = group.summaries
        self.classes = classes

    @property
    def names(self) -> tuple[str, ...]:
        """Its variables, sorted."""
        return self.members

    @property
    def single(self) -> bool:
        """Whether the stream is the value itself: the group has one member."""
        return len(self.members) + len(self.uids) == 1

    @property
    def contents(self) -> dict[bytes, bytes | None]:
        """Id to content of the stored objects it refers to, read now."""
        return copies_of(self.references)

    @property
    def place(self) -> str:
        """Of the store it is in."""
        return place_of_record(self.classes)

    def content(self) -> tuple[bytes, list[bytearray]]:
        """(stream, buffers), read now. The stream itself says which buffers are read-only."""
        made = [_read_buffer(size, pieces) for size, _, _, pieces in self.buffers]
        stream = self.stream or bytes(made.pop(0))
        return stream, made

    def load(self, namespace: Mapping[str, Any]) -> Mapping[str, Any]:
        """Name to value of all members, made anew; see `executors.pyenv.SavedGroup`."""
        target: dict[str, Any] = namespace if isinstance(namespace, dict) else dict(namespace)
        decoder = target.get(_DECODER)
        if decoder is None:
            target.setdefault("__builtins__", dict(vars(builtins)))
            find = target.get(CLASSES, self.classes).get
            stand_ins = StandIns(lambda: target.get(STAND_INS) or {})
            decoder = target[_DECODER] = Decoder(target, ClassTable(), find, stand_ins)
        else:
            decoder.refresh()
        values: dict[str, Any] = decoder.load(self)
        return values


def _read_buffer(size: int, pieces: tuple[Chunk, ...]) -> bytearray:
    memory = bytearray(size)
    view = memoryview(memory)
    position = 0
    for chunk in pieces:
        chunk.read_into(view[position : position + chunk.size])
        position += chunk.size
    return memory


class InlineGroup(_GroupBase):
    """A small group, inside the tree's leaf. Immutable.

    Its state is a short tuple, as every change of a leaf writes all that lie in it again: (members, stream, classes,
    one row per variable, losses, uids), without what is empty at the end. A row is (type name, text, note, parts,
    shape), again without what is empty at the end; the digest is that of the stream.
    """

    def __init__(self, group: EncodedGroup, classes: Any) -> None:
        self._fill(group, classes)

    def __getstate__(self) -> tuple[Any, ...]:
        rows = tuple(map(_row, self.summaries))
        state = (self.members, self.stream, self.classes, rows, self.lost, self.uids)
        return state if self.uids else state[:5] if self.lost else state[:4]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.members, self.stream, self.classes, rows = state[:4]
        self.lost, self.uids = (*state[4:6], (), ())[:2]
        self.digest = chunks.digest(self.stream)
        size = len(self.stream)
        self.summaries = tuple(_summary(name, row, size) for name, row in zip(self.members, rows, strict=True))


def _row(summary: VarSummary) -> tuple[Any, ...]:
    row = (summary.type_name, summary.text, summary.note, summary.parts, summary.shape)
    return row if summary.shape else row[:4] if summary.parts else row[:2] if summary.durable else row[:3]


def _summary(name: str, row: tuple[Any, ...], size: int) -> VarSummary:
    type_name, text, note, parts, shape = row + ("", 0, ())[len(row) - 2 :]
    return VarSummary(name, type_name, text, size, not note, note, parts, shape)


class LocalGroup(_GroupBase, Persistent):
    """A group in a record of its own. Written once, never changed."""

    def __init__(
        self, group: EncodedGroup, classes: Any, pieces: Mapping[bytes, Chunk], references: tuple[Any, ...]
    ) -> None:
        self._fill(group, classes)
        if references:
            self.references = references
        self.buffers = tuple(
            (buffer.size, buffer.writable, buffer.digests, tuple(pieces[digest] for digest in buffer.digests))
            for buffer in group.buffers
        )


Group = InlineGroup | LocalGroup


def apply_change(local_state: LocalState, change: LocalsChange, *, blobs: bool = True) -> dict[str, Group | None]:
    """Write a change into a job's stored variables; call it in a transaction. Repeating it writes the same.

    Args:
        local_state: The job's variables.
        change: The newest change of the job's workspace, or of `encode_values`.
        blobs: False for a storage that has no blob files.

    Returns:
        Name to group for what was set, None for what was deleted: what goes to ``locals_changes`` of the log item.

    Raises:
        KeyError: The change was made against another state than this one.
    """
    made = [(group, make_record(local_state, group, blobs)) for group in change.groups]
    for kind, text in change.deleted_keys:
        tree = local_state.groups if kind == 0 else local_state.classes
        tree.pop(text, None)
    for encoded, record in made:
        for kind, text in encoded.members:
            (local_state.groups if kind == 0 else local_state.classes)[text] = record
    written: dict[str, Group | None] = {name: record for encoded, record in made for name in encoded.names}
    _forget_unsaved(local_state, {*written, *change.deleted})
    return written | dict.fromkeys(change.deleted)


def class_changes(local_state: LocalState, change: LocalsChange) -> dict[str, Group | None]:
    """What a change did to the job's classes, by uid, like the value of `apply_change`; call it right after that."""
    written = {uid: local_state.classes[uid] for group in change.groups for uid in group.uids}
    return written | {uid: None for kind, uid in change.deleted_keys if kind == 1}


def give(local_state: LocalState, change: LocalsChange) -> None:
    """Write the variables a job is submitted with."""
    variables = apply_change(local_state, change)
    local_state.given = GivenLocals(variables, class_changes(local_state, change))


def _forget_unsaved(local_state: LocalState, names: set[str]) -> None:
    kept = {name: value for name, value in local_state.unsaved.items() if name not in names}
    if len(kept) != len(local_state.unsaved):
        local_state.unsaved = kept


def make_record(local_state: LocalState, group: EncodedGroup, blobs: bool = True) -> Group:
    """The stored form of a group; call it in a transaction."""
    if not group.buffers and not group.references and len(group.stream) <= INLINE_BYTES:
        return InlineGroup(group, local_state.classes)
    pieces = {digest: Chunk(content, as_blob=blobs) for digest, content in group.new_chunks.items()}
    for digest, key in group.known_chunks.items():
        pieces[digest] = _stored_chunk(local_state, key, digest)
    references = tuple(local_state._p_jar.get(oid) for oid in group.references)
    return LocalGroup(group, local_state.classes, pieces, references)


def _stored_chunk(local_state: LocalState, key: Key, digest: bytes) -> Chunk:
    kind, text = key
    holder: Group = (local_state.groups if kind == 0 else local_state.classes)[text]
    for _, _, digests, pieces in holder.buffers:
        if digest in digests:
            return pieces[digests.index(digest)]
    raise KeyError(f"{text!r} does not hold a chunk that was stored with it")
