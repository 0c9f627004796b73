"""One look at one thing: its bytes, their digest, the objects in it and the code it can run."""

from __future__ import annotations

import pickle
import types
from dataclasses import dataclass, field
from typing import Any

import xxhash

from statek_jupyter.errors import CodeInterrupted
from statek_jupyter.store.locals import arrays
from statek_jupyter.store.locals.encoding import Encoder, HidingEncoder
from statek_jupyter.store.locals.grouping import identities, identities_of_builtins
from statek_jupyter.store.locals.home import GivenUp, Home, Loss
from statek_jupyter.store.locals.reducers import know_libraries
from statek_jupyter.store.locals.secret_texts import holds_secret
from statek_jupyter.store.locals.sink import Limits, Sink, TooMuchError
from statek_jupyter.store.locals.stamps import Stamp
from statek_jupyter.store.locals.tombstones import error_text

ATOMIC_TYPES = frozenset({int, float, complex, bool, type(None), str, bytes})
"""Values without parts: equal bytes, equal value."""
_ATOMIC_BYTES = 32 << 10

_RUNNING = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)


@dataclass(slots=True)
class Record:
    """What is remembered of a thing since it was last looked at."""

    value: Any
    digest: bytes
    ids: dict[int, int] = field(default_factory=dict)
    """Id to position in the stream of every shareable object."""
    uids: frozenset[str] = frozenset()
    """Classes of the job it refers to."""
    codes: tuple[types.CodeType, ...] = ()
    """Code of functions in it."""
    runs_unknown_code: bool = False
    """Something in it runs code that cannot be followed: a generator, a thread."""
    atomic: bool = False
    stamp: Stamp | None = None


@dataclass(slots=True)
class Encoding:
    """The bytes of a thing, and what was met on the way."""

    sink: Sink
    digest: bytes
    buffer_digests: tuple[tuple[bytes, ...], ...] = ()
    losses: list[Loss] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    uids: frozenset[str] = frozenset()
    codes: tuple[types.CodeType, ...] = ()
    references: tuple[bytes, ...] = ()
    """Ids of the stored objects it refers to."""
    keep: list[Any] = field(default_factory=list)
    """The objects behind `ids`, so that no id is used again while encodings are compared."""


def encode(home: Home, value: Any, limits: Limits, own: frozenset[int] = frozenset()) -> Encoding:
    """Encode a value; what cannot be stored becomes a tombstone in it.

    Args:
        home: The workspace it belongs to.
        value: A variable's value, a class, or the two lists of a group.
        limits: How much is kept.
        own: Ids of the classes to write in full.
    """
    if type(value) in ATOMIC_TYPES:
        stream = pickle.dumps(value, 5)
        sink = Sink(limits, parts=[stream], size=len(stream))
        if len(stream) < _ATOMIC_BYTES and not holds_secret(sink):
            return Encoding(sink, xxhash.xxh3_128_digest(stream))
    know_libraries()
    try:
        return _encode(home, value, limits, own, tries=3)
    except CodeInterrupted:
        raise
    except BaseException as error:  # pickling runs code of any library
        encoder, sink = _given_up(home, value, limits, error)
        return _finish(encoder, sink, None)


def _encode(home: Home, value: Any, limits: Limits, own: frozenset[int], *, tries: int) -> Encoding:
    try:
        encoder, sink = _run(home, value, limits, own, frozenset())
        shared = arrays.shared_bases(encoder.bases) if encoder.bases else None
        if shared or encoder.losses:
            encoder, sink = _run(home, value, limits, own, shared or frozenset(), careful=bool(encoder.losses))
        return _finish(encoder, sink, value)
    except RuntimeError as error:
        # A thread of the job changed a container while it was read; RecursionError is a RuntimeError too.
        if "during iteration" not in str(error) or tries <= 1:
            raise
        return _encode(home, value, limits, own, tries=tries - 1)


def _run(
    home: Home, value: Any, limits: Limits, own: frozenset[int], shared: frozenset[int], *, careful: bool = False
) -> tuple[Encoder, Sink]:
    sink = Sink(limits)
    encoder = Encoder(home, sink, own=own, shared=shared, careful=careful)
    encoder.dump(value)
    if holds_secret(sink):
        sink = Sink(limits)
        encoder = HidingEncoder(home, sink, own=own, shared=shared, careful=careful)
        encoder.dump(value)
    return encoder, sink


def _given_up(home: Home, value: Any, limits: Limits, error: BaseException) -> tuple[Encoder, Sink]:
    reason = str(error) if isinstance(error, TooMuchError) else error_text(error)
    sink = Sink(limits)
    encoder = Encoder(home, sink)
    encoder.dump(GivenUp(value, reason))
    return encoder, sink


def _finish(encoder: Encoder, sink: Sink, value: Any) -> Encoding:
    digest, per_buffer = sink.digest()
    if encoder.plain:
        return Encoding(sink, digest, per_buffer, ids=identities_of_builtins(value))
    memo = encoder.memo.copy()
    for place in (id(encoder.home.namespace), id(encoder.home.builtins)):
        memo.pop(place, None)
    ids = identities(memo, encoder.by_name)
    ids.update((id(function), memo[id(function)][0]) for function in encoder.functions if id(function) in memo)
    ids.update((id(base), -1) for base in encoder.bases if id(base) not in encoder.by_name)
    return Encoding(
        sink,
        digest,
        per_buffer,
        losses=encoder.losses,
        ids=ids,
        uids=frozenset(encoder.uids),
        codes=tuple(function.__code__ for function in encoder.functions),
        references=tuple(sorted(set(encoder.references))),
        keep=[memo[key][1] for key in ids if key in memo],
    )


def record(value: Any, encoding: Encoding, stamp: Stamp | None) -> Record:
    """What to remember of an encoding."""
    unknown = any(
        issubclass(type(loss.value), _RUNNING) or "thread" in loss.type_name.lower() for loss in encoding.losses
    )
    return Record(
        value,
        encoding.digest,
        encoding.ids,
        encoding.uids,
        encoding.codes,
        unknown,
        type(value) in ATOMIC_TYPES,
        stamp,
    )
