"""The globals of functions whose variables are loaded only when they are looked up."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any


class LazyGlobals(dict[str, Any]):
    """A namespace over a mapping that loads.

    Args:
        variables: Where a name is looked up that is not loaded yet; it puts what it loads in here.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        super().__init__(__builtins__=dict(vars(builtins)), __name__="statek.past")
        self._variables = variables

    def __missing__(self, name: str) -> Any:
        return self._variables[name]
