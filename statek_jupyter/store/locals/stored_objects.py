"""Variables that hold jobs, handles, stores, or objects of the database itself.

A job is kept by its id and comes back as a handle. Another persistent object of the job's store is kept as a reference
to the stored object, which so stays in the store; the job works on a copy of it, made when its variables are read. A
copy that the job changes is a value of the job from then on.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from persistent import Persistent

from statek_jupyter.executors.job_id import job_id
from statek_jupyter.store.locals import forms
from statek_jupyter.store.locals.recipes import NotKept
from statek_jupyter.store.locals.tombstones import LostValue, Tombstone, error_text

if TYPE_CHECKING:
    from statek_jupyter.store.locals.encoding import Encoder


@dataclass(slots=True)
class Origin:
    """Where a copy of a stored object came from."""

    copy: Any
    oid: bytes
    digest: bytes | None = None
    """Of the copy as it was read; None until it is first looked at."""


# --- places ------------------------------------------------------------------------------------------


def place_of(db: Any) -> str:
    """The place of an open database, as stored with values of other stores; empty for one that is no store of ours."""
    return next((_place(one) for one in _databases() if one.backend.db is db), "")


def place_of_record(obj: Any) -> str:
    """The place a stored object lies at; empty when that is not known."""
    jar = getattr(obj, "_p_jar", None)
    return "" if jar is None else place_of(jar.db())


def place_of_store(store: Any) -> str:
    """The place of an open store."""
    return _place(store._database)


def _place(database: Any) -> str:
    location = database.location
    where = location.path or location.url or location.where
    return f"memory:{id(database)}" if location.kind == "memory" else f"{location.kind}:{where}"


def _databases() -> Iterable[Any]:
    """Those open in this process; there are none while the module that opens them is not loaded."""
    module: Any = sys.modules.get("statek_jupyter.store.database")
    return () if module is None else tuple(module._open)


def _store_at(*places: str) -> Any:
    """A store object for the first of the places that is open in this process; None when none is."""
    for place in places:
        for database in _databases():
            if place and _place(database) == place:
                from statek_jupyter.store.store import Store

                return Store(database)
    return None


# --- writing -----------------------------------------------------------------------------------------


def reduce_handle(encoder: Encoder, handle: Any) -> Any:
    """A job by its id."""
    place = _told_place(encoder, store_place(handle.store))
    return forms.get_job, (place, *encoder.home.stand_ins.stored(handle.id))


def reduce_sub_task(encoder: Encoder, view: Any) -> Any:
    """A subtask by the ids of its parent and itself."""
    place = _told_place(encoder, store_place(view.store))
    return forms.get_sub_task, (place, *encoder.home.stand_ins.stored(view.parent_id, view.job_id))


def reduce_sub_task_place(encoder: Encoder, place: Any) -> Any:
    """The same for what a future holds."""
    ids = encoder.home.stand_ins.stored(place.parent, place.child)
    return forms.get_sub_task_place, (_told_place(encoder, place.store), *ids)


def reduce_store(encoder: Encoder, store: Any) -> Any:
    """A store by its place."""
    return forms.get_store, (_told_place(encoder, store_place(store)),)


def store_place(store: Any) -> str:
    """The place of a store object."""
    return _place(store._database)


def _told_place(encoder: Encoder, place: str) -> str:
    """Empty for the store the job itself is in, so that a store can be moved."""
    return "" if place == encoder.home.place else place


def reduce_persistent(encoder: Encoder, obj: Any) -> Any:
    """A persistent object; NotImplemented for one that is in no store, which is a value like any other.

    Raises:
        NotKept: It is an object of another database.
    """
    origin = encoder.home.origins.get(id(obj))
    if origin is not None and origin.copy is obj:
        return _reduce_copy(encoder, origin)
    jar, oid = obj._p_jar, obj._p_oid
    if jar is None or oid is None:
        return NotImplemented
    if place_of(jar.db()) != encoder.home.place:
        raise NotKept("a stored object of another database")
    return _reference(encoder, oid)


def _reduce_copy(encoder: Encoder, origin: Origin) -> Any:
    digest = _digest(encoder, origin.copy)
    if origin.digest is None:
        origin.digest = digest
    if digest == origin.digest:
        return _reference(encoder, origin.oid)
    return NotImplemented


def _digest(encoder: Encoder, obj: Any) -> bytes:
    sink = type(encoder._sink)(encoder._sink.limits)
    look = type(encoder)(encoder.home, sink, shared=encoder.shared)
    look.dump((type(obj), obj.__reduce_ex__(5)[1:3]))
    return sink.digest()[0]


def _reference(encoder: Encoder, oid: bytes) -> Any:
    encoder.references.append(oid)
    return forms.get_stored, (oid,)


# --- reading -----------------------------------------------------------------------------------------


def copies_of(references: Iterable[Any]) -> dict[bytes, bytes | None]:
    """Oid to the content of stored objects, as plain data; None for one that cannot be read. In a transaction.

    That of a job is its number.
    """
    return {obj._p_oid: _content(obj) for obj in references}


def _content(obj: Any) -> bytes | None:
    from statek_jupyter.executors.job import Job
    from statek_jupyter.store.copies import Copied

    try:
        # What is inside of another object refers to jobs by their number.
        return Copied((obj,) if isinstance(obj, Job) else obj, outwards=True).data
    except Exception:  # classes of any library take part in it, and the object may be gone
        return None


def get_store(place: str, own: str) -> Any:
    """The store at a place, or the job's own one where that store has been moved; a tombstone when none is open."""
    store = _store_at(place, own)
    if store is not None:
        return store
    return Tombstone(LostValue("", "", "Store", f"the store {place or own!r} is not open in this process"))


def get_job(place: str, id: str, own: str) -> Any:
    """A handle of the job."""
    from statek_jupyter.store.handle import JobHandle

    store = get_store(place, own)
    return store if isinstance(store, Tombstone) else JobHandle(store, id)


def get_sub_task(place: str, parent: str, id: str, own: str) -> Any:
    """A subtask, as its parent's code holds it."""
    from statek_jupyter.store.sub_task_view import StoredSubTask

    store = get_store(place, own)
    return store if isinstance(store, Tombstone) else StoredSubTask(store, parent, id)


def get_sub_task_place(place: str, parent: str, id: str, own: str) -> Any:
    """What a future of a subtask holds of it."""
    from statek_jupyter.store.sub_task_view import SubTaskPlace

    return SubTaskPlace(place or own, parent, id)


def get_stored(oid: bytes, content: bytes | None, own: str) -> Any:
    """A copy of a stored object."""
    if content is None:
        return Tombstone(LostValue("", "", "stored object", "it cannot be read from the store"))
    try:
        made = _Paster(content, own).load()
        return made[0] if type(made) is tuple else made
    except Exception as error:  # as in _content
        return Tombstone(LostValue("", "", "stored object", error_text(error)))


class _Paster(pickle.Unpickler):
    """Reads what `Copied` wrote: jobs become handles, agents copies."""

    def __init__(self, content: bytes, own: str) -> None:
        super().__init__(io.BytesIO(content))
        self._own = own

    def persistent_load(self, reference: tuple[str, Any]) -> Any:
        kind, key = reference
        if kind == "job":
            return get_job("", job_id(key), self._own)
        return _store_at(self._own).agent(key) if kind == "agent" else key


def is_persistent(kind: type) -> bool:
    """Whether values of this type may be objects of a database."""
    return Persistent in kind.__mro__
