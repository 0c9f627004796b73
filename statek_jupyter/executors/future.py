"""Values that are not ready yet. A statement that uses one suspends its job until it is."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from persistent import Persistent

from statek_jupyter.errors import BadOptionError, FutureError
from statek_jupyter.executors.current_job import get_current_job
from statek_jupyter.executors.stored_callable import StoredCallable, StoredValue, callable_name
from statek_jupyter.executors.waits import ConditionWait, Wait

if TYPE_CHECKING:
    from statek_jupyter.executors.job import Job

F = TypeVar("F", bound=Callable[..., Any])


class FutureResult(Persistent):
    """A value that some other work will give.

    Args:
        deps: What the value depends on, for the complement and the condition to look at.
        state_num: A number for them, when `deps` change over time.
    """

    complement: StoredCallable | None = None
    condition: StoredCallable | None = None
    waits: tuple[Wait, ...] = ()
    """What completes it, when that is known to the store; empty for one whose condition has to be asked."""
    source: str = ""
    """What made it, for people: a function's name, an event's."""
    _on_error: tuple[StoredCallable, Any] | None = None

    def __init__(self, deps: Any = None, state_num: int | None = None) -> None:
        self._deps = deps
        self.state_num = state_num

    @property
    def deps(self) -> Any:
        """What the value depends on."""
        return self._deps.load() if isinstance(self._deps, StoredValue) else self._deps

    @deps.setter
    def deps(self, value: Any) -> None:
        self._deps = value

    def storable(self) -> FutureResult:
        """A copy for a record of the store, whatever its `deps` are.

        Raises:
            NotDurableError: They cannot be stored.
        """
        copied = type(self).__new__(type(self))
        copied.__setstate__(self.__getstate__())
        if not isinstance(copied._deps, StoredValue):
            copied._deps = StoredValue(copied._deps, f"what {self} depends on")
        copied._deps.encoded()
        return copied

    def set_complement_functions(
        self, complement: Callable[..., Any] | None = None, condition: Callable[..., bool] | None = None
    ) -> None:
        """Say how the value is made (`complement(future)`) and when it can be (`condition(future)`)."""
        self.complement = None if complement is None else _held(complement)
        self.condition = None if condition is None else _held(condition)

    def check_condition(self) -> bool:
        """Whether `value` can be had now. Without a condition: whether making the value succeeds."""
        if self.condition is not None:
            return bool(self.condition(self))
        try:
            self._make()
        except FutureError:
            return False
        return True

    @property
    def value(self) -> Any:
        """The value, made anew each time.

        Raises:
            FutureError: It is not ready.
        """
        made = self._make()
        if self._on_error is not None:
            (handler, job), self._on_error = self._on_error, None
            (job or get_current_job()).add_error_handler(handler, made)
        return made

    def value_if_ready(self) -> Any:
        """The value, not made before the condition holds.

        Raises:
            FutureError: It is not ready.
        """
        if not self._is_due():
            raise FutureError(self)
        return self.value

    def _is_due(self) -> bool:
        return self.condition is None or bool(self.condition(self))

    def _make(self) -> Any:
        if self.complement is None:
            raise FutureError(self)
        return self.complement(self)

    def bind_error_handler(self, handler: Callable[..., Any], job: Job | None = None) -> None:
        """Register `handler` on `job` with the value as context, once, when the value is first had.

        Without a job: on the one whose code has it then.
        """
        self._on_error = (_held(handler), job)

    def __iter__(self) -> Iterator[FutureElement]:
        """An element for each part of a value annotated as a tuple of fixed size.

        Raises:
            FutureError: The size is not known before the value is.
        """
        size = None if self.complement is None else _tuple_size(self.complement.load())
        if size is None:
            raise FutureError(self)
        return iter([FutureElement(self, index) for index in range(size)])

    def __str__(self) -> str:
        return self.source or "a value that is not ready yet"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class FutureElement(FutureResult):
    """One part of a future tuple."""

    def __init__(self, parent: FutureResult, index: int) -> None:
        super().__init__(parent.deps, parent.state_num)
        self.parent = parent
        self.index = index
        self.source = f"part {index} of {parent}"
        if parent.waits:
            self.waits = parent.waits

    def check_condition(self) -> bool:
        return self.parent.check_condition()

    def storable(self) -> FutureResult:
        copied = super().storable()
        assert isinstance(copied, FutureElement)
        copied.parent = self.parent.storable()
        return copied

    def _is_due(self) -> bool:
        return self.parent._is_due()

    def _make(self) -> Any:
        return self.parent.value[self.index]


def _held(function: Callable[..., Any]) -> StoredCallable:
    return function if isinstance(function, StoredCallable) else StoredCallable(function)


def _tuple_size(complement: Callable[..., Any]) -> int | None:
    """How many parts the complement's return annotation promises; None when it promises no fixed number."""
    try:
        returned = typing.get_type_hints(complement).get("return")
    except Exception:  # an annotation that cannot be resolved promises nothing
        return None
    parts = typing.get_args(returned)
    return len(parts) if typing.get_origin(returned) is tuple and ... not in parts else None


