"""What a capture found: plain data on its way to the store."""

from __future__ import annotations

from dataclasses import dataclass, field

from statek_jupyter.store.locals.summary import VarSummary
from statek_jupyter.store.locals.tombstones import LostValue

Key = tuple[int, str]
"""A thing that is stored: (0, variable name) or (1, class uid)."""


def variable(name: str) -> Key:
    """The key of a variable."""
    return (0, name)


def job_class(uid: str) -> Key:
    """The key of a class the job defined."""
    return (1, uid)


@dataclass(frozen=True, slots=True)
class BufferDigests:
    """One large buffer, by the digests of its chunks."""

    size: int
    writable: bool
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class EncodedGroup:
    """Variables and classes that share objects, as bytes."""

    members: tuple[Key, ...]
    """Sorted."""
    digest: bytes
    stream: bytes
    buffers: tuple[BufferDigests, ...] = ()
    new_chunks: dict[bytes, bytes] = field(default_factory=dict)
    """Chunks the store does not have yet."""
    known_chunks: dict[bytes, Key] = field(default_factory=dict)
    """Chunks the store has, to a member of the stored group that holds each."""
    lost: tuple[LostValue, ...] = ()
    summaries: tuple[VarSummary, ...] = ()
    references: tuple[bytes, ...] = ()
    """Ids of objects of the store it refers to."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its variables."""
        return tuple(text for kind, text in self.members if kind == 0)

    @property
    def uids(self) -> tuple[str, ...]:
        """Its classes."""
        return tuple(text for kind, text in self.members if kind == 1)

    @property
    def size_bytes(self) -> int:
        """Bytes of the values, chunks that are stored already included."""
        return len(self.stream) + sum(buffer.size for buffer in self.buffers)


@dataclass(frozen=True, slots=True)
class LocalsChange:
    """Everything that differs from what the store holds. Apply the newest only: it includes the ones before."""

    groups: tuple[EncodedGroup, ...] = ()
    deleted_keys: tuple[Key, ...] = ()
    lost: tuple[LostValue, ...] = ()
    """Values of the changed variables that are alive here and cannot be stored."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.groups and not self.deleted_keys

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of variables to write, sorted."""
        return tuple(sorted(name for group in self.groups for name in group.names))

    @property
    def deleted(self) -> tuple[str, ...]:
        """Names of variables that are gone, sorted."""
        return tuple(sorted(text for kind, text in self.deleted_keys if kind == 0))
