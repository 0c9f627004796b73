"""Variables of a job as they were after a turn: a lazy, read-only mapping of copies."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import UnknownVariableError
from statek_jupyter.store.history.fork_tree import stand_ins_of
from statek_jupyter.store.history.lazy_globals import LazyGlobals
from statek_jupyter.store.history.timeline import class_group_at, group_at
from statek_jupyter.store.locals import read_group
from statek_jupyter.store.locals.classes import ClassTable
from statek_jupyter.store.locals.decoding import Decoder
from statek_jupyter.store.locals.saved import SavedPayload

if TYPE_CHECKING:
    from statek_jupyter.store.handle import JobHandle


class PastLocals(Mapping[str, Any]):
    """Each group of variables that share objects is read when one of them is asked for, and once.

    So what was one object is one object here, too; functions see the other variables of that turn as their globals.
    The values are the caller's own: changing them changes nothing else.

    Args:
        handle: The job.
        places: Name to place, see `timeline.Timeline`.
        class_places: Class uid to place.
    """

    def __init__(self, handle: JobHandle, places: Mapping[str, int], class_places: Mapping[str, int]) -> None:
        self._handle = handle
        self.places = places
        """Where each variable lies; equal for two turns exactly when nothing set the variable in between."""
        self._class_places = class_places
        self._namespace = LazyGlobals(self)
        self._decoder = Decoder(self._namespace, ClassTable(), self._class_payload, stand_ins_of(handle))
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Any:
        if name not in self.places:
            raise UnknownVariableError(self._handle.id, name)
        with self._lock:
            if not dict.__contains__(self._namespace, name):
                self._load(name)
            return dict.__getitem__(self._namespace, name)

    def _load(self, name: str) -> None:
        payload = self.payload(name)
        if payload is None:
            raise UnknownVariableError(self._handle.id, name, "the turn, which still runs, is changing it")
        place = self.places[name]
        for member, value in self._decoder.load(payload).items():
            if self.places.get(member) == place:
                self._namespace[member] = value

    def payload(self, name: str) -> SavedPayload | None:
        """The stored group of a variable, as bytes; None when the turn still runs and has changed it since."""
        place = self.places[name]
        return self._handle.read(lambda job: _read(group_at(job, name, place)))

    def class_payloads(self) -> dict[str, SavedPayload]:
        """The stored groups of all classes there were, by uid."""
        found = {uid: self._class_payload(uid) for uid in self._class_places}
        return {uid: group for uid, group in found.items() if group is not None}

    def _class_payload(self, uid: str) -> SavedPayload | None:
        place = self._class_places.get(uid)
        if place is None:
            return None
        return self._handle.read(lambda job: _read(class_group_at(job, uid, place)))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.places))

    def __len__(self) -> int:
        return len(self.places)

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def __repr__(self) -> str:
        return f"<{len(self)} variables: {', '.join(self)}>" if self.places else "<no variables>"


def _read(group: Any) -> SavedPayload | None:
    return None if group is None else read_group(group)