def temporal(
    complement: Callable[..., Any] | None = None,
    condition: Callable[..., bool] | None = None,
    extends: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Decorate a function whose `FutureResult` is completed by `complement` when `condition` holds.

    Args:
        complement: Makes the value from the future.
        condition: Says whether the future can be completed.
        extends: Another temporal function, whose two functions are taken.

    Raises:
        BadOptionError: Neither or both forms are given, or `extends` is not temporal (also a ValueError).
    """
    if (extends is None) == (complement is None and condition is None):
        raise BadOptionError("temporal", "give either complement and condition, or extends")
    if extends is not None:
        if not is_temporal(extends):
            raise BadOptionError("temporal", f"extends={extends!r} is not a temporal function")
        complement, condition = extends.__temporal_complement__, extends.__temporal_condition__  # type: ignore[attr-defined]
    if complement is None or condition is None:
        raise BadOptionError("temporal", "give both complement and condition")

    def finish(result: Any, name: str) -> Any:
        if isinstance(result, FutureResult):
            result.set_complement_functions(complement, condition)
            result.source = result.source or name
        return result

    def decorate(function: F) -> F:
        name = callable_name(function)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                return finish(await function(*args, **kwargs), name)
        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return finish(function(*args, **kwargs), name)

        wrapper.__is_temporal__ = True  # type: ignore[attr-defined]
        wrapper.__temporal_complement__ = complement  # type: ignore[attr-defined]
        wrapper.__temporal_condition__ = condition  # type: ignore[attr-defined]
        return typing.cast(F, wrapper)

    return decorate


def is_temporal(function: object) -> bool:
    """Whether it was made by `temporal`."""
    return bool(getattr(function, "__is_temporal__", False))


def get_any_future(*futures: Any) -> Any:
    """The value of the first of `futures` that is ready; plain values are ready, subtasks give their results.

    Raises:
        FutureError: None is.
        TypeError: There are no futures.
    """
    if not futures:
        raise TypeError("get_any_future() needs at least one future")
    futures = _as_futures(futures)
    for future in futures:
        if not isinstance(future, FutureResult):
            return future
        if future.check_condition():
            return future.value
    raise FutureError(combined(any, futures))


def get_all_future(*futures: Any) -> tuple[Any, ...]:
    """The values of all `futures`, in order; plain values are ready, subtasks give their results.

    Raises:
        FutureError: One is not ready.
        TypeError: There are no futures.
    """
    if not futures:
        raise TypeError("get_all_future() needs at least one future")
    futures = _as_futures(futures)
    if not all(_ready(future) for future in futures):
        raise FutureError(combined(all, futures))
    return tuple(future.value if isinstance(future, FutureResult) else future for future in futures)


def _as_futures(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values, with futures in place of subtasks."""
    return tuple(value.as_future() if hasattr(type(value), "as_future") else value for value in values)


def _ready(future: Any) -> bool:
    return future.check_condition() if isinstance(future, FutureResult) else True


def combined(how: Callable[..., bool], futures: tuple[Any, ...]) -> FutureResult:
    """A future for any or all of `futures`."""
    waits = FutureResult(deps=tuple(futures))
    if how is any:
        waits.set_complement_functions(_any_value, _any_ready)
    else:
        waits.set_complement_functions(_all_values, _all_ready)
    waits.waits = _waits_of(futures)
    waits.source = f"{'any' if how is any else 'all'} of {len(futures)} values"
    return waits


def _waits_of(futures: tuple[Any, ...]) -> tuple[Wait, ...]:
    """What wakes somebody who waits for any or for all of them: each one that comes may be the last."""
    pending = [one for one in futures if isinstance(one, FutureResult) and not one.check_condition()]
    return tuple(dict.fromkeys(wait for one in pending for wait in one.waits or (ConditionWait(),)))


def _any_value(future: FutureResult) -> Any:
    return get_any_future(*future.deps)


def _any_ready(future: FutureResult) -> bool:
    return any(_ready(one) for one in future.deps)


def _all_values(future: FutureResult) -> Any:
    return get_all_future(*future.deps)


def _all_ready(future: FutureResult) -> bool:
    return all(_ready(one) for one in future.deps)
