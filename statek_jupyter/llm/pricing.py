"""What a model call costs, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from statek_jupyter.executors.usage import CostSource, ModelPricing
from statek_jupyter.llm.model import TokenUsage

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text and code, used only where a provider sends no counts."""

_registered: dict[str, ModelPricing] = {}


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost with its source and, when it was computed, the unit prices used."""

    usd: Decimal | None = None
    """None when nobody knows; never 0 for unknown."""
    source: CostSource = "unknown"
    pricing: ModelPricing | None = None


def register_price(
    model: str, *, input_per_M: str | float, output_per_M: str | float, cached_per_M: str | float | None = None
) -> None:
    """Set the price of a model, in US dollars per million tokens; replaces an earlier one.

    Used for calls whose provider reports no cost. Calls already made keep the price they had.
    """
    _registered[model] = ModelPricing(
        input_price_per_M=Decimal(str(input_per_M)),
        input_price_per_cached_M=None if cached_per_M is None else Decimal(str(cached_per_M)),
        output_price_per_M=Decimal(str(output_per_M)),
    )


def registered_price(model: str) -> ModelPricing | None:
    """The price set by `register_price`, or None."""
    return _registered.get(model)


def estimated_tokens(characters: int) -> int:
    """Tokens of a text of this length, about; at least 1 unless there is no text."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def cost_of(
    usage: TokenUsage,
    *,
    reported_usd: float | Decimal | None = None,
    registered: ModelPricing | None = None,
    listed: ModelPricing | None = None,
) -> Cost:
    """The cost of a call from the best source there is: the provider, a registered price, a price list, nobody.

    Args:
        usage: What the call used.
        reported_usd: The provider's own figure.
        registered: The price the user set.
        listed: The client's price list; a list with only zeros counts as not knowing.
    """
    if reported_usd is not None:
        return Cost(Decimal(str(reported_usd)), "provider")
    sources: tuple[tuple[ModelPricing | None, CostSource], ...] = ((registered, "registered"), (listed, "price_list"))
    for pricing, source in sources:
        if pricing is None or (source == "price_list" and not _is_priced(pricing)):
            continue
        usd = pricing.cost(usage.input_tokens, usage.cached_tokens, usage.output_tokens)
        if usd is not None:
            return Cost(usd, source, pricing)
    return Cost()


def _is_priced(pricing: ModelPricing) -> bool:
    return bool(pricing.input_price_per_M) or bool(pricing.output_price_per_M)


def listed_price(prices: Mapping[str, Mapping[str, Any]], model: str, input_tokens: int) -> ModelPricing | None:
    """The price of exactly this model in a price list, of the tier the input falls in; never one of a similar name.

    Args:
        prices: Model to prices per token, as litellm lists them.
        model: The model as the job names it; a row of its bare name counts when it names the same provider.
        input_tokens: Decides the tier.
    """
    row = _row(prices, model)
    if not row:
        return None
    return ModelPricing(
        _per_million(row, "input_cost_per_token", input_tokens),
        _per_million(row, "cache_read_input_token_cost", input_tokens),
        _per_million(row, "output_cost_per_token", input_tokens),
    )


def listed_context_limit(prices: Mapping[str, Mapping[str, Any]], model: str) -> int | None:
    """Most input tokens that exactly this model takes, from the same list; None when it does not say."""
    limit = (_row(prices, model) or {}).get("max_input_tokens")
    return int(limit) if isinstance(limit, int | float) and limit > 0 else None


def _row(prices: Mapping[str, Mapping[str, Any]], model: str) -> Mapping[str, Any] | None:
    provider, _, name = model.partition("/")
    row = prices.get(model)
    if row is None and name and (prices.get(name) or {}).get("litellm_provider") == provider:
        row = prices[name]
    return row


def _per_million(row: Mapping[str, Any], key: str, input_tokens: int) -> Decimal | None:
    price = row.get(key)
    reached = 0
    for name, value in row.items():
        tier = re.fullmatch(rf"{key}_above_(\d+)k_tokens", name)
        if tier and reached < int(tier[1]) * 1000 < input_tokens:
            reached, price = int(tier[1]) * 1000, value
    return None if price is None else Decimal(str(price)) * 1_000_000
