"""What jobs below a job used adds up, whoever adds at the same time."""

from __future__ import annotations

from decimal import Decimal

from statek_jupyter.executors.roll_up import RollUp
from statek_jupyter.executors.usage import CallUsage, LLM_Usage


def call(model: str, tokens: int, cost: str | None) -> LLM_Usage:
    known = None if cost is None else Decimal(cost)
    return LLM_Usage().plus(CallUsage(model, tokens, 1, 2, cost_usd=known, seconds=0.5, bytes_sent=7))


def test_two_who_add_at_once_are_both_counted() -> None:
    """The conflict is resolved by what each has added, for every figure."""
    roll_up = RollUp()
    roll_up.add(call("a", 10, "0.1"), jobs=2)
    before = dict(vars(roll_up))
    roll_up.add(call("a", 20, "0.2"), jobs=1)
    roll_up.deleted += 1
    saved = dict(vars(roll_up))
    other = RollUp()
    vars(other).update(before)
    other.add(call("b", 40, None), jobs=1)
    merged = roll_up._p_resolveConflict(before, saved, dict(vars(other)))
    both = call("a", 10, "0.1").merge(call("a", 20, "0.2")).merge(call("b", 40, None))
    assert (merged["jobs"], merged["deleted"]) == (4, 1)
    assert {row[0]: row for row in merged["usage"].by_model} == {row[0]: row for row in both.by_model}
    for name in ("total_input_tokens", "total_known_cost", "unknown_cost_calls", "num_calls", "model_seconds"):
        assert getattr(merged["usage"], name) == getattr(both, name), name


def test_what_was_added_is_the_difference() -> None:
    """`minus` undoes `merge`."""
    one, two = call("a", 10, "0.1"), call("b", 5, None)
    added = one.merge(two).minus(one)
    assert (added.total_input_tokens, added.total_known_cost, added.unknown_cost_calls) == (5, Decimal(0), 1)
    assert one.merge(added).total_known_cost == Decimal("0.1")
