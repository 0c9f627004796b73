"""Values that are not ready yet."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from persistent.mapping import PersistentMapping

from statek_jupyter.errors import BadOptionError, FutureError
from statek_jupyter.executors.future import FutureResult, get_all_future, get_any_future, is_temporal, temporal
from tests.executors.kept import Database, Keep, a_job


def parcel(future: FutureResult) -> tuple[int, str]:
    if "parcel" not in future.deps:
        raise FutureError(future)
    value: tuple[int, str] = future.deps["parcel"]
    return value


def arrived(future: FutureResult) -> bool:
    return "parcel" in future.deps


@temporal(complement=parcel, condition=arrived)
def order(box: Any) -> Any:
    """Order a parcel."""
    return FutureResult(box) if box is not None else "nothing to wait for"


@temporal(extends=order)
async def order_later(box: Any) -> Any:
    return FutureResult(box)


def test_a_temporal_function_gives_a_future_that_completes(keep: Keep[Any]) -> None:
    """Complement and condition survive a restart; the value is made anew each time."""
    future = keep(order(PersistentMapping()))
    assert not future.check_condition() and str(future) == "order"
    with pytest.raises(FutureError) as caught:
        _ = future.value
    assert caught.value.future_result is future
    future.deps["parcel"] = (1, "a")
    assert future.check_condition() and future.value == (1, "a")
    future.deps["parcel"] = (2, "b")
    assert future.value == (2, "b")


def test_other_values_pass_through() -> None:
    """A temporal function may have its value at once."""
    assert order(None) == "nothing to wait for"
    assert is_temporal(order) and not is_temporal(parcel) and order.__doc__ == "Order a parcel."


def test_async_functions_can_be_temporal_and_extend() -> None:
    """`extends` takes both functions of another."""
    future = asyncio.run(order_later({"parcel": (3, "c")}))
    assert future.value == (3, "c")


@pytest.mark.parametrize(
    "given",
    [{}, {"complement": parcel}, {"condition": arrived}, {"complement": parcel, "extends": order}, {"extends": parcel}],
)
def test_temporal_takes_two_functions_or_one_to_extend(given: dict[str, Any]) -> None:
    """Anything else is refused at decoration."""
    with pytest.raises(BadOptionError, match="temporal") as caught:
        temporal(**given)
    assert isinstance(caught.value, ValueError)


def test_a_future_tuple_has_parts(keep: Keep[Any]) -> None:
    """`a, b = future` works before the value is ready, when the annotation promises a fixed size."""
    box = PersistentMapping()
    number, text = order(box)
    number, text = keep({"parts": (number, text)})["parts"]
    assert not number.check_condition() and str(text) == "part 1 of order"
    number.deps["parcel"] = (7, "x")
    assert (number.value, text.value) == (7, "x")
    with pytest.raises(FutureError):
        iter(FutureResult())


def test_any_and_all() -> None:
    """The first that is ready; all in order; plain values are ready; what is missing is awaited."""
    ready, waiting = order({"parcel": (1, "a")}), order({})
    assert get_any_future(waiting, ready) == (1, "a")
    assert get_all_future(ready, 5) == ((1, "a"), 5)
    with pytest.raises(FutureError) as caught:
        get_all_future(ready, waiting)
    both = caught.value.future_result
    assert not both.check_condition() and str(both) == "all of 2 values"
    waiting.deps["parcel"] = (2, "b")
    assert both.check_condition() and both.value == ((1, "a"), (2, "b"))
    with pytest.raises(FutureError) as caught:
        get_any_future(order({}))
    assert not caught.value.future_result.check_condition()
    for combine in (get_any_future, get_all_future):
        with pytest.raises(TypeError, match="at least one future"):
            combine()


def test_a_handler_is_bound_to_the_value_once(database: Database) -> None:
    """What the value claims is released when the job dies: the handler gets the value as its context."""
    job = a_job()
    future = order({"parcel": (1, "a")})
    future.bind_error_handler(release, job)
    assert [future.value, future.value] == [(1, "a"), (1, "a")]
    (handler,) = job.error_handlers
    assert handler.context.load() == (1, "a")


def release(claimed: Any, error: BaseException | None = None) -> None:
    """Release what was claimed."""
