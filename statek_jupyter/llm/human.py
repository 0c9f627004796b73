"""The model ``human``: a person reads the request and writes the reply."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from statek_jupyter.executors.usage import ModelPricing
from statek_jupyter.llm.model import ModelReply, ModelRequest
from statek_jupyter.llm.scripted import finished

FREE = ModelPricing(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request that waits for a person."""

    request: ModelRequest
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop, repr=False)
    reply: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future(), repr=False)


class HumanModel:
    """Waits, without limit, until `answer` is called for the job. A reply costs nothing; its tokens are estimated."""

    def __init__(self) -> None:
        self._open: list[Question] = []
        self._lock = threading.Lock()

    blocks_nobody = True
    answers_in_time = False

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """What the person writes."""
        question = Question(request)
        started = time.monotonic()
        with self._lock:
            self._open.append(question)
        try:
            text = await question.reply
        finally:
            with self._lock:
                self._open.remove(question)
        if on_text is not None:
            on_text(text)
        return finished(text, request, FREE, time.monotonic() - started)

    def waiting(self, job_id: str | None = None) -> tuple[ModelRequest, ...]:
        """The requests nobody has answered, oldest first; of one job when named. Callable from any thread."""
        with self._lock:
            return tuple(q.request for q in self._open if job_id is None or q.request.job_id == job_id)

    def answer(self, job_id: str | None, text: str) -> bool:
        """Give the oldest open request of a job its reply. Callable from any thread.

        Returns:
            Whether a request was waiting.
        """
        with self._lock:
            question = next((q for q in self._open if q.request.job_id == job_id), None)
        if question is None:
            return False
        question.loop.call_soon_threadsafe(_resolve, question.reply, text)
        return True


def _resolve(reply: asyncio.Future[str], text: str) -> None:
    if not reply.done():
        reply.set_result(text)
