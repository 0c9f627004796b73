"""What was spent, by when: counted once by however many workers, and told without reading jobs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.store import Store
from statek_jupyter.views.spending import read_spent

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
CALL = CallUsage("m", cost_usd=Decimal("0.001"), cost_source="registered")
UNKNOWN = CallUsage("m")


def test_what_many_spend_at_once_is_counted_whole(store: Store) -> None:
    """Threads that answer calls in the same quarter of an hour neither lose one nor count one twice."""

    def spend(worker: int) -> None:
        for _ in range(25):
            store.run(lambda root: root.note_spent(UNKNOWN if worker == 0 else CALL, MIDNIGHT))

    threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = store.read(lambda root: read_spent(root, MIDNIGHT))
    assert spent == {"cost_usd": "0.075", "unknown_cost_calls": 25}


def test_only_what_comes_after_the_moment_counts(store: Store) -> None:
    """The second before midnight is yesterday; without any call nothing is spent, and nothing known is not zero."""
    assert store.read(lambda root: read_spent(root, MIDNIGHT)) == {"cost_usd": "0", "unknown_cost_calls": 0}
    store.run(lambda root: root.note_spent(CALL, MIDNIGHT - timedelta(seconds=1)))
    store.run(lambda root: root.note_spent(UNKNOWN, MIDNIGHT))
    assert store.read(lambda root: read_spent(root, MIDNIGHT)) == {"cost_usd": None, "unknown_cost_calls": 1}
    earlier = store.read(lambda root: read_spent(root, MIDNIGHT - timedelta(minutes=15)))
    assert earlier == {"cost_usd": "0.001", "unknown_cost_calls": 1}


def test_both_sides_of_a_conflict_count() -> None:
    """Three ways a sum can have been before, and what two processes made of it."""
    from statek_jupyter.store.spending import SpentSlot

    for before in (None, Decimal("0.5")):
        old = {"cost_usd": before, "unknown_cost_calls": 1}
        saved = {"cost_usd": (before or 0) + Decimal("0.25"), "unknown_cost_calls": 3}
        new = {"cost_usd": (before or 0) + Decimal("0.125"), "unknown_cost_calls": 1}
        merged = SpentSlot()._p_resolveConflict(old, saved, new)
        assert merged == {"cost_usd": (before or 0) + Decimal("0.375"), "unknown_cost_calls": 3}
    untouched = {"cost_usd": None, "unknown_cost_calls": 0}
    assert SpentSlot()._p_resolveConflict(untouched, untouched, untouched) == untouched
