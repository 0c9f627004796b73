"""What a call costs and who says so."""

from __future__ import annotations

from decimal import Decimal

from statek_jupyter.executors.usage import ModelPricing
from statek_jupyter.llm.model import TokenUsage
from statek_jupyter.llm.pricing import (
    cost_of,
    estimated_tokens,
    listed_context_limit,
    listed_price,
    register_price,
    registered_price,
)

USAGE = TokenUsage(1_000_000, 500_000, 1_000_000)
ONE_TWO = ModelPricing(Decimal(1), None, Decimal(2))

PRICES = {
    "gpt-x": {
        "litellm_provider": "openai",
        "input_cost_per_token": 2.5e-07,
        "output_cost_per_token": 2e-06,
        "max_input_tokens": 272_000,
    },
    "free": {"litellm_provider": "openai", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
    "tiered": {
        "litellm_provider": "openai",
        "input_cost_per_token": 1e-06,
        "input_cost_per_token_above_128k_tokens": 2e-06,
        "input_cost_per_token_above_200k_tokens": 4e-06,
        "output_cost_per_token": 1e-05,
    },
}


def test_the_best_source_wins() -> None:
    """The provider's figure, then the user's price, then the list."""
    other = ModelPricing(Decimal(9), None, Decimal(9))
    assert cost_of(USAGE, reported_usd=0.5, registered=ONE_TWO, listed=other).usd == Decimal("0.5")
    assert cost_of(USAGE, registered=ONE_TWO, listed=other).source == "registered"
    listed = cost_of(USAGE, listed=ONE_TWO)
    assert (listed.usd, listed.source, listed.pricing) == (Decimal(3), "price_list", ONE_TWO)


def test_unknown_is_never_zero() -> None:
    """No source, half a price, and a list that has only zeros are unknown; a provider may say that a call was free."""
    for cost in (
        cost_of(USAGE),
        cost_of(USAGE, listed=ModelPricing(Decimal(1), None, None)),
        cost_of(USAGE, listed=listed_price(PRICES, "openai/free", 1)),
    ):
        assert (cost.usd, cost.source) == (None, "unknown")
    assert cost_of(USAGE, reported_usd=0).usd == 0


def test_the_list_knows_exactly_this_model() -> None:
    """By its full name, or by its bare name with the same provider; never another provider's or a similar one."""
    price = listed_price(PRICES, "openai/gpt-x", 10)
    assert price is not None and price.input_price_per_M == Decimal("0.25")
    assert listed_price(PRICES, "gpt-x", 10) == price
    assert listed_price(PRICES, "openrouter/gpt-x", 10) is None
    assert listed_price(PRICES, "openai/gpt-x-mini", 10) is None
    models = ("openai/gpt-x", "gpt-x", "openrouter/gpt-x", "openai/free")
    assert [listed_context_limit(PRICES, model) for model in models] == [272_000, 272_000, None, None]


def test_long_inputs_fall_in_dearer_tiers() -> None:
    """The highest tier that the input exceeds counts."""
    prices = [listed_price(PRICES, "tiered", tokens) for tokens in (1_000, 150_000, 250_000)]
    assert [price.input_price_per_M for price in prices if price] == [Decimal(1), Decimal(2), Decimal(4)]
    assert {price.output_price_per_M for price in prices if price} == {Decimal(10)}


def test_prices_are_registered_exactly() -> None:
    """What the user writes is the price, without the rounding of floats."""
    register_price("registered/exactly", input_per_M=0.1, output_per_M="0.30", cached_per_M=0.01)
    assert registered_price("registered/exactly") == ModelPricing(Decimal("0.1"), Decimal("0.01"), Decimal("0.30"))
    assert registered_price("registered/never") is None


def test_estimates_are_never_zero_for_a_text() -> None:
    """Even one character is a token."""
    assert [estimated_tokens(n) for n in (0, 1, 4, 5, 4000)] == [0, 1, 1, 2, 1000]
