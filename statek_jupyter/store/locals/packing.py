"""From an encoding to a group on its way to the store."""

from __future__ import annotations

from typing import Any

from statek_jupyter.store.locals import chunks
from statek_jupyter.store.locals.change import BufferDigests, EncodedGroup, Key
from statek_jupyter.store.locals.losses import name_losses
from statek_jupyter.store.locals.scan import Encoding
from statek_jupyter.store.locals.summary import summarize

CHUNKED_STREAM_BYTES = 1 << 20
"""Streams from this size on are cut into chunks like a buffer."""


def pack(
    members: tuple[Key, ...],
    variables: dict[str, Any],
    encoding: Encoding,
    chunk_homes: dict[bytes, Key],
    statement: str,
) -> EncodedGroup:
    """Make a group. Bytes that are new are copied: the values may go on changing before the group is written.

    Args:
        members: What the encoding holds.
        variables: Its variables.
        encoding: The bytes.
        chunk_homes: Chunks the store has.
        statement: Text of the statement that ran.
    """
    lost, notes = name_losses(variables, encoding.losses, statement)
    stream, views, digests = _divided(encoding)
    new, known = _chunks(views, digests, chunk_homes)
    buffers = tuple(
        BufferDigests(view.nbytes, not view.readonly, per_view) for view, per_view in zip(views, digests, strict=True)
    )
    size = len(stream) + sum(buffer.size for buffer in buffers)
    summaries = tuple(summarize(name, value, size, notes.get(name, "")) for name, value in variables.items())
    return EncodedGroup(members, encoding.digest, stream, buffers, new, known, lost, summaries, encoding.references)


def _divided(encoding: Encoding) -> tuple[bytes, list[memoryview], list[tuple[bytes, ...]]]:
    """(stream, buffers, their chunk digests); a large stream becomes the first buffer and leaves an empty one."""
    stream = encoding.sink.stream()
    views = list(encoding.sink.buffers)
    digests = list(encoding.buffer_digests)
    if len(stream) >= CHUNKED_STREAM_BYTES:
        whole = memoryview(stream)
        views.insert(0, whole)
        digests.insert(0, tuple(chunks.digest(piece) for piece in chunks.cut(whole)))
        stream = b""
    return stream, views, digests


def _chunks(
    views: list[memoryview], digests: list[tuple[bytes, ...]], chunk_homes: dict[bytes, Key]
) -> tuple[dict[bytes, bytes], dict[bytes, Key]]:
    """(chunks to write, chunks the store has with the key that holds each)."""
    new: dict[bytes, bytes] = {}
    known: dict[bytes, Key] = {}
    for view, per_view in zip(views, digests, strict=True):
        for piece, digest in zip(chunks.cut(view), per_view, strict=True):
            if digest in chunk_homes:
                known[digest] = chunk_homes[digest]
            elif digest not in new:
                new[digest] = bytes(piece)
    return new, known
