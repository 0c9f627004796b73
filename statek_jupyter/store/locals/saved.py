"""Stored variables read out of the database as plain data, so that decoding needs no transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals.change import BufferDigests
from statek_jupyter.store.locals.records import Group
from statek_jupyter.store.locals.summary import VarSummary
from statek_jupyter.store.locals.tombstones import LostValue


@dataclass(frozen=True, slots=True)
class SavedPayload:
    """One stored group."""

    names: tuple[str, ...]
    """Its variables, in the order of the stream."""
    uids: tuple[str, ...]
    digest: bytes
    stream: bytes
    memory: tuple[bytearray, ...]
    """Becomes the memory of the values made from it; used once."""
    buffers: tuple[BufferDigests, ...] = ()
    lost: tuple[LostValue, ...] = ()

    @property
    def single(self) -> bool:
        """Whether the stream is the value itself."""
        return len(self.names) + len(self.uids) == 1

    def content(self) -> tuple[bytes, list[bytearray]]:
        """(stream, buffers) for the decoder."""
        return self.stream, list(self.memory)


@dataclass(frozen=True, slots=True)
class SavedLocals:
    """All variables of a job as of one transaction."""

    groups: tuple[SavedPayload, ...] = ()
    homes: dict[str, int] = field(default_factory=dict)
    """Variable to index of its group."""
    class_homes: dict[str, int] = field(default_factory=dict)
    """Class uid to index of its group."""


def read_saved(local_state: LocalState) -> SavedLocals:
    """Read all variables of a job, as bytes; call it in a transaction.

    Values that were only set on the `LocalState` and not stored by a change yet are left out: see `unsaved_change`.
    """
    groups: list[SavedPayload] = []
    seen: dict[tuple[tuple[str, ...], tuple[str, ...], bytes], int] = {}

    def place(group: Group) -> int:
        identity = (group.names, group.uids, group.digest)
        if identity not in seen:
            seen[identity] = len(groups)
            groups.append(_payload(group))
        return seen[identity]

    homes = {name: place(group) for name, group in local_state.groups.items()}
    class_homes = {uid: place(group) for uid, group in local_state.classes.items()}
    return SavedLocals(tuple(groups), homes, class_homes)


def _payload(group: Group) -> SavedPayload:
    stream, memory = group.content()
    buffers = tuple(BufferDigests(size, writable, digests) for size, writable, digests, _ in group.buffers)
    return SavedPayload(group.names, group.uids, group.digest, stream, tuple(memory), buffers, group.lost)


def summaries(local_state: LocalState) -> list[VarSummary]:
    """Short descriptions of a job's variables, sorted by name, from stored data; nothing is unpickled."""
    found = [
        summary for name, group in local_state.groups.items() for summary in group.summaries if summary.name == name
    ]
    unsaved = [VarSummary(name, type(value).__name__, "", None) for name, value in local_state.unsaved.items()]
    stored = {summary.name for summary in unsaved}
    return sorted([s for s in found if s.name not in stored] + unsaved, key=lambda summary: summary.name)
