"""Adding up what calls used and cost."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.executors.usage import CallUsage, LLM_Usage, ModelPricing

costs = st.none() | st.decimals(0, 10, places=4)
calls = st.builds(
    CallUsage,
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
    cost_usd=costs,
    cost_source=st.sampled_from(["provider", "registered", "price_list"]),
    seconds=st.sampled_from([0.0, 0.5, 2.0]),
)


def total(some: list[CallUsage]) -> LLM_Usage:
    usage = LLM_Usage()
    for call in some:
        usage = usage.plus(call)
    return usage


@given(st.lists(calls, max_size=6), st.lists(calls, max_size=6))
def test_usage_of_two_jobs_together_is_that_of_all_their_calls(one: list[CallUsage], other: list[CallUsage]) -> None:
    """Roll-ups of a tree give the same however it is cut; only the size of the last request is one job's."""
    merged, whole = total(one).merge(total(other)), total(one + other)
    for name in (
        "total_input_tokens", "total_cached_tokens", "total_output_tokens", "unknown_cost_calls", "num_calls",
        "model_seconds", "timed_output_tokens", "total_known_cost", "total_bytes_sent",
    ):  # fmt: skip
        assert getattr(merged, name) == getattr(whole, name), name
    assert sorted(map(repr, merged.by_model)) == sorted(map(repr, whole.by_model))


@given(st.lists(calls, max_size=6))
def test_unknown_cost_is_never_zero(some: list[CallUsage]) -> None:
    """None as long as no call's cost is known, and the unknown ones are counted."""
    usage = total(some)
    known = [call.cost_usd for call in some if call.cost_usd is not None]
    assert (usage.total_cost is None) == (not known)
    assert usage.unknown_cost_calls == len(some) - len(known)
    assert usage.total_known_cost == (sum(known) if known else None)


def test_the_price_of_a_call_is_frozen() -> None:
    """Another model later does not price earlier tokens again (statek did)."""
    cheap = CallUsage("a", 1_000_000, 0, 0, cost_usd=ModelPricing(Decimal(1), None, Decimal(2)).cost(1_000_000, 0, 0))
    dear = CallUsage("b", 1_000_000, 0, 0, cost_usd=ModelPricing(Decimal(10), None, Decimal(20)).cost(1_000_000, 0, 0))
    assert total([cheap, dear]).total_cost == 11.0


def test_more_cached_than_input_tokens_never_cost_less_than_nothing() -> None:
    """Some providers leave cache reads out of the input count."""
    pricing = ModelPricing(Decimal(1), Decimal("0.1"), Decimal(2))
    assert pricing.cost(10, 1000, 0) == Decimal("0.1") * 10 / 1_000_000
    assert ModelPricing(Decimal(1)).cost(1, 0, 1) is None
