"""The process behind `value_reader`: loads variables it is sent and gives pages of them; it has no store, no keys."""

from __future__ import annotations

import builtins
import json
import pickle
import sys
from collections import OrderedDict
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from statek_jupyter.store.locals.classes import ClassTable
from statek_jupyter.store.locals.decoding import Decoder
from statek_jupyter.store.locals.saved import SavedPayload
from statek_jupyter.views.values import grid_page, part_at, value_page

KEPT_VALUES = 4
"""Variables that stay loaded, so that the next page is there at once."""


def load(name: str, group: SavedPayload, classes: Mapping[str, SavedPayload]) -> Any:
    """The variable; a tombstone when it cannot be made."""
    namespace: dict[str, Any] = {"__builtins__": dict(vars(builtins)), "__name__": "statek.shown"}
    return Decoder(namespace, ClassTable(), classes.get).load(group)[name]


def answer(values: OrderedDict[Any, Any], request: Any) -> Any:
    """What is sent back: a page, or ``unknown`` to be sent the variable first, or why there is none."""
    key, loading, question, arguments = request
    if loading is not None:
        values[key] = load(*loading)
        while len(values) > KEPT_VALUES:
            values.popitem(last=False)
    if key not in values:
        return {"unknown": True}
    values.move_to_end(key)
    try:
        part = part_at(values[key], arguments.pop("path"))
    except LookupError as error:
        return {"missing": str(error)}
    return {"page": (grid_page if question == "grid" else value_page)(part, **arguments)}


def main() -> None:
    """Answer requests on the connection whose number is given, until the other side closes it."""
    connection = Connection(int(sys.argv[1]))
    values: OrderedDict[Any, Any] = OrderedDict()
    while True:
        try:
            request = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        try:
            found = answer(values, request)
        except Exception as error:  # a library's, of a kind nobody can foresee
            found = {"failed": type(error).__name__}
        connection.send_bytes(json.dumps(found).encode())


if __name__ == "__main__":
    main()
