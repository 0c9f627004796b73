"""Chunks: large bytes cut into content-addressed pieces of 4 MiB, so that only pieces that are new are written."""

from __future__ import annotations

from typing import Any

import xxhash
from persistent import Persistent

CHUNK_BYTES = 4 << 20
"""Size of a piece; the last one of a value is shorter."""
BLOB_BYTES = 1 << 20
"""Pieces from this size on are kept as blob files beside the database, smaller ones in their own record."""


def cut(view: memoryview) -> list[memoryview]:
    """The pieces of flat bytes, in order; an empty view has none."""
    return [view[start : start + CHUNK_BYTES] for start in range(0, view.nbytes, CHUNK_BYTES)]


def digest(piece: memoryview | bytes) -> bytes:
    """The address of a piece within its job: 16 bytes. Not cryptographic; a store is as trusted as its notebook."""
    return xxhash.xxh3_128_digest(piece)


class Chunk(Persistent):
    """One piece. Written once, never changed.

    Args:
        content: The bytes.
        as_blob: False where the storage has no blobs.
    """

    data: bytes | None = None
    blob: Any = None
    size: int = 0

    def __init__(self, content: bytes, *, as_blob: bool = True) -> None:
        self.size = len(content)
        if as_blob and self.size >= BLOB_BYTES:
            from ZODB.blob import Blob

            self.blob = Blob(content)
        else:
            self.data = content

    def read_into(self, target: memoryview) -> None:
        """Copy the piece to `target`, which has its size.

        Raises:
            EOFError: The blob file is shorter than it was when it was written.
        """
        if self.data is not None:
            target[:] = self.data
            return
        done = 0
        with self.blob.open("r") as file:
            while done < self.size:
                count = file.readinto(target[done:])
                if not count:
                    raise EOFError(f"a blob file holds {done} bytes of {self.size}")
                done += count
