"""How each kind of value is written that pickle would not write, or not the way a job needs it."""

from __future__ import annotations

import operator
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cloudpickle

from statek_jupyter.store.locals import arrays, classes, forms, functions, standard_recipes, stored_objects, tensors
from statek_jupyter.store.locals.classes import JOB_MODULE_PREFIX
from statek_jupyter.store.locals.home import GivenUp
from statek_jupyter.store.locals.sources import statement_around
from statek_jupyter.store.locals.tombstones import LostType, error_text

if TYPE_CHECKING:
    from statek_jupyter.store.locals.encoding import Encoder

Reducer = Callable[["Encoder", Any], Any]


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
    sources = encoder.home.sources
    if code not in sources:
        sources[code] = statement_around(code)
    return functions.reduce_code(code, sources[code])


def _cell(encoder: Encoder, cell: types.CellType) -> Any:
    return functions.reduce_cell(cell)


def reduce_class(encoder: Encoder, cls: type) -> Any:
    """By name when another process can import it, else by uid; in full where the encoder is told to."""
    if isinstance(cls, LostType):
        return encoder.lose(cls, cls.class_lost.reason, cls.class_lost)
    home = encoder.home
    if "_ctypes" in (cls.__module__, type(cls).__module__):
        reduced = _c_type(cls)
        if reduced is not None:
            return reduced
    foreign = not str(cls.__module__).startswith((JOB_MODULE_PREFIX, "__main__"))
    if foreign and (classes.importable(cls) or not cls.__flags__ & _HEAP_TYPE):
        return cloudpickle.Pickler.reducer_override(encoder, cls)
    uid = home.classes.uid(cls)
    if id(cls) in encoder.own:
        return classes.reduce_class(cls, uid)
    encoder.uids.add(uid)
    return forms.get_class, (uid, cls.__qualname__)


def _c_type(cls: Any) -> Any:
    """Types of C that have no name of their own: arrays, and the metaclasses. None for others."""
    import _ctypes

    if type(cls).__name__ == "PyCArrayType" and cls is not _ctypes.Array and cls._type_ * cls._length_ is cls:
        return operator.mul, (cls._type_, cls._length_)
    for name in ("Structure", "Union", "Array", "_Pointer", "_SimpleCData", "CFuncPtr"):
        base = getattr(_ctypes, name)
        if type(base) is cls:
            return type, (base,)
    return None


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


REDUCERS: dict[type, Reducer] = {
    types.FunctionType: _function,
    types.CodeType: _code,
    types.CellType: _cell,
    types.ModuleType: _module,
    types.BuiltinFunctionType: _builtin,
    type: reduce_class,
    GivenUp: lambda encoder, given_up: encoder.lose(given_up.value, given_up.reason),
}
"""By exact type; classes of other metaclasses go to `reduce_class` too."""


_OWN_TYPES: tuple[tuple[str, str, Reducer], ...] = (
    ("handle", "JobHandle", stored_objects.reduce_handle),
    ("store", "Store", stored_objects.reduce_store),
    ("sub_task_view", "StoredSubTask", stored_objects.reduce_sub_task),
    ("sub_task_view", "SubTaskPlace", stored_objects.reduce_sub_task_place),
)
"""Of modules above this one."""


def know_libraries() -> None:
    """Take in the types of numpy, matplotlib and others; call it when they may have been imported since."""
    standard_recipes.know_optional()
    for module, name, reducer in _OWN_TYPES:
        own = getattr(sys.modules.get(f"statek_jupyter.store.{module}"), name, None)
        if own is not None:
            REDUCERS.setdefault(own, reducer)
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "memmap") and numpy.ndarray not in REDUCERS:
        REDUCERS[numpy.ndarray] = arrays.reduce_array
        REDUCERS[numpy.memmap] = arrays.reduce_mapped
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "nn") and torch.Tensor not in REDUCERS:
        REDUCERS[torch.Tensor] = REDUCERS[torch.nn.Parameter] = tensors.reduce_tensor
        REDUCERS[torch.UntypedStorage] = tensors.reduce_memory
    figure = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
    if figure is not None and figure not in REDUCERS:
        REDUCERS[figure] = _figure
    registry = getattr(sys.modules.get("matplotlib.cbook"), "CallbackRegistry", None)
    if registry is not None and registry not in REDUCERS:
        REDUCERS[registry] = _callbacks


def _figure(encoder: Encoder, figure: Any) -> Any:
    """Without its place among pyplot's open figures: reading it back must not open, and so show, one more."""
    try:
        make, arguments, state, *rest = figure.__reduce_ex__(5)
    except Exception as error:  # artists of any library take part in it
        return encoder.lose(figure, error_text(error))
    return make, arguments, {key: value for key, value in state.items() if key != "_restore_to_pylab"}, *rest


def _callbacks(encoder: Encoder, registry: Any) -> Any:
    """With the number its next callback needs: its own way takes another number each time it is pickled."""
    try:
        make, arguments, state, *rest = registry.__reduce_ex__(5)
        used = [number for numbers in state["callbacks"].values() for number in numbers]
    except Exception as error:  # as above
        return encoder.lose(registry, error_text(error))
    return make, arguments, state | {"_cid_gen": max(used, default=-1) + 1}, *rest
