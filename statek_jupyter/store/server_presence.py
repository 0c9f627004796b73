"""Which processes use a store on a server, where nobody sees another's files: each counts its beats in the store."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from transaction.interfaces import TransientError

from statek_jupyter.store.heartbeat import LEASE_BEATS, Silences
from statek_jupyter.store.presence import new_presence_id
from statek_jupyter.store.session import Session

BEAT_SECONDS = 5.0
"""A beat is a transaction on the server."""
MAX_ATTEMPTS = 8
FORGET_BEATS = 20 * LEASE_BEATS
"""The count of one who has been silent for so long is removed."""


class ServerPresence:
    """See the module's text and `Presence`. Nobody's clock is compared with another's.

    A beat also reads the counts of all others, so that `alive` asks no server.
    """

    def __init__(self, db: Any) -> None:
        self.id = new_presence_id()
        self.beat_seconds: float | None = BEAT_SECONDS
        self._db = db
        self._silences = Silences()
        self._here = True
        self._count = 0
        self._counts: dict[str, int] = {}
        self._serving: frozenset[str] = frozenset()
        self._workers = 0
        self._beating = threading.Lock()
        self.beat()

    def alive(self, other: str | None) -> bool:
        if other is None:
            return False
        if other == self.id:
            return self._here
        return not self._silences.is_silent(other, self._counts.get(other))

    def serves(self, other: str | None) -> bool:
        """As in `Presence`; one that has come since our last beat is taken to have a worker until the next."""
        if other == self.id:
            return self._workers > 0
        return self.alive(other) and (other in self._serving or other not in self._counts)

    def serve(self, by: int) -> None:
        self._workers += by
        if self._here:
            self._beat()

    def beat(self) -> None:
        if self._here:
            self._beat()
            self._silences.beat()

    def _beat(self) -> None:
        with self._beating:
            self._count += 1
            counts = self._counts
            gone = [other for other in counts if self._silences.is_silent(other, counts[other], FORGET_BEATS)]
            self._counts, self._serving = self._exchange(self._count, gone)

    def leave(self) -> None:
        if self._here:
            self._here = False
            with suppress(Exception):  # the server may be gone; then our silence tells
                self._exchange(None, [self.id])

    def abandon(self) -> None:
        self._here = False

    def _exchange(self, count: int | None, gone: list[str]) -> tuple[dict[str, int], frozenset[str]]:
        """Write our count; give the counts of all, and who has a worker."""
        session = Session(self._db)
        try:
            for _ in range(MAX_ATTEMPTS - 1):
                with suppress(TransientError):
                    return self._attempt(session, count, gone)
            return self._attempt(session, count, gone)
        finally:
            session.close()

    def _attempt(self, session: Session, count: int | None, gone: list[str]) -> tuple[dict[str, int], frozenset[str]]:
        try:
            beats = session.begin().beats
            beats.remove(gone)
            if count is not None:
                beats.set(self.id, count, serves=self._workers > 0)
            found = beats.counts(), beats.serving()
            session.commit()
        except BaseException:
            session.abort()
            raise
        return found
