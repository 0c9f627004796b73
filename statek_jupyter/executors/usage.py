"""What a job's model calls used and cost, with every price frozen when the call was made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from statek_jupyter.executors.record import stored

CostSource = Literal["provider", "registered", "price_list", "unknown"]
"""Who says what a call cost: the provider itself, the user's registered price, the client's price list, nobody."""


@stored
@dataclass(frozen=True, slots=True)
class ModelPricing:
    """Prices in US dollars per million tokens; None where unknown."""

    input_price_per_M: Decimal | None = None
    input_price_per_cached_M: Decimal | None = None
    output_price_per_M: Decimal | None = None

    def cost(self, input_tokens: int, cached_tokens: int, output_tokens: int) -> Decimal | None:
        """Cost in US dollars; None without both an input and an output price. Cached tokens are part of the input."""
        if self.input_price_per_M is None or self.output_price_per_M is None:
            return None
        cached_price = self.input_price_per_cached_M
        if cached_price is None:
            cached_price = self.input_price_per_M
        cached = min(max(cached_tokens, 0), input_tokens)
        total = (
            (input_tokens - cached) * self.input_price_per_M
            + cached * cached_price
            + output_tokens * self.output_price_per_M
        )
        return total / 1_000_000


@stored
@dataclass(frozen=True, slots=True)
class CallUsage:
    """One model call."""

    model: str
    input_tokens: int = 0
    """All input tokens, cached ones included."""
    cached_tokens: int = 0
    output_tokens: int = 0
    """All output tokens, reasoning ones included."""
    reasoning_tokens: int = 0
    cost_usd: Decimal | None = None
    """None when nobody knows; never 0 in place of unknown."""
    cost_source: CostSource = "unknown"
    pricing: ModelPricing | None = None
    """The unit prices used, when the cost was computed from prices."""
    seconds: float = 0.0
    """From sending the request to the end of the reply."""
    bytes_sent: int = 0
    bytes_received: int = 0
    estimated: bool = False
    """True when the token counts are ours, because the provider sent none."""
    context_limit: int | None = None
    """Most input tokens the model took at that time; None when nobody knows."""


@stored
@dataclass(frozen=True, slots=True)
class LLM_Usage:
    """The sum over a job's calls. Immutable: `plus` gives the next one, so that a price once counted never changes."""

    context_bytes: int = 0
    """Size of the last request, in bytes."""
    total_bytes_sent: int = 0
    total_bytes_received: int = 0
    total_input_tokens: int = 0
    total_cached_tokens: int = 0
    total_output_tokens: int = 0
    total_reasoning_tokens: int = 0
    total_reported_cost: float | None = None
    """Sum of what providers reported, in US dollars; None if none did."""
    total_known_cost: Decimal | None = None
    unknown_cost_calls: int = 0
    """Calls whose cost nobody knows: with any of these, `total_cost` is a lower bound."""
    num_calls: int = 0
    model_seconds: float = 0.0
    estimated: bool = False
    by_model: tuple[tuple[str, int, int, Decimal | None], ...] = field(default=())
    """Per model: name, input tokens, output tokens, cost."""
    timed_output_tokens: int = 0
    """Output tokens of the calls whose time is known: what `model_seconds` was spent on."""
    retries: int = 0
    """Requests that were sent again, because the one before brought no reply."""

    @property
    def tokens_per_second(self) -> float:
        """Output tokens per second of model time; 0.0 without timed calls."""
        return self.timed_output_tokens / self.model_seconds if self.model_seconds > 0 else 0.0

    @property
    def total_cost(self) -> float | None:
        """US dollars, each call at the price it had when it was made; None when no call's cost is known."""
        return None if self.total_known_cost is None else float(self.total_known_cost)

    @property
    def total_tokens(self) -> int:
        return self.total_input_tokens + self.total_output_tokens

    def plus(self, call: CallUsage) -> LLM_Usage:
        """The usage after one more call."""
        reported = self.total_reported_cost
        if call.cost_source == "provider" and call.cost_usd is not None:
            reported = (reported or 0.0) + float(call.cost_usd)
        return replace(
            self,
            context_bytes=call.bytes_sent,
            total_bytes_sent=self.total_bytes_sent + call.bytes_sent,
            total_bytes_received=self.total_bytes_received + call.bytes_received,
            total_input_tokens=self.total_input_tokens + call.input_tokens,
            total_cached_tokens=self.total_cached_tokens + call.cached_tokens,
            total_output_tokens=self.total_output_tokens + call.output_tokens,
            total_reasoning_tokens=self.total_reasoning_tokens + call.reasoning_tokens,
            total_reported_cost=reported,
            total_known_cost=_add(self.total_known_cost, call.cost_usd),
            unknown_cost_calls=self.unknown_cost_calls + (call.cost_usd is None),
            num_calls=self.num_calls + 1,
            model_seconds=self.model_seconds + max(call.seconds, 0.0),
            timed_output_tokens=self.timed_output_tokens + (call.output_tokens if call.seconds > 0 else 0),
            estimated=self.estimated or call.estimated,
            by_model=_with_call(self.by_model, call),
        )

    def merge(self, other: LLM_Usage) -> LLM_Usage:
        """The usage of two jobs together, for the roll-up of a subtree."""
        by_model = self.by_model
        for model, input_tokens, output_tokens, cost in other.by_model:
            by_model = _with_call(by_model, CallUsage(model, input_tokens, 0, output_tokens, cost_usd=cost))
        reported = [c for c in (self.total_reported_cost, other.total_reported_cost) if c is not None]
        return LLM_Usage(
            context_bytes=self.context_bytes,
            total_bytes_sent=self.total_bytes_sent + other.total_bytes_sent,
            total_bytes_received=self.total_bytes_received + other.total_bytes_received,
            total_input_tokens=self.total_input_tokens + other.total_input_tokens,
            total_cached_tokens=self.total_cached_tokens + other.total_cached_tokens,
            total_output_tokens=self.total_output_tokens + other.total_output_tokens,
            total_reasoning_tokens=self.total_reasoning_tokens + other.total_reasoning_tokens,
            total_reported_cost=sum(reported) if reported else None,
            total_known_cost=_add(self.total_known_cost, other.total_known_cost),
            unknown_cost_calls=self.unknown_cost_calls + other.unknown_cost_calls,
            num_calls=self.num_calls + other.num_calls,
            model_seconds=self.model_seconds + other.model_seconds,
            timed_output_tokens=self.timed_output_tokens + other.timed_output_tokens,
            retries=self.retries + other.retries,
            estimated=self.estimated or other.estimated,
            by_model=by_model,
        )

    def minus(self, earlier: LLM_Usage) -> LLM_Usage:
        """What was added since `earlier`, from which this usage grew."""
        before = {row[0]: row for row in earlier.by_model}
        by_model = tuple(
            (model, tokens_in - then[1], tokens_out - then[2], _difference(cost, then[3]))
            for model, tokens_in, tokens_out, cost in self.by_model
            for then in [before.get(model, (model, 0, 0, None))]
        )
        reported = self.total_reported_cost
        if reported is not None and earlier.total_reported_cost is not None:
            reported -= earlier.total_reported_cost
        return LLM_Usage(
            context_bytes=self.context_bytes,
            total_bytes_sent=self.total_bytes_sent - earlier.total_bytes_sent,
            total_bytes_received=self.total_bytes_received - earlier.total_bytes_received,
            total_input_tokens=self.total_input_tokens - earlier.total_input_tokens,
            total_cached_tokens=self.total_cached_tokens - earlier.total_cached_tokens,
            total_output_tokens=self.total_output_tokens - earlier.total_output_tokens,
            total_reasoning_tokens=self.total_reasoning_tokens - earlier.total_reasoning_tokens,
            total_reported_cost=reported,
            total_known_cost=_difference(self.total_known_cost, earlier.total_known_cost),
            unknown_cost_calls=self.unknown_cost_calls - earlier.unknown_cost_calls,
            num_calls=self.num_calls - earlier.num_calls,
            model_seconds=self.model_seconds - earlier.model_seconds,
            timed_output_tokens=self.timed_output_tokens - earlier.timed_output_tokens,
            retries=self.retries - earlier.retries,
            estimated=self.estimated,
            by_model=by_model,
        )


def _difference(now: Decimal | None, then: Decimal | None) -> Decimal | None:
    return now if now is None or then is None else now - then


def _add(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def _with_call(
    by_model: tuple[tuple[str, int, int, Decimal | None], ...], call: CallUsage
) -> tuple[tuple[str, int, int, Decimal | None], ...]:
    rows = {row[0]: row for row in by_model}
    _, input_tokens, output_tokens, cost = rows.get(call.model, (call.model, 0, 0, None))
    rows[call.model] = (
        call.model,
        input_tokens + call.input_tokens,
        output_tokens + call.output_tokens,
        _add(cost, call.cost_usd),
    )
    return tuple(rows.values())
