"""What is different between two values of one variable, in a few bounded words."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statek_jupyter.store.locals.summary import describe, type_text

TEXT_CHARACTERS = 200
LISTED = 20
"""Most keys or columns named."""

_TEXTS = (str, bytes, bytearray)
_SCALARS = (bool, int, float, complex, type(None))
_DICTS = (dict, OrderedDict, Counter, defaultdict)
_SEQUENCES = (list, tuple, deque, set, frozenset)
_FRAMES = ("pandas", "polars")
_ARRAYS = ("numpy", "torch", "pandas", "polars")


@dataclass(frozen=True, slots=True)
class ValueDiff:
    """One variable that has another value."""

    name: str
    kind: str
    """``type``, ``scalar``, ``text``, ``dict``, ``length``, ``frame``, ``array`` or ``value`` when only short
    descriptions tell."""
    old_type: str
    new_type: str
    old: str
    """A bounded text of the old value."""
    new: str
    details: tuple[str, ...] = ()
    """What is different inside: keys, columns, types; one line each."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as JSON has it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "old_type": self.old_type,
            "new_type": self.new_type,
            "old": self.old,
            "new": self.new,
            "details": list(self.details),
        }

    def __str__(self) -> str:
        types = self.old_type if self.old_type == self.new_type else f"{self.old_type} → {self.new_type}"
        inside = "".join(f"; {line}" for line in self.details)
        if self.old != self.new:
            return f"{self.name} ({types}): {self.old} → {self.new}{inside}"
        return f"{self.name} ({types}): {'; '.join(self.details) or 'other content'}"


def compare_values(name: str, old: Any, new: Any) -> ValueDiff | None:
    """The difference; None when the two are equal as far as comparing them is safe."""
    if type(old) is not type(new) and type_text(old) != type_text(new):
        return _diff(name, "type", old, new, describe(old), describe(new))
    kind = type(new)
    if kind in _SCALARS:
        return None if _same_scalar(old, new) else _diff(name, "scalar", old, new, _text(old), _text(new))
    if kind in _TEXTS:
        return None if old == new else _diff(name, "text", old, new, _text(old), _text(new))
    if kind in _DICTS:
        return _diff(name, "dict", old, new, _count(old, "key"), _count(new, "key"), _keys(old, new))
    if kind in _SEQUENCES:
        return _diff(name, "length", old, new, _count(old, "item"), _count(new, "item"), _items(old, new))
    library = kind.__module__.partition(".")[0]
    if library in _FRAMES and hasattr(new, "columns"):
        return _diff(name, "frame", old, new, describe(old), describe(new), _columns(old, new))
    if library in _ARRAYS and hasattr(new, "shape"):
        return _diff(name, "array", old, new, describe(old), describe(new), _array(old, new))
    return _diff(name, "value", old, new, describe(old), describe(new))


def _diff(
    name: str, kind: str, old: Any, new: Any, old_text: str, new_text: str, details: tuple[str, ...] = ()
) -> ValueDiff:
    return ValueDiff(name, kind, type_text(old), type_text(new), old_text, new_text, details)


def _same_scalar(old: Any, new: Any) -> bool:
    return bool(old == new) or (old != old and new != new)


def _text(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 3 * TEXT_CHARACTERS:  # printing it takes long, or is refused
        return f"an integer of {value.bit_length()} bits"
    cut = isinstance(value, _TEXTS) and len(value) > TEXT_CHARACTERS
    text = repr(value[:TEXT_CHARACTERS] if cut else value)
    return f"{text}… ({len(value):,} long)" if cut else text


def _count(value: Any, what: str) -> str:
    return f"{len(value):,} {what}" if len(value) == 1 else f"{len(value):,} {what}s"


def _keys(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[str, ...]:
    added = [describe(key) for key in new if key not in old]
    gone = [describe(key) for key in old if key not in new]
    changed = [describe(key) for key in new if key in old and not _surely_same(old[key], new[key])]
    return tuple(
        f"{word}: {_listed(keys)}" for word, keys in (("new", added), ("gone", gone), ("changed", changed)) if keys
    )


def _surely_same(old: Any, new: Any) -> bool:
    kind = type(new)
    return type(old) is kind and kind in (*_SCALARS, *_TEXTS) and _same_scalar(old, new)


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - LISTED:,} more" if len(texts) > LISTED else ""
    return ", ".join(texts[:LISTED]) + more


def _items(old: Any, new: Any) -> tuple[str, ...]:
    if isinstance(new, set | frozenset) and isinstance(old, set | frozenset):
        counts = (("new", len(set.difference(set(new), old))), ("gone", len(set.difference(set(old), new))))
        return tuple(f"{count:,} {word}" for word, count in counts if count)
    if len(old) != len(new):
        return ()
    differing = [at for at, (one, two) in enumerate(zip(old, new, strict=True)) if not _surely_same(one, two)]
    return (f"other items at {_listed([str(at) for at in differing])}",) if differing else ()


def _columns(old: Any, new: Any) -> tuple[str, ...]:
    before, after = _types(old), _types(new)
    lines = []
    if old.shape != new.shape:
        lines.append(f"shape {_shape(old)} → {_shape(new)}")
    added, gone = [key for key in after if key not in before], [key for key in before if key not in after]
    if added:
        lines.append(f"new columns: {_listed([describe(key) for key in added])}")
    if gone:
        lines.append(f"columns gone: {_listed([describe(key) for key in gone])}")
    retyped = [key for key in after if key in before and before[key] != after[key]]
    if retyped:
        types = [f"{describe(key)} {before[key]} → {after[key]}" for key in retyped]
        lines.append(f"other types: {_listed(types)}")
    return tuple(lines)


def _types(frame: Any) -> dict[Any, str]:
    return dict(zip(list(frame.columns), map(str, frame.dtypes), strict=True))


def _array(old: Any, new: Any) -> tuple[str, ...]:
    lines = []
    if tuple(old.shape) != tuple(new.shape):
        lines.append(f"shape {_shape(old)} → {_shape(new)}")
    if getattr(old, "dtype", None) != getattr(new, "dtype", None):
        lines.append(f"type {old.dtype} → {new.dtype}")
    return tuple(lines)


def _shape(value: Any) -> str:
    return "×".join(map(str, value.shape)) or "scalar"
