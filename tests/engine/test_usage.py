"""What a job's requests used is kept with it, as far as a person asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import ModelError
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.model import Message, ModelReply, TokenUsage
from statek_jupyter.llm.registry import register_model
from statek_jupyter.store import Store
from statek_jupyter.views.following import first_view
from statek_jupyter.views.spending import read_spent
from tests.engine.scripted import define


def test_retries_and_the_size_of_the_context_are_kept(store: Store) -> None:
    """Requests that were sent again are counted; the model's limit is that of the newest answer."""
    usage = TokenUsage(input_tokens=6_000, output_tokens=10)
    answer = ModelReply("Done.", usage=usage, cost_usd=Decimal("0.25"), cost_source="provider", context_limit=8_000)
    busy = [ModelError("unavailable", "m", "busy", retry_after_seconds=0)]

    def reply(messages: list[Message], **_: Any) -> ModelReply:
        if busy:
            raise busy.pop()
        return answer

    definition = define([], limits=JobLimits(budget_usd=Decimal("0.5")))
    register_model("test", reply)
    begun = datetime.now(UTC)
    with Worker(store):
        handle = store.submit(definition, message="Begin.")
        handle.wait(20)
    view = first_view(store, handle.id)
    shown = {name: view["usage"].get(name) for name in ("calls", "retries", "context_tokens", "context_limit")}
    assert shown == {"calls": 1, "retries": 1, "context_tokens": 6_000, "context_limit": 8_000}
    assert store.read(lambda root: read_spent(root, begun)) == {"cost_usd": "0.25", "unknown_cost_calls": 0}
    assert view["limits"] == {"cost_usd": "0.5", "spent_usd": "0.25", "turns": 50, "turns_used": 1}
