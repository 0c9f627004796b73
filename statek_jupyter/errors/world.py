"""Disk, network, provider, other processes, or a fault of ours."""

from __future__ import annotations

from typing import Literal

from statek_jupyter.errors.base import StatekError


class WorldError(StatekError):
    """Disk, network, provider, other processes, or a fault of ours."""


class StoreError(WorldError):
    """The store cannot do this now.

    Args:
        where: The store's location.
        reason: What happened and what to do.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"store {self.where!r}: {self.reason}"


class StoreVersionError(StoreError):
    """Written by another format version."""


class StoreDamagedError(StoreError):
    """Cannot be read as a store."""


class StoreLockedError(StoreError):
    """Another process holds it alone."""


class StoreReadOnlyError(StoreError):
    """Nothing can be written here."""


class StoreFullError(StoreError):
    """No room on the disk. The transaction was rolled back; nothing committed was lost."""


class StoreBusyError(StoreError):
    """Somebody else changed the same objects and retrying did not help."""


class StoreClosedError(StoreError):
    """Used after ``close()``."""


class ForkedStoreError(StoreError):
    """Used in a forked child process."""


class LeaseLostError(StoreError):
    """Another worker runs this job now; nothing of this worker's was written."""


ModelErrorKind = Literal[
    "rate_limited",
    "quota_exhausted",
    "context_overflow",
    "auth",
    "not_found",
    "bad_request",
    "content_blocked",
    "timeout",
    "transport",
    "stream_broken",
    "unavailable",
    "exhausted",
    "unknown",
]
"""Stable names of what can go wrong with a request; stored with each attempt. ``exhausted``: a script that ran out."""


class ModelError(WorldError):
    """A model request failed.

    Args:
        kind: One of `ModelErrorKind`; decides whether a retry can help.
        model: The model as the job names it.
        message: The provider's own words, keys removed.
        retry_after_seconds: What the provider asked to wait, or None.
        status: HTTP status, or None when there was no answer.
        partial_text: Text received before a stream broke.
    """

    RETRYABLE = frozenset({"rate_limited", "timeout", "transport", "stream_broken", "unavailable"})

    def __init__(
        self,
        kind: ModelErrorKind,
        model: str,
        message: str,
        retry_after_seconds: float | None = None,
        status: int | None = None,
        partial_text: str = "",
    ) -> None:
        super().__init__(kind, model, message, retry_after_seconds, status, partial_text)
        self.kind = kind
        self.model = model
        self.message = message
        self.retry_after_seconds = retry_after_seconds
        self.status = status
        self.partial_text = partial_text

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in self.RETRYABLE

    def __str__(self) -> str:
        status = f" (HTTP {self.status})" if self.status else ""
        return f"{self.model}: {self.kind.replace('_', ' ')}{status}: {self.message}"
