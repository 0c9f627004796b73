"""Finds the job a person means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statek_jupyter.errors import UnknownJobError

if TYPE_CHECKING:
    from statek_jupyter.store import JobHandle, Store


def find_job(store: Store, text: str) -> JobHandle:
    """The job with this id, else the newest one with this name.

    Raises:
        UnknownJobError: There is neither.
    """
    try:
        return store.job(text)
    except UnknownJobError:
        for handle in store.jobs(text=text):
            if handle.name == text:
                return handle
        raise
