"""What was spent since a moment, over all jobs of a store."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from statek_jupyter.store.root import Root


class SpentAnswer(TypedDict):
    """Cost of the calls since the moment."""

    cost_usd: str | None
    """As decimal text; None when no cost is known."""
    unknown_cost_calls: int
    """Calls without a known cost: with any, the cost is a lower bound."""


def read_spent(root: Root, since: datetime) -> SpentAnswer:
    """Sum of the calls answered since the quarter of an hour in which `since` lies, deleted jobs' too."""
    slots = [] if root.spending is None else list(root.spending.since(since))
    known = [slot.cost_usd for slot in slots if slot.cost_usd is not None]
    unknown = sum(slot.unknown_cost_calls for slot in slots)
    cost = sum(known, Decimal(0))
    return {"cost_usd": f"{cost:f}" if known or not unknown else None, "unknown_cost_calls": unknown}
