"""The JSON forms of answers that only some modules can make, because values or the engine are needed for them."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from statek_jupyter.views.schema import VariableChange


class ExchangeView(TypedDict):
    """Both as text; keys of providers are removed."""

    request: str
    reply: str
    note: str
    """What was left out of either, or why one is missing; usually empty."""


class VariableDiff(TypedDict):
    """One variable that is different."""

    name: str
    change: VariableChange
    before: str
    """Its old value as bounded text; empty for a new one."""
    after: str
    """Its new value; empty for a deleted one."""
    details: NotRequired[list[str]]
    """What is different inside: keys, columns, types."""
