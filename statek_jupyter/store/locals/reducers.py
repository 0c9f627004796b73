"""How each kind of value is written that pickle would not write, or not the way a job needs it."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cloudpickle

from statek_jupyter.store.locals import arrays, classes, forms, functions
from statek_jupyter.store.locals.classes import JOB_MODULE_PREFIX
from statek_jupyter.store.locals.home import GivenUp
from statek_jupyter.store.locals.sources import statement_around
from statek_jupyter.store.locals.tombstones import LostType

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
    foreign = not str(cls.__module__).startswith((JOB_MODULE_PREFIX, "__main__"))
    if foreign and (classes.importable(cls) or not cls.__flags__ & _HEAP_TYPE):
        return cloudpickle.Pickler.reducer_override(encoder, cls)
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


def know_libraries() -> None:
    """Take in the types of numpy and matplotlib; call it when they may have been imported since."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "memmap") and numpy.ndarray not in REDUCERS:
        REDUCERS[numpy.ndarray] = arrays.reduce_array
        REDUCERS[numpy.memmap] = arrays.reduce_mapped
    figure = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
    if figure is not None and figure not in REDUCERS:
        REDUCERS[figure] = _figure


def _figure(encoder: Encoder, figure: Any) -> Any:
    """Without its place among pyplot's open figures: reading it back must not open, and so show, one more."""
    try:
        make, arguments, state, *rest = figure.__reduce_ex__(5)
    except Exception as error:  # artists of any library take part in it
        return encoder.lose(figure, f"{type(error).__name__}: {error}"[:200])
    return make, arguments, {key: value for key, value in state.items() if key != "_restore_to_pylab"}, *rest
