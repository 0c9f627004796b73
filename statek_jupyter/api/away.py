"""Answers for which values of a job are loaded: that may import libraries, run the job's code, or take all memory.

A kernel gives them itself, for it runs such code anyway. A server has them given by ``python -m statek_jupyter.api.away
WHERE``, a process of its own: one JSON object per line in, one per line out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from statek_jupyter.api.questions import DiffAnswer, ExchangeAnswer, Values
from statek_jupyter.errors import StatekError, UserError
from statek_jupyter.store import JobHandle, Store, open_store
from statek_jupyter.views.exchange import read_exchange
from statek_jupyter.views.locals_diff import read_locals_diff


def _exchange(handle: JobHandle, values: Values) -> ExchangeAnswer:
    return {"exchange": handle.read(lambda job: read_exchange(job, values["item"]))}


def _diff(handle: JobHandle, values: Values) -> DiffAnswer:
    other = handle if values["other"] is None else JobHandle(handle.store, values["other"])
    return {"changes": read_locals_diff(handle, values["a"], other, values["b"])}


ANSWERS: Mapping[str, Callable[[JobHandle, Values], Any]] = {"exchange": _exchange, "diff": _diff}
"""By the name of the question; its fields are in `statek_jupyter.api.questions`."""


def serve(where: str | None) -> None:
    """Answer what comes in, until nothing does any more.

    Answers go to what was standard output; what a value prints while it is loaded does not.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with open_store(where, read_only=True) as store:
        for line in sys.stdin:
            out.write(json.dumps(_answered(store, json.loads(line))) + "\n")
            out.flush()


def _answered(store: Store, asked: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": ANSWERS[asked["name"]](JobHandle(store, asked["job"]), asked["values"])}
    except StatekError as problem:
        return {"problem": str(problem), "missing": isinstance(problem, UserError)}
    except Exception as problem:
        return {"problem": f"the value cannot be loaded: {type(problem).__name__}: {problem}", "missing": True}


if __name__ == "__main__":
    serve(sys.argv[1] if len(sys.argv) > 1 else None)
