"""The encoder: one pass of the C pickler over a value, with the job's functions, classes and losses taken care of."""

from __future__ import annotations

import copyreg
import pickle
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cloudpickle

from statek_jupyter.store.locals import arrays, classes, forms, functions
from statek_jupyter.store.locals.classes import JOB_MODULE_PREFIX, ClassTable
from statek_jupyter.store.locals.grouping import temporaries
from statek_jupyter.store.locals.recipes import NotKept, never_reason, recipe
from statek_jupyter.store.locals.sink import Sink
from statek_jupyter.store.locals.tombstones import LostValue, Tombstone, lost_of


@dataclass(slots=True)
class Home:
    """What values of one job may refer to without carrying it along."""

    module_name: str
    namespace: dict[str, Any]
    builtins: dict[str, Any]
    classes: ClassTable = field(default_factory=ClassTable)
    system: dict[int, str] = field(default_factory=dict)
    """Id of an object the engine put among the builtins, to its name."""
    sources: dict[types.CodeType, str] = field(default_factory=dict)


@dataclass(slots=True)
class Loss:
    """A value met while encoding that cannot be stored."""

    value: Any
    type_name: str
    reason: str
    known: LostValue | None = None
    """Set when it was lost before and a tombstone stands for it already."""


@dataclass(slots=True)
class GivenUp:
    """Encoded in place of a value that broke the pickler: the whole of it becomes a tombstone."""

    value: Any
    reason: str


