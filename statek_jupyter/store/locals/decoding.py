"""The decoder: reads stored streams into a namespace; what cannot be made becomes a tombstone."""

from __future__ import annotations

import importlib
import io
import pickle
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from statek_jupyter.errors import CodeInterrupted
from statek_jupyter.store.locals import arrays, classes, forms, functions, instances, secret_texts, stored_objects
from statek_jupyter.store.locals.classes import JOB_MODULE_PREFIX, ClassTable
from statek_jupyter.store.locals.stand_ins import StandIns
from statek_jupyter.store.locals.stored_objects import Origin
from statek_jupyter.store.locals.tombstones import LostType, LostValue, Tombstone, error_text, lost_class

PREAMBLE = b"c__statek__\nnamespace\n\x94c__statek__\nbuiltins\n\x94."
"""Read before every stream by the same unpickler: fills the memo's first two places."""


class Payload(Protocol):
    """A stored group as the decoder reads it."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def uids(self) -> tuple[str, ...]: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def lost(self) -> tuple[LostValue, ...]: ...
    @property
    def single(self) -> bool: ...
    @property
    def contents(self) -> Mapping[bytes, bytes | None]: ...
    @property
    def place(self) -> str: ...
    def content(self) -> tuple[bytes, list[bytearray]]:
        """(stream, buffers); the buffers become the memory of arrays and are not used otherwise."""
        ...


class SystemName:
    """A name of the engine that was not there yet when a value referring to it was read; looked up at each use."""

    def __init__(self, builtins: dict[str, Any], name: str) -> None:
        self._builtins = builtins
        self._name = name

    def _real(self) -> Any:
        try:
            return self._builtins[self._name]
        except KeyError:
            raise NameError(f"name {self._name!r} is not defined") from None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)


class Decoder:
    """Reads the groups of one job into one namespace, each class once.

    Args:
        namespace: What functions see as their globals; ``__builtins__`` in it must be a dict.
        table: Classes made already, by uid; new ones are added.
        find_class_group: Gives the group a class is stored in, or None.
        stand_ins: Tells which jobs are meant by the ids of jobs.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        table: ClassTable,
        find_class_group: Callable[[str], Payload | None],
        stand_ins: StandIns | None = None,
    ) -> None:
        self.namespace = namespace
        self.table = table
        self.stand_ins = stand_ins or StandIns()
        self.sources: dict[types.CodeType, str | None] = {}
        """Code objects that were made, to the source stored with them."""
        self.origins: dict[int, Origin] = {}
        """Id of each copy of a stored object that was made, to where it came from."""
        self._find = find_class_group
        self._loading: dict[str, int] = {}
        self._complete: set[int] = set()
        self._missing: dict[str, type] = {}
        self._stand_ins: list[LostType] = []
        self._with_classes: dict[tuple[bytes, tuple[str, ...]], dict[str, Any]] = {}
        """Variables of groups that have classes, so that no such group is read twice."""
        self._class_digests: dict[str, bytes] = {}

    def load(self, group: Payload) -> dict[str, Any]:
        """Name to value of a group's variables; its classes go to the table. Never raises for what a stream holds."""
        try:
            return self._read(group)
        except CodeInterrupted:
            raise
        except BaseException as error:  # a stream runs constructors of any library
            reason = f"it could not be read back: {error_text(error)}"
            return {name: Tombstone(LostValue(name, name, "value", reason)) for name in group.names}
        finally:
            for stand_in in self._stand_ins:
                stand_in.reading = False
            self._stand_ins.clear()

    def stand_in(self, name: str, reason: str) -> type:
        """What a stream gets for a class or function that is not there."""
        made = lost_class(name, reason)
        self._stand_ins.append(made)
        return made

    def _read(self, group: Payload) -> dict[str, Any]:
        if not group.uids:
            return self._make(group)
        identity = (group.digest, group.names)
        if identity not in self._with_classes:
            made = self._make(group)
            # Reading may have come back here through a class; then the classes hold the objects of that inner reading.
            self._with_classes.setdefault(identity, made)
        return self._with_classes[identity]

    def refresh(self) -> None:
        """Give classes that were stored anew since they were read their present attributes."""
        for uid, digest in list(self._class_digests.items()):
            group = self._find(uid)
            if group is not None and group.digest != digest:
                self._complete -= {id(self.table.get(own)) for own in group.uids}
                self.load(group)

    def _make(self, group: Payload) -> dict[str, Any]:
        self._class_digests.update(dict.fromkeys(group.uids, group.digest))
        stream, buffers = group.content()
        unpickler = _Unpickler(self, group, io.BytesIO(PREAMBLE + stream), buffers)
        unpickler.load()
        value = unpickler.load()
        if group.single:
            return dict.fromkeys(group.names, value)
        _, values = value
        return dict(zip(group.names, values, strict=True))

    def get_class(self, uid: str, name: str) -> type:
        """The class of a uid, read when it is first needed; a stand-in when it cannot be."""
        known = self.table.get(uid) or self._missing.get(uid)
        if known is not None:
            return known
        reason = "its class is not stored"
        group = self._find(uid)
        depth = self._loading.get(uid, 0)
        # Twice: a base class whose attributes hold instances of this class leads back here before this class exists,
        # and the inner reading, which finds the base class made, makes it.
        if group is not None and depth < 2:
            self._loading[uid] = depth + 1
            try:
                self._read(group)
            except CodeInterrupted:
                raise
            except BaseException as error:  # as in load
                reason = f"its class could not be read back: {error_text(error)}"
            finally:
                self._loading[uid] = depth
        made = self.table.get(uid)
        if made is None:
            made = self.stand_in(name, reason)
            if not depth:
                self._missing[uid] = made
        return made

    def made_class(self, uid: str, make: Callable[[], type]) -> type:
        """The class of a uid, made now unless a reference to it from within itself has made it already."""
        known = self.table.get(uid)
        if known is None:
            known = make()
            self.table.add(uid, known)
        return known

    def set_class(self, cls: type, attributes: dict[str, Any]) -> None:
        """Give a class its attributes, once."""
        if id(cls) not in self._complete:
            self._complete.add(id(cls))
            classes.set_class(cls, attributes)

    def get_system(self, name: str) -> Any:
        """An engine's name, or a stand-in while the engine has not set it."""
        builtins = self.namespace["__builtins__"]
        return builtins[name] if name in builtins else SystemName(builtins, name)

    def make_code(self, python: str, fields: tuple[Any, ...], source: str | None) -> types.CodeType:
        """A code object; what it was compiled from is remembered, as its file is not there any more."""
        code = functions.make_code(python, fields, source)
        self.sources[code] = source
        return code

    def make_function(self, code: Any, name: str, closure: tuple[types.CellType, ...] | None) -> types.FunctionType:
        """A function over the namespace."""
        return types.FunctionType(code, self.namespace, name, None, closure)

    def get_module(self, name: str) -> Any:
        """A module; a tombstone when it cannot be imported here."""
        if not name:
            own = sys.modules.get(str(self.namespace.get("__name__")))
            return own or Tombstone(LostValue(name, name, "module", "the job's module is not loaded here"))
        try:
            return importlib.import_module(name)
        except CodeInterrupted:
            raise
        except BaseException as error:  # importing runs the module
            return Tombstone(LostValue(name, name, "module", error_text(error, 300)))

    def get_stored(self, group: Payload, oid: bytes) -> Any:
        """A copy of a stored object the group refers to."""
        made = stored_objects.get_stored(oid, group.contents.get(oid), group.place)
        if stored_objects.is_persistent(type(made)):
            self.origins[id(made)] = Origin(made, oid)
        return made

    def make_lost(self, group: Payload, index: int, type_name: str, reason: str) -> Tombstone:
        """A tombstone, with what the group knows of the loss."""
        known = group.lost[index] if index < len(group.lost) else LostValue("", "", type_name, reason)
        return Tombstone(known)


