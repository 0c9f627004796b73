"""Where an encoder writes: counts, hashes, cuts and gives up in time."""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass, field

import xxhash

from statek_jupyter.store.locals import chunks

OUT_OF_BAND_BYTES = 64 << 10
"""Buffers from this size on are kept apart from the stream and cut into chunks."""


class TooMuchError(Exception):
    """A value is larger, or takes longer to write, than a workspace keeps."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one value is kept."""

    max_bytes: int = 8 << 30
    max_seconds: float = 120.0


@dataclass(slots=True)
class Sink:
    """Takes a pickle stream in pieces, and buffers beside it."""

    limits: Limits
    parts: list[bytes] = field(default_factory=list)
    buffers: list[memoryview] = field(default_factory=list)
    size: int = 0
    started: float = field(default_factory=time.monotonic)

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece of the stream; the pickler may reuse a memoryview it hands over."""
        self._count(len(data))
        self.parts.append(bytes(data))

    def take_buffer(self, buffer: pickle.PickleBuffer) -> bool:
        """Take a buffer; True leaves it in the stream."""
        view = buffer.raw()
        self._count(view.nbytes)
        if view.nbytes < OUT_OF_BAND_BYTES:
            return True
        self.buffers.append(view)
        return False

    def _count(self, size: int) -> None:
        self.size += size
        if self.size > self.limits.max_bytes:
            raise TooMuchError(f"larger than {self.limits.max_bytes >> 20} MiB")
        if time.monotonic() - self.started > self.limits.max_seconds:
            raise TooMuchError(f"takes longer than {self.limits.max_seconds:g} s to write")

    def stream(self) -> bytes:
        """The whole stream."""
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)

    def digest(self) -> tuple[bytes, tuple[tuple[bytes, ...], ...]]:
        """(digest of everything, digests of the chunks of each buffer)."""
        whole = xxhash.xxh3_128()
        for part in self.parts:
            whole.update(part)
        per_buffer = tuple(tuple(chunks.digest(piece) for piece in chunks.cut(view)) for view in self.buffers)
        for digests in per_buffer:
            for digest in digests:
                whole.update(digest)
        return whole.digest(), per_buffer