class Encoder(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes one value.

    Args:
        home: The workspace the value belongs to.
        sink: Takes the stream and the large buffers.
        own: Ids of classes to write in full; all others are written as references.
        shared: Ids of arrays whose views are written as views.
    """

    def __init__(
        self, home: Home, sink: Sink, *, own: frozenset[int] = frozenset(), shared: frozenset[int] = frozenset()
    ) -> None:
        super().__init__(sink, protocol=5, buffer_callback=sink.take_buffer)
        # The namespace itself is never written: it has a place in the memo on both sides, see `decoding.PREAMBLE`.
        self.memo = {id(home.namespace): (0, home.namespace), id(home.builtins): (1, home.builtins)}
        self.home = home
        self.own = own
        self.shared = shared
        self.losses: list[Loss] = []
        self.uids: set[str] = set()
        self.functions: list[types.FunctionType] = []
        self.bases: list[Any] = []
        self.by_name: set[int] = set()
        self.kinds: set[type] = set()

    def reducer_override(self, obj: Any) -> Any:
        """What pickle asks about every value that is not a plain builtin."""
        if id(obj) in self.home.system:
            self.by_name.add(id(obj))
            return forms.get_system, (self.home.system[id(obj)],)
        kind = type(obj)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            reduced = handler(self, obj)
        elif issubclass(kind, type):
            reduced = _class(self, obj)
        else:
            reduced = self._instance(obj, kind)
        if type(reduced) is tuple:
            temporaries(reduced, self.by_name)
        return reduced

    def lose(self, value: Any, reason: str, known: LostValue | None = None) -> tuple[Any, ...]:
        """Write a tombstone in place of a value."""
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        loss = Loss(value, known.type_name if known else name, reason, known)
        self.losses.append(loss)
        return forms.make_lost, (len(self.losses) - 1, loss.type_name, reason)

    def _instance(self, obj: Any, kind: type) -> Any:
        if isinstance(obj, Tombstone):
            lost = lost_of(obj)
            return self.lose(obj, lost.reason, lost)
        own: Callable[[Any], Any] | None = recipe(kind)
        reason = None if own else never_reason(kind)
        if reason is not None:
            return self.lose(obj, reason)
        for stream in ("stdin", "stdout", "stderr"):
            if obj is getattr(sys, stream):
                return getattr, (sys, stream)
        own = own or self.dispatch_table.get(kind) or copyreg.dispatch_table.get(kind)
        self.kinds.add(kind)
        if kind.__module__.startswith("pandas."):
            self.by_name.update(arrays.copied_on_write(obj))
        try:
            return self._checked(obj, own(obj) if own else obj.__reduce_ex__(5))
        except NotKept as not_kept:
            return self.lose(obj, str(not_kept))
        except Exception as error:  # user code: any __reduce__ or __getstate__ may raise anything
            return self.lose(obj, f"{type(error).__name__}: {error}"[:200])

    def _checked(self, obj: Any, reduced: Any) -> Any:
        if not isinstance(reduced, str):
            if reduced[0] is getattr:
                self.by_name.add(id(obj))
            if len(reduced) > 2 and reduced[2] is obj:  # class Record(dict): self.__dict__ = self
                return (*reduced, None, None, None)[:5] + (forms.set_dict,)
            return reduced
        self.by_name.add(id(obj))
        module = pickle.whichmodule(obj, reduced)  # type: ignore[attr-defined]
        if module.startswith(JOB_MODULE_PREFIX):
            raise NotKept("it names itself by a variable of the job")
        found: Any = sys.modules.get(module)
        for part in reduced.split("."):
            found = getattr(found, part, None)
        if found is not obj:
            raise NotKept(f"{module}.{reduced} is another object")
        return reduced


def _function(encoder: Encoder, function: types.FunctionType) -> Any:
    if function in forms.FORMS:
        return NotImplemented
    if function.__globals__ is encoder.home.namespace:
        encoder.functions.append(function)
        return functions.reduce_function(function)
    if classes.importable(function):
        return NotImplemented
    encoder.functions.append(function)
    return encoder._dynamic_function_reduce(function)


def _code(encoder: Encoder, code: types.CodeType) -> Any:
    return functions.reduce_code(code, encoder.home.sources.get(code))


def _cell(encoder: Encoder, cell: types.CellType) -> Any:
    return functions.reduce_cell(cell)


def _class(encoder: Encoder, cls: type) -> Any:
    home = encoder.home
    foreign = not cls.__module__.startswith((JOB_MODULE_PREFIX, "__main__"))
    if foreign and (classes.importable(cls) or not cls.__flags__ & _HEAP_TYPE):
        return cloudpickle.Pickler.reducer_override(encoder, cls)
    if issubclass(cls, Tombstone):
        return Tombstone, ()
    uid = home.classes.uid(cls)
    if id(cls) in encoder.own:
        return classes.reduce_class(cls, uid)
    encoder.uids.add(uid)
    return forms.get_class, (uid, cls.__qualname__)


_HEAP_TYPE = 1 << 9
"""``Py_TPFLAGS_HEAPTYPE``: the class was made at run time; others are the interpreter's own."""


def _module(encoder: Encoder, module: types.ModuleType) -> Any:
    name = module.__name__
    if name == encoder.home.module_name:
        return forms.get_module, ("",)
    if sys.modules.get(name) is module and not name.startswith(JOB_MODULE_PREFIX):
        return forms.get_module, (name,)
    return encoder.lose(module, "a module that cannot be imported by its name")


def _builtin(encoder: Encoder, function: types.BuiltinFunctionType) -> Any:
    owner = function.__self__
    if owner is not None and not isinstance(owner, types.ModuleType):
        return NotImplemented
    module = sys.modules.get(function.__module__ or "")
    if getattr(module, function.__name__, None) is function:
        return NotImplemented
    return encoder.lose(function, "a built-in function that cannot be found by its name")


_HANDLERS: dict[type, Callable[[Encoder, Any], Any]] = {
    types.FunctionType: _function,
    types.CodeType: _code,
    types.CellType: _cell,
    types.ModuleType: _module,
    types.BuiltinFunctionType: _builtin,
    type: _class,
    GivenUp: lambda encoder, given_up: encoder.lose(given_up.value, given_up.reason),
}


def handle(kind: type, handler: Callable[[Encoder, Any], Any]) -> None:
    """Write values of exactly this type through `handler`; for libraries, once they are imported."""
    _HANDLERS[kind] = handler


def handle_numpy() -> None:
    """Write numpy arrays through `arrays`; called when numpy is seen to be imported."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "ndarray") and numpy.ndarray not in _HANDLERS:
        handle(numpy.ndarray, arrays.reduce_array)
        handle(numpy.memmap, arrays.reduce_mapped)