class _Unpickler(pickle.Unpickler):
    def __init__(self, decoder: Decoder, group: Payload, file: io.BytesIO, buffers: list[bytearray]) -> None:
        super().__init__(file, buffers=buffers)
        self._decoder = decoder
        self._group = group

    def persistent_load(self, pid: Any) -> Any:
        return secret_texts.shown_again(pid)

    def find_class(self, module: str, name: str) -> Any:
        if module == forms.__name__:
            return self._form(name)
        if module == "__statek__":
            namespace = self._decoder.namespace
            return namespace if name == "namespace" else namespace["__builtins__"]
        if module.startswith(JOB_MODULE_PREFIX):
            return self._decoder.stand_in(name, "it was stored by a name of the job that is gone")
        try:
            return super().find_class(module, name)
        except CodeInterrupted:
            raise
        except BaseException as error:  # importing runs the module
            return self._decoder.stand_in(f"{module}.{name}", error_text(error, 300))

    def _form(self, name: str) -> Any:
        decoder = self._decoder
        forms_made: dict[str, Any] = {
            "make_code": decoder.make_code,
            "make_function": decoder.make_function,
            "set_function": functions.set_function,
            "make_cell": types.CellType,
            "set_cell": functions.set_cell,
            "make_class": lambda uid, *parts: decoder.made_class(uid, lambda: classes.make_class(*parts)),
            "make_enum": lambda uid, *parts: decoder.made_class(uid, lambda: classes.make_enum(*parts)),
            "set_class": decoder.set_class,
            "get_class": decoder.get_class,
            "set_dict": instances.set_dict,
            "set_state": instances.set_state,
            "set_exception": instances.set_exception,
            "get_module": decoder.get_module,
            "get_system": decoder.get_system,
            "make_view": arrays.make_view,
            "get_job": lambda *parts: self._job(stored_objects.get_job, *parts),
            "get_sub_task": lambda *parts: self._job(stored_objects.get_sub_task, *parts),
            "get_sub_task_place": lambda *parts: self._job(stored_objects.get_sub_task_place, *parts),
            "get_store": lambda place: stored_objects.get_store(place, self._group.place),
            "get_stored": lambda oid: decoder.get_stored(self._group, oid),
            "make_lost": lambda *parts: decoder.make_lost(self._group, *parts),
        }
        return forms_made[name]

    def _job(self, get: Callable[..., Any], place: str, *ids: Any) -> Any:
        return get(place, *self._decoder.stand_ins.meant(*ids), self._group.place)
