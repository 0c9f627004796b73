"""Stored variables outside the database: plain data, so that decoding needs no transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from statek_jupyter.store.locals.change import BufferDigests
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
    stored: bool = True
    """False for values that no change has stored yet."""
    contents: Mapping[bytes, bytes | None] = field(default_factory=dict)
    """Id to content of the stored objects it refers to; None for one that cannot be read."""
    place: str = ""
    """Of the store; see `stored_objects.place_of`."""

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
    place: str = ""
    """Of the store; see `stored_objects.place_of`."""
    stand_ins: Mapping[int, int] = field(default_factory=dict)
    """See `LocalState.stand_ins`."""
