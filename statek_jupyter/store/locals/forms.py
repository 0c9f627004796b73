"""Names that stand in stored streams for what only a decoder can make. They are stored: never move or rename one.

Each function is a name only. A pickle stream calls it through the decoder's own table (see `decoding`), which knows the
workspace the value belongs to; calling one here is a mistake.
"""

from __future__ import annotations

from typing import Any, NoReturn


class OutsideDecoderError(TypeError):
    """A stored stream was read with plain ``pickle`` in place of the decoder."""


def _outside(name: str) -> NoReturn:
    raise OutsideDecoderError(f"{name} is only understood by the decoder of a workspace")


def make_code(*parts: Any) -> Any:
    """A code object: (python version, CodeType arguments, source hint)."""
    _outside("make_code")


def make_function(*parts: Any) -> Any:
    """A function whose globals are the workspace: (code, name, closure)."""
    _outside("make_function")


def set_function(*parts: Any) -> Any:
    """The state of a function: (function, state)."""
    _outside("set_function")


def make_cell(*parts: Any) -> Any:
    """An empty closure cell: ()."""
    _outside("make_cell")


def set_cell(*parts: Any) -> Any:
    """The contents of a cell: (cell, (value,) or ())."""
    _outside("set_cell")


def make_class(*parts: Any) -> Any:
    """An empty class: (uid, metaclass, name, bases, namespace)."""
    _outside("make_class")


def make_enum(*parts: Any) -> Any:
    """An enum with its members: (uid, bases, name, qualname, members, module)."""
    _outside("make_enum")


def set_class(*parts: Any) -> Any:
    """The attributes of a class: (class, attributes)."""
    _outside("set_class")


def get_class(*parts: Any) -> Any:
    """A class of the job by its uid: (uid, name)."""
    _outside("get_class")


def set_dict(*parts: Any) -> Any:
    """The attribute dict of an instance that is its own: (instance, the dict)."""
    _outside("set_dict")


def set_state(*parts: Any) -> Any:
    """The attributes and slots of an instance that answers for missing ones: (instance, state)."""
    _outside("set_state")


def set_exception(*parts: Any) -> Any:
    """What surrounds an exception: (exception, (state, cause, context, context hidden, text of the traceback))."""
    _outside("set_exception")


def get_module(*parts: Any) -> Any:
    """A module by name: (name,)."""
    _outside("get_module")


def get_system(*parts: Any) -> Any:
    """A system name of the engine, looked up when it is used: (name,)."""
    _outside("get_system")


def make_view(*parts: Any) -> Any:
    """A numpy view of another array: (base, offset in bytes, shape, strides, dtype, writable)."""
    _outside("make_view")


def get_job(*parts: Any) -> Any:
    """A handle of a job: (place of its store, id) or (place, id, `stand_ins.AS_IS`); no place is the job's own."""
    _outside("get_job")


def get_sub_task(*parts: Any) -> Any:
    """A subtask: (place of its store, id of its parent, its own id); place and ids as for a job."""
    _outside("get_sub_task")


def get_sub_task_place(*parts: Any) -> Any:
    """What a future of a subtask knows of it: as for a subtask."""
    _outside("get_sub_task_place")


def get_store(*parts: Any) -> Any:
    """An open store: (place,); the job's own one when that is empty."""
    _outside("get_store")


def get_stored(*parts: Any) -> Any:
    """A copy of an object of the store: (object id,)."""
    _outside("get_stored")


def make_lost(*parts: Any) -> Any:
    """What is left of a value that could not be stored: (index in the group's losses, type name, reason)."""
    _outside("make_lost")


FORMS = frozenset(
    {
        make_code,
        make_function,
        set_function,
        make_cell,
        set_cell,
        make_class,
        make_enum,
        set_class,
        get_class,
        set_dict,
        set_state,
        set_exception,
        get_module,
        get_system,
        make_view,
        get_job,
        get_sub_task,
        get_sub_task_place,
        get_store,
        get_stored,
        make_lost,
    }
)
"""All of them."""
