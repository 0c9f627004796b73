"""numpy arrays: views of one array stay views of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from statek_jupyter.store.locals import forms
from statek_jupyter.store.locals.recipes import NotKept, reduce_memmap

if TYPE_CHECKING:
    from statek_jupyter.store.locals.encoding import Encoder


def root(array: Any) -> Any:
    """The array whose memory this one looks at; itself when it has its own."""
    while True:
        base = getattr(array, "base", None)
        if type(base) is not type(array):
            return array
        array = base


def reduce_array(encoder: Encoder, array: Any) -> Any:
    """As a view when its memory is shared with another array of the same group, else by content."""
    if id(array) in encoder.by_name:  # inside a pandas object
        return NotImplemented
    base = root(array)
    encoder.bases.append(base)
    if base is array or id(base) not in encoder.shared or base.dtype.hasobject or not base.flags.forc:
        return NotImplemented
    offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    view = (base, offset, array.shape, array.strides, array.dtype, array.flags.writeable)
    return forms.make_view, view


def reduce_mapped(encoder: Encoder, array: Any) -> Any:
    """An array in a file, by the file."""
    try:
        return reduce_memmap(array)
    except (NotKept, OSError) as error:
        return encoder.lose(array, str(error))


def make_view(base: Any, offset: int, shape: Any, strides: Any, dtype: Any, writable: bool) -> Any:
    """The view again, on the memory of `base`."""
    import numpy

    flat = base if base.flags.c_contiguous else base.T
    view: Any = numpy.ndarray(shape, dtype, buffer=flat, offset=offset, strides=strides)
    if not writable:
        view.flags.writeable = False
    return view


def shared_bases(bases: list[Any]) -> frozenset[int]:
    """Ids of arrays that more than one array of an encoding looks at, the array itself counted.

    Args:
        bases: The root of every array met, once per array.
    """
    counts: dict[int, int] = {}
    for base in bases:
        counts[id(base)] = counts.get(id(base), 0) + 1
    return frozenset(key for key, count in counts.items() if count > 1)


def copied_on_write(value: Any) -> list[int]:
    """Ids of the arrays inside a pandas object. pandas shares them between frames and copies before writing.

    Without copy-on-write (pandas before 3) there are none: there a shared array is a shared value.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or int(pandas.__version__.partition(".")[0]) < 3:
        return []
    blocks = getattr(getattr(value, "_mgr", None), "blocks", ())
    arrays = [block.values for block in blocks]
    if isinstance(value, pandas.Index):
        arrays += [value._data] if hasattr(value, "_data") else []  # a MultiIndex has none
    found: list[int] = []
    for array in arrays:
        inner = [part for part in getattr(array, "__dict__", {}).values() if hasattr(part, "dtype")]
        inner += [part for part in (getattr(array, "_ndarray", None),) if part is not None]
        found += [id(part) for whole in (array, *inner) for part in (whole, root(whole))]
    return found
