"""Classes a job defined: each has a uid, is stored once, and is one object after a restore."""

from __future__ import annotations

import abc
import os
import sys
import types
import typing
from collections.abc import Callable
from enum import Enum
from typing import Any

from statek_jupyter.store.locals import forms

JOB_MODULE_PREFIX = "statek.job_"
"""Every job's code runs in a module of this prefix, so that its classes are never taken for importable ones."""

_NOT_STATE = frozenset({"__dict__", "__weakref__", "_abc_impl", "__annotate_func__", "__annotations_cache__"})
_BODY = ("__module__", "__qualname__", "__slots__", "__orig_bases__")
"""Attributes that must be there when the class is made."""
_ENUM_STATE = frozenset(
    {"_generate_next_value_", "_member_names_", "_member_map_", "_member_type_", "_value2member_map_", "__new__"}
    | {"_new_member_", "_use_args_", "_unhashable_values_", "_hashable_values_", "_value_repr_", "_sunder_"}
)


_MEMBER_STATE = frozenset({"_value_", "_name_", "__objclass__", "_sort_order_"})


_PLAIN_ATTRIBUTES = (types.FunctionType, staticmethod, classmethod, property, int, float, str, bytes)


class ClassTable:
    """The job's classes by uid, and the other way round. Holds the classes alive while they are in it."""

    def __init__(self) -> None:
        self._by_uid: dict[str, type] = {}
        self._uids: dict[int, str] = {}

    def uid(self, cls: type) -> str:
        """The uid of a class, given now if it has none."""
        known = self._uids.get(id(cls))
        return known if known is not None else self.add(f"{cls.__qualname__}#{os.urandom(4).hex()}", cls)

    def add(self, uid: str, cls: type) -> str:
        """Take in a class under a uid it had before."""
        self._by_uid[uid] = cls
        self._uids[id(cls)] = uid
        return uid

    def get(self, uid: str) -> type | None:
        """The class with this uid, or None."""
        return self._by_uid.get(uid)

    def keep_only(self, uids: set[str]) -> None:
        """Forget all other classes."""
        for uid in [uid for uid in self._by_uid if uid not in uids]:
            del self._uids[id(self._by_uid.pop(uid))]


def importable(obj: Any) -> bool:
    """Whether a class or function can be found again by its module and qualified name in another process."""
    name = getattr(obj, "__module__", None)
    if not isinstance(name, str) or name == "__main__" or name.startswith(JOB_MODULE_PREFIX):
        return False
    found: Any = sys.modules.get(name)
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
        if found is None:
            return False
    return found is obj


def reduce_class(cls: type, uid: str) -> tuple[Any, ...]:
    """The stored form of a class: an empty class first, so that its attributes may refer to it."""
    if issubclass(cls, Enum) and len(cls):
        return _reduce_enum(cls, uid)
    body = (*_BODY, "_fields_", "_anonymous_", "_pack_") if type(cls).__module__ == "_ctypes" else _BODY
    namespace = {key: cls.__dict__[key] for key in body if key in cls.__dict__}
    namespace.setdefault("__qualname__", cls.__qualname__)
    bases = tuple(base for base in cls.__bases__ if base is not dict) if typing.is_typeddict(cls) else cls.__bases__
    made = (uid, type(cls), cls.__name__, bases, namespace)
    return forms.make_class, made, _attributes(cls), None, None, forms.set_class


def _reduce_enum(cls: type[Enum], uid: str) -> tuple[Any, ...]:
    members = {name: member._value_ for name, member in cls.__members__.items()}
    own = {member._name_: _member_attributes(member) for member in cls.__members__.values()}
    attributes: dict[str, Any] = {"_member_attributes_": own} if any(own.values()) else {}
    attributes |= {k: v for k, v in _attributes(cls).items() if k not in _ENUM_STATE and k not in members}
    made = (uid, cls.__bases__, cls.__name__, cls.__qualname__, members, cls.__module__)
    return forms.make_enum, made, attributes, None, None, forms.set_class


def _member_attributes(member: Enum) -> dict[str, Any]:
    """What a constructor of the job has set on an enum member."""
    return {name: value for name, value in vars(member).items() if name not in _MEMBER_STATE}


def _attributes(cls: type) -> dict[str, Any]:
    slots = types.MemberDescriptorType, types.GetSetDescriptorType
    if type(cls).__module__ == "_ctypes":  # its metaclass makes descriptors of its own from these
        return {key: value for key, value in cls.__dict__.items() if issubclass(type(value), _PLAIN_ATTRIBUTES)}
    state = {
        "".join(key): value  # a copy: whether a string is interned must not change the stored bytes
        for key, value in cls.__dict__.items()
        if key not in _NOT_STATE and key not in ("__slots__", "__orig_bases__") and not issubclass(type(value), slots)
    }
    if isinstance(cls, abc.ABCMeta):
        state["_abc_registered_"] = [ref() for ref in abc._get_dump(cls)[0] if ref() is not None]  # type: ignore[attr-defined]
    return state


def make_class(metaclass: Any, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
    """An empty class. Hooks of the job's own base classes do not run again: what they did is stored already."""
    hooks = [
        (base, base.__dict__["__init_subclass__"])
        for parent in bases
        for base in parent.__mro__
        if "__init_subclass__" in base.__dict__ and str(base.__module__).startswith(JOB_MODULE_PREFIX)
    ]
    for base, _ in hooks:
        type.__setattr__(base, "__init_subclass__", classmethod(lambda cls, **kwargs: None))
    try:
        return types.new_class(name, bases, {"metaclass": metaclass}, lambda body: body.update(namespace))
    finally:
        for base, hook in hooks:
            type.__setattr__(base, "__init_subclass__", hook)


def make_enum(bases: tuple[type, ...], name: str, qualname: str, members: dict[str, Any], module: str) -> type:
    """An enum class with its members."""
    metaclass: Any = type(bases[-1])
    body = metaclass.__prepare__(name, bases)
    for member, value in members.items():
        body[member] = value
    made: type = metaclass.__new__(metaclass, name, bases, body)
    made.__module__ = module
    made.__qualname__ = qualname
    return made


def set_class(cls: type, attributes: dict[str, Any]) -> None:
    """Give a class its attributes."""
    registered: list[type] = attributes.pop("_abc_registered_", [])
    for name, own in attributes.pop("_member_attributes_", {}).items():
        vars(cls.__members__[name]).update(own)  # type: ignore[attr-defined]
    for name, value in attributes.items():
        type.__setattr__(cls, name, value)
    if isinstance(cls, abc.ABCMeta):
        abc.update_abstractmethods(cls)  # type: ignore[arg-type]
        for subclass in registered:
            cls.register(subclass)


Resolver = Callable[[str, str], type]
"""(uid, name) to class."""
