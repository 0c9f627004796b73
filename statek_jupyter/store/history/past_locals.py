"""Variables of a job as they were after a turn: a lazy, read-only mapping of copies."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
        self._namespace = _Namespace(self)
        self._decoder = Decoder(self._namespace, ClassTable(), self._class_payload)
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Any:
        if name not in self.places:
            raise KeyError(name)
        with self._lock:
            if not dict.__contains__(self._namespace, name):
                self._load(name)
            return dict.__getitem__(self._namespace, name)

    def _load(self, name: str) -> None:
        payload = self.payload(name)
        if payload is None:
            raise KeyError(name)
        place = self.places[name]
        for member, value in self._decoder.load(payload).items():
            if self.places.get(member) == place:
                self._namespace[member] = value

    def payload(self, name: str) -> SavedPayload | None:
        """The stored group of a variable, as bytes; None when the turn still runs and has changed it since."""
        place = self.places[name]
        return self._handle.read(lambda job: _read(group_at(job, name, place)))

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


class _Namespace(dict[str, Any]):
    """The globals of functions: a variable that is not there yet is loaded when a function looks it up."""

    def __init__(self, variables: PastLocals) -> None:
        super().__init__(__builtins__=dict(vars(builtins)), __name__="statek.past")
        self._variables = variables

    def __missing__(self, name: str) -> Any:
        return self._variables[name]
