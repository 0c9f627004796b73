"""Whether values of a type survive being stored: the first small one is stored and read back."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from statek_jupyter.store.locals.classes import importable
from statek_jupyter.store.locals.decoding import Decoder
from statek_jupyter.store.locals.grouping import is_value_type
from statek_jupyter.store.locals.instances import DEFAULT_WAYS
from statek_jupyter.store.locals.saved import SavedPayload
from statek_jupyter.store.locals.sink import Limits, Sink, TooMuchError
from statek_jupyter.store.locals.tombstones import Tombstone, lost_of

if TYPE_CHECKING:
    from statek_jupyter.store.locals.encoding import Encoder

_LIMITS = Limits(max_bytes=1 << 20, max_seconds=1.0)
_MOST_TRIES = 3
_CONTAINERS: tuple[Iterable[Any], ...] = ({}, {}.values(), {}.items(), set())
_ITERATORS = frozenset(type(iter(made)) for made in _CONTAINERS)
"""They come back as iterators of lists: over what is left of them."""

_tries: dict[type, int] = {}
"""How often values of a type were too large to try; `_MOST_TRIES` once one survived."""


def why_not(encoder: Encoder, value: Any, reduced: Any) -> str | None:
    """Why a value would not come back, or None.

    Types pickled the default way are not tried: making an instance and filling it cannot go wrong unseen. Nor are
    types of which a value came back before, or whose values are all too large.

    Args:
        encoder: The encoder that met it.
        value: A value with its own way of being pickled.
        reduced: What its ``__reduce_ex__`` gave.
    """
    kind = type(value)
    if isinstance(reduced, str) or _tries.get(kind, 0) >= _MOST_TRIES or kind in encoder.home.checking:
        return None
    if reduced[0] in DEFAULT_WAYS and not hasattr(kind, "__setstate__") and not _has_own_new(kind):
        return None
    encoder.home.checking.add(kind)
    try:
        made = _back_and_forth(encoder, value)
    except TooMuchError:
        _tries[kind] = _tries.get(kind, 0) + 1
        return None
    finally:
        encoder.home.checking.discard(kind)
    if issubclass(type(made), Tombstone):
        return lost_of(made).reason
    if type(made) is not kind and not _alike(value, made):
        return f"it would come back as {type(made).__qualname__}"
    _tries[kind] = _MOST_TRIES
    return None


def _has_own_new(kind: type) -> bool:
    """Whether making an empty instance runs code of a library or of the job, which may want arguments."""
    return isinstance(kind.__new__, types.FunctionType)


def _alike(value: Any, again: Any) -> bool:
    """Whether it makes no difference that a value came back as another type: one made anew, of the same name."""
    kind, made = type(value), type(again)
    if kind in _ITERATORS or (is_value_type(kind) and is_value_type(made) and bool(value == again)):
        return True
    named = made.__qualname__ == kind.__qualname__ and made.__module__ == kind.__module__
    return named and made.__bases__ == kind.__bases__ and not importable(kind)


def _back_and_forth(encoder: Encoder, value: Any) -> Any:
    home = encoder.home
    sink = Sink(_LIMITS)
    type(encoder)(home, sink).dump(value)
    memory = tuple(bytearray(view) for view in sink.buffers)
    payload = SavedPayload(("value",), (), b"", sink.stream(), memory)
    return Decoder(home.namespace, home.classes, lambda uid: None, home.stand_ins).load(payload)["value"]
