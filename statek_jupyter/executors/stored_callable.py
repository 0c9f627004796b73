"""Functions and values of user code inside records: by name or as bytes, so that the record opens everywhere."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from persistent import Persistent

from statek_jupyter.errors import LostValueError, NotDurableError

_dumps: Callable[[Any], bytes] = pickle.dumps
_loads: Callable[[bytes], Any] = pickle.loads


def set_callable_pickler(dumps: Callable[[Any], bytes], loads: Callable[[bytes], Any]) -> None:
    """Say how functions that cannot be imported by name are pickled; the store installs cloudpickle."""
    global _dumps, _loads
    _dumps, _loads = dumps, loads


def import_path(function: Any) -> str | None:
    """``module:qualname`` if importing that gives this very object in any process, else None."""
    module, qualname = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not module or not qualname or module in ("__main__", "__mp_main__") or "<" in qualname:
        return None
    found: Any = sys.modules.get(module)
    if found is None or getattr(found, "__spec__", None) is None:
        return None
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return f"{module}:{qualname}" if found is function else None


def import_from(path: str) -> Any:
    """What `import_path` named."""
    module, _, qualname = path.partition(":")
    found: Any = import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    return found


def callable_name(function: Any) -> str:
    """The name people know it by; that of the class for a callable object."""
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__name__", None) or type(function).__name__)


class StoredValue:
    """A value of user code inside a record; immutable. The record opens even where the value cannot be made again.

    Args:
        value: Kept alive as it is in this process, and encoded when it is first stored.
        name: What errors call it.
    """

    __slots__ = ("_encoded", "_value", "name")

    name: str

    def __init__(self, value: Any, name: str) -> None:
        self.name = name
        self._value = value
        self._encoded: tuple[str, Any] | None = None

    def load(self) -> Any:
        """The value, made anew in a process that has not made it.

        Raises:
            LostValueError: It cannot be made here: its module is missing, say.
        """
        if self._value is _NOT_LOADED:
            form, content = self._encoded or ("plain", None)
            try:
                self._value = _DECODERS[form](content)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise LostValueError("callable" if callable(self) else form, reason, self.name) from error
        return self._value

    def encoded(self) -> tuple[str, Any]:
        """The stored form: ``import`` and a path, ``pickle`` and bytes, or ``plain`` and the value itself.

        Raises:
            NotDurableError: The value cannot be pickled.
        """
        if self._encoded is None:
            self._encoded = self._encode()
        return self._encoded

    def _encode(self) -> tuple[str, Any]:
        value = self._value
        if value is None or isinstance(value, str | int | float | bool | bytes | Persistent):
            return "plain", value
        path = import_path(value)
        if path is not None:
            return "import", path
        try:
            return "pickle", _dumps(value)
        except Exception as error:
            raise NotDurableError(self.name, type(value).__name__, f"{type(error).__name__}: {error}") from error

    def __reduce__(self) -> tuple[Any, ...]:
        return _stored_value, (type(self), self.name, self.encoded())

    def __eq__(self, other: object) -> bool:
        """The same object, or the same stored form."""
        if type(other) is not type(self):
            return NotImplemented
        if self._value is other._value and self._value is not _NOT_LOADED:
            return True
        try:
            return self.encoded() == other.encoded()
        except NotDurableError:
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class StoredCallable(StoredValue):
    """A function inside a record. Calling it calls the function."""

    __slots__ = ()

    def __init__(self, function: Callable[..., Any], name: str | None = None) -> None:
        super().__init__(function, name or callable_name(function))

    def load(self) -> Callable[..., Any]:
        function: Callable[..., Any] = super().load()
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.load()(*args, **kwargs)


_NOT_LOADED: Any = object()
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "import": import_from,
    "pickle": lambda data: _loads(data),
}


def _stored_value(cls: type[StoredValue], name: str, encoded: tuple[str, Any]) -> StoredValue:
    holder = cls.__new__(cls)
    holder.name = name
    holder._value, holder._encoded = _NOT_LOADED, encoded
    return holder


def restored(name: str, encoded: tuple[str, Any]) -> Any:
    """The value of `StoredValue.encoded`, made anew.

    Raises:
        LostValueError: It cannot be made here.
    """
    return _stored_value(StoredValue, name, encoded).load()
