"""Loops for the models that people write."""

from __future__ import annotations

import asyncio
import gc
import os

from statek_jupyter.llm import own_loop


class Client:
    """A model's client, in a cycle: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self

    async def ask(self) -> str:
        return "yes"


def test_a_client_may_be_collected_at_any_moment() -> None:
    """A collection can happen on the thread that makes another client's loop; the old loop ends all the same."""
    client: Client | None = Client()
    assert client is not None
    assert asyncio.run(own_loop.on_own_loop(client, client.ask)) == "yes"
    key = os.getpid(), id(client)
    assert key in own_loop._loops
    del client
    with own_loop._lock:
        gc.collect()
    assert key not in own_loop._loops
