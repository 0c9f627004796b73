"""Tools that leave a mark outside of the store, so that what was done twice or not at all is seen."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from statek_jupyter.engine import waiting
from statek_jupyter.errors import FutureError
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.tool import Tool, as_tool, tool
from statek_jupyter.executors.waits import TimeWait


class Outside:
    """The world outside of the jobs of one run: a file that tools append to."""

    folder = Path()
    suspends = False
    """Whether each call of `ask` waits once, with its statement evicted."""

    @classmethod
    def marks(cls) -> list[tuple[str, str]]:
        """(call, what) of everything that was done, oldest first; a call is ``job:id``."""
        path = cls.folder / "marks"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def mark(call: str, what: Any, policy: str) -> None:
    """Do something; once it is done it stays done, whatever becomes of the process."""
    file = os.open(Outside.folder / "marks", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, f"{call}\t{what}\t{policy}\n".encode())
    os.close(file)


def outcome_of(what: Any) -> str:
    """What a tool gives that has done this."""
    return f"<{what}>"


@tool
def effect(what: Any, idempotency_key: str = "") -> str:
    """Do something that must not be done twice."""
    mark(idempotency_key, what, "ask")
    print("did", what)
    return outcome_of(what)


@tool
async def aeffect(what: Any, idempotency_key: str = "") -> str:
    """As `effect`, asynchronously; later ones end first."""
    mark(idempotency_key, what, "ask")
    await asyncio.sleep(0.002 if str(what).endswith("0") else 0)
    return outcome_of(what)


@tool(retry="idempotent")
def put(what: Any, idempotency_key: str = "") -> str:
    """Do something that the world does once for each key."""
    mark(idempotency_key, what, "idempotent")
    return outcome_of(what)


@tool(retry="safe")
def look(what: Any, idempotency_key: str = "") -> str:
    """Do something that may be done again."""
    mark(idempotency_key, what, "safe")
    return outcome_of(what)


@tool(retry="safe")
def fails(what: Any) -> None:
    """Raise."""
    raise ValueError(f"no {what}")


_waited: set[str] = set()


@tool(retry="safe")
def ask(what: Any, idempotency_key: str = "") -> str:
    """Give something that is there at once, or after the statement was evicted."""
    if Outside.suspends and idempotency_key not in _waited:
        _waited.add(idempotency_key)
        raise FutureError(_soon(idempotency_key))
    return outcome_of(what)


def _soon(key: str) -> FutureResult:
    future = FutureResult(key)
    future.set_complement_functions(_value, _never_in_memory)
    future.waits = (TimeWait(datetime.now(UTC)),)
    return future


def _value(future: FutureResult) -> Any:
    return None


def _never_in_memory(future: FutureResult) -> bool:
    return False


def wait_cold() -> None:
    """Evict at once, so that every wait is a suspension."""
    waiting.HOT_SECONDS = 0.0
    waiting.Parking.wait.__kwdefaults__["hot_seconds"] = 0.0  # type: ignore[index]
    waiting.Parking.await_.__kwdefaults__["hot_seconds"] = 0.0  # type: ignore[index]


TOOLS: list[Tool] = [as_tool(one) for one in (effect, aeffect, put, look, fails, ask)]
