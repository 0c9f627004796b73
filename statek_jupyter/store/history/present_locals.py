"""Variables of a job as of its last commit: a lazy, read-only mapping of copies that follows the job."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import UnknownVariableError
from statek_jupyter.store.history.fork_tree import stand_ins_of
from statek_jupyter.store.history.lazy_globals import LazyGlobals
from statek_jupyter.store.locals import SavedPayload, read_group
from statek_jupyter.store.locals.classes import ClassTable
from statek_jupyter.store.locals.decoding import Decoder

if TYPE_CHECKING:
    from statek_jupyter.executors.job import Job
    from statek_jupyter.store.handle import JobHandle

Mark = tuple[bytes, tuple[str, ...]]
"""The same for the same stored group."""


class PresentLocals(Mapping[str, Any]):
    """Each variable is loaded when it is asked for, with those that share objects with it; anew once it was changed.

    So what is one object in the job is one object here. The values are the caller's own: changing them changes neither
    the job nor another mapping. Functions see the job's variables as their globals, read when they are looked up.
    Listing names loads nothing.
    """

    def __init__(self, handle: JobHandle) -> None:
        self._handle = handle
        self._marks: dict[str, Mark] = {}
        self._namespace = LazyGlobals(self)
        self._decoder = Decoder(self._namespace, ClassTable(), self._class_payload, stand_ins_of(handle))
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Any:
        with self._lock:
            payload = self._handle.read(lambda job: self._changed(job, name))
            if payload is not None:
                self._load(payload)
            return dict.__getitem__(self._namespace, name)

    def _changed(self, job: Job, name: str) -> SavedPayload | None:
        """Forget what is stored anew by now; the group of `name`, unless it is loaded."""
        state = job.py_env.local_state
        for loaded, mark in list(self._marks.items()):
            group = state.groups.get(loaded)
            if group is None or _mark(group) != mark:
                del self._marks[loaded]
                self._namespace.pop(loaded, None)
        if name in state.unsaved:
            self._namespace[name] = state.unsaved[name]
            return None
        if name not in state.groups:
            raise UnknownVariableError(self._handle.id, name)
        return None if name in self._marks else read_group(state.groups[name])

    def _load(self, payload: SavedPayload) -> None:
        self._decoder.refresh()
        for member, value in self._decoder.load(payload).items():
            self._namespace[member] = value
            self._marks[member] = payload.digest, payload.names

    def _class_payload(self, uid: str) -> SavedPayload | None:
        def read(job: Job) -> SavedPayload | None:
            group = job.py_env.local_state.classes.get(uid)
            return None if group is None else read_group(group)

        return self._handle.read(read)

    def __iter__(self) -> Iterator[str]:
        return iter(self._handle.read(lambda job: sorted(job.py_env.local_state)))

    def __len__(self) -> int:
        return self._handle.read(lambda job: len(job.py_env.local_state))

    def __contains__(self, name: object) -> bool:
        return self._handle.read(lambda job: name in job.py_env.local_state)

    def __repr__(self) -> str:
        return f"<variables of job {self._handle.id}: {', '.join(self)}>"


def _mark(group: Any) -> Mark:
    return group.digest, group.members
