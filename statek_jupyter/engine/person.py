"""The model ``human``: a message sent to the job is the reply to its request, in place of a message to the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statek_jupyter.executors.inbox import Inbox, Message
from statek_jupyter.llm import registry

MODEL = "human"
LOOK_SECONDS = 0.25


def first_message(inbox: Inbox) -> Message | None:
    """The oldest message that waits."""
    return next((entry for entry in inbox.pending() if isinstance(entry, Message)), None)


async def pass_on_message(job_id: str, read_message: Callable[[], Message | None]) -> Message:
    """Answer the job's open request with the first message that comes, and return that message.

    The message stays in the inbox until the reply is kept, so that a crash in between loses nothing.
    """
    while True:
        message = read_message() if registry.human().waiting(job_id) else None
        if message is not None and registry.human().answer(job_id, message.text):
            return message
        await asyncio.sleep(LOOK_SECONDS)
