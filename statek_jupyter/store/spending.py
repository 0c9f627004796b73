"""What all jobs of a store spent: a sum for each quarter of an hour, so that no question about it reads jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from BTrees.LOBTree import LOBTree
from persistent import Persistent

from statek_jupyter.executors.usage import CallUsage

SLOT_SECONDS = 900
"""Every time zone's midnight is the beginning of a slot."""


class SpentSlot(Persistent):
    """The sum of a quarter of an hour. Any number of workers adds to it at once."""

    def __init__(self) -> None:
        self.cost_usd: Decimal | None = None
        """None until a call with a known cost comes."""
        self.unknown_cost_calls = 0

    def add(self, call: CallUsage) -> None:
        """Count one call."""
        if call.cost_usd is None:
            self.unknown_cost_calls += 1
        else:
            self.cost_usd = (self.cost_usd or Decimal(0)) + call.cost_usd

    def _p_resolveConflict(self, old: dict[str, Any], saved: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """What both sides added counts."""
        costs = [state["cost_usd"] for state in (saved, new)]
        known = [cost for cost in costs if cost is not None]
        return {
            **saved,
            "cost_usd": sum(known, -(old["cost_usd"] or Decimal(0))) if known else None,
            "unknown_cost_calls": saved["unknown_cost_calls"] + new["unknown_cost_calls"] - old["unknown_cost_calls"],
        }


class Spending(Persistent):
    """The sums, each a record of its own. What deleted jobs spent stays in them: it was spent."""

    def __init__(self) -> None:
        self.slots: Any = LOBTree()
        """Number of the slot since the epoch to its `SpentSlot`."""

    def add(self, call: CallUsage, when: datetime) -> None:
        """Count a call that was answered then."""
        number = _slot(when)
        slot = self.slots.get(number)
        if slot is None:
            self.slots[number] = slot = SpentSlot()
        slot.add(call)

    def since(self, moment: datetime) -> Iterator[SpentSlot]:
        """The sums from the slot of this moment on."""
        return iter(self.slots.values(min=_slot(moment)))


def _slot(moment: datetime) -> int:
    return int(moment.timestamp() // SLOT_SECONDS)
