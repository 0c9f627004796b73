"""What a job was made with, and who runs it now."""

from __future__ import annotations

from dataclasses import dataclass

from persistent import Persistent

from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.history import ForkPoint
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.record import stored
from statek_jupyter.executors.warmup import WarmupBlock


@stored
@dataclass(frozen=True, slots=True)
class Lease:
    """Who runs a job now. A write under a token that is not the job's newest one is refused."""

    worker: str
    token: int


class JobOrigin(Persistent):
    """What a job was made with and never changes; a record by itself, so that a turn does not write it again."""

    fork: ForkPoint | None = None
    """Set for a job that continues another one."""

    def __init__(
        self,
        warmup_blocks: tuple[WarmupBlock, ...],
        chat_style: ChatStyle | None,
        limits: JobLimits,
        model: str | None,
    ) -> None:
        self.warmup_blocks = warmup_blocks
        self.chat_style = chat_style
        self.limits = limits
        self.model = model
        """The job's own ``MODEL``, or None for its definition's."""
