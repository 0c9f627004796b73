"""Instances whose own way of being pickled loses something: exceptions, shared attribute dicts, ``__getattr__``."""

from __future__ import annotations

import copyreg
import sys
import traceback
import types
import weakref
from collections import OrderedDict
from typing import Any

from statek_jupyter.store.locals import forms
from statek_jupyter.store.locals.recipes import NotKept
from statek_jupyter.store.locals.tombstones import Tombstone

DEFAULT_WAYS: tuple[Any, ...] = (copyreg.__newobj__, copyreg.__newobj_ex__)  # type: ignore[attr-defined]

TRACEBACK_NOTE = "It was raised in another process, where its traceback was:\n"
_TRACEBACK_FRAMES = 12
_TRACEBACK_CHARACTERS = 8_000


def checked_form(reduced: Any) -> tuple[Any, ...]:
    """A reduction, when the pickler can work with it; with another one it would give up the whole variable.

    Raises:
        NotKept: It is none.
    """
    if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 6:
        raise NotKept(f"its __reduce__ gives no stored form but {type(reduced).__name__}")
    make, arguments, *rest = reduced
    if not callable(make) or not isinstance(arguments, tuple):
        raise NotKept("its __reduce__ gives no stored form: no callable and arguments first")
    _, items, pairs, setter = (*rest, None, None, None, None)[:4]
    if any(part is not None and not hasattr(part, "__next__") for part in (items, pairs)):
        raise NotKept("its __reduce__ gives no stored form: its items are no iterator")
    if setter is not None and not callable(setter):
        raise NotKept("its __reduce__ gives no stored form: what sets the state cannot be called")
    return reduced


def improved(obj: Any, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """The reduction, changed where the default one would lose something."""
    if len(reduced) == 6 and reduced[5] is not None:
        return reduced
    if reduced[0] is copyreg.__newobj__ and obj.__class__ is not type(obj):  # type: ignore[attr-defined]
        reduced = (new_instance, *reduced[1:])
    if isinstance(obj, BaseException):
        return _with_setter(reduced, (_state(reduced), *_surroundings(obj)), forms.set_exception)
    state = _state(reduced)
    if state is None:
        return reduced
    if state is obj or _is_shared_dict(obj, reduced):  # class Record(dict): self.__dict__ = self
        return _with_setter(reduced, state, forms.set_dict)
    kind = type(obj)
    if reduced[0] in DEFAULT_WAYS and hasattr(kind, "__getattr__") and not hasattr(kind, "__setstate__"):
        # Reading would ask the empty instance for __setstate__, and so run code that expects attributes.
        return _with_setter(reduced, state, forms.set_state)
    return reduced


def made_from(obj: Any, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """The parts of a reduction that go to code which may not expect a tombstone."""
    if isinstance(obj, BaseException):
        return ()
    arguments = reduced[1][1:] if reduced[0] in DEFAULT_WAYS else reduced[1]
    setter = getattr(type(obj), "__setstate__", None)
    own_setter = len(reduced) > 5 and reduced[5] is not None
    standard = str(type(obj).__module__).partition(".")[0] in sys.stdlib_module_names
    if setter is None or own_setter or standard or isinstance(setter, types.FunctionType):
        return (arguments,)
    return arguments, _state(reduced)


def only_holds(make: Any) -> bool:
    """Whether a callable does nothing with its arguments but keep them, as what makes bound methods and views."""
    return any(make is one for one in _HOLDERS)


_HOLDERS: tuple[Any, ...] = (
    getattr,
    types.MethodType,
    iter,
    types.MappingProxyType,
    weakref.ref,
    weakref.proxy,
    weakref.WeakMethod,
    *(getattr(mapping, name) for mapping in (dict, OrderedDict) for name in ("keys", "values", "items")),
)


def new_instance(kind: Any, *arguments: Any) -> Any:
    """An empty instance, as ``copyreg.__newobj__`` makes it; of a class whose instances claim to be of another one."""
    return kind.__new__(kind, *arguments)


def _state(reduced: tuple[Any, ...]) -> Any:
    return reduced[2] if len(reduced) > 2 else None


def _with_setter(reduced: tuple[Any, ...], state: Any, setter: Any) -> tuple[Any, ...]:
    make, arguments, _, items, pairs = (*reduced, None, None, None)[:5]
    return make, arguments, state, items, pairs, setter


_OWN_REFERENCES = 4
"""To an attribute dict nobody else has: the instance, the reduction, `improved`, and ``getrefcount``'s argument."""


def _is_shared_dict(obj: Any, reduced: tuple[Any, ...]) -> bool:
    """Whether something beside the instance holds its attribute dict: a variable made by ``vars(obj)``, say."""
    if type(reduced[2]) is not dict or reduced[0] not in DEFAULT_WAYS or hasattr(type(obj), "__setstate__"):
        return False
    return sys.getrefcount(reduced[2]) > _OWN_REFERENCES and getattr(obj, "__dict__", None) is reduced[2]


def _surroundings(error: BaseException) -> tuple[Any, ...]:
    """(cause, context, whether the context is hidden, text of the traceback) of an exception."""
    return error.__cause__, error.__context__, error.__suppress_context__, _traceback_text(error)


def _traceback_text(error: BaseException) -> str:
    if error.__traceback__ is None:
        return ""
    lines = traceback.format_tb(error.__traceback__, -_TRACEBACK_FRAMES)
    return "".join(lines)[-_TRACEBACK_CHARACTERS:]


# --- reading -----------------------------------------------------------------------------------------


def set_dict(instance: Any, attributes: dict[str, Any]) -> None:
    """Let this very dict be the instance's attributes."""
    if Tombstone not in type(instance).__mro__:
        object.__setattr__(instance, "__dict__", attributes)


def set_state(instance: Any, state: Any) -> None:
    """Set attributes and slots, without asking the instance anything."""
    if Tombstone in type(instance).__mro__:
        return
    attributes, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    if attributes:
        object.__getattribute__(instance, "__dict__").update(attributes)
    for name, value in (slots or {}).items():
        object.__setattr__(instance, name, value)


def set_exception(error: Any, state: tuple[Any, ...]) -> None:
    """Give an exception its attributes, its cause and context, and its traceback as a note."""
    if not isinstance(error, BaseException):
        return  # its class is gone
    own, cause, context, hidden, text = state
    if own is not None:
        setter = getattr(error, "__setstate__", None)
        if setter is not None:
            setter(own)
        else:
            set_state(error, own)
    error.__context__ = context
    error.__cause__ = cause
    error.__suppress_context__ = hidden
    if text:
        error.add_note(TRACEBACK_NOTE + text)
