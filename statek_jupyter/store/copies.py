"""Copying objects into a store and out of it: the caller's objects stay the caller's, stored ones stay stored."""

from __future__ import annotations

import copyreg
import hashlib
import io
import pickle
from collections.abc import Callable
from types import FunctionType
from typing import Any

from persistent import Persistent

from statek_jupyter.errors import JobStateError, NotDurableError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import ChatLogItem
from statek_jupyter.executors.job import Job, JobDef
from statek_jupyter.executors.pyenv import LocalState

Reference = tuple[str, Any]
"""What stands for an object that is not copied: ``("agent", role)``, ``("definition", fingerprint)`` or
``("job", number)``."""

PROTOCOL = 5


class _Copier(pickle.Pickler):
    """Pickles one object and what belongs to it; agents, definitions and other jobs become references."""

    def __init__(self, file: io.BytesIO, top: Any, *, outwards: bool = False) -> None:
        super().__init__(file, protocol=PROTOCOL)
        self._top = top
        self._outwards = outwards
        self.agents: dict[str, Agent] = {}
        self.definitions: dict[str, JobDef] = {}

    def persistent_id(self, obj: Any) -> Reference | None:
        if not isinstance(obj, Persistent) or obj is self._top:
            return None
        if isinstance(obj, Agent):
            self.agents[obj.role] = obj
            return "agent", obj.role
        if isinstance(obj, JobDef):
            mark = fingerprint(obj)
            self.definitions[mark] = obj
            return "definition", mark
        if isinstance(obj, Job):
            return "job", _stored_number(obj)
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, LocalState) and not self._outwards:
            return LocalState, ()
        if isinstance(obj, ChatLogItem) and self._outwards:
            return copyreg.__newobj__, (type(obj),), _without_history(obj)  # type: ignore[attr-defined]
        if isinstance(obj, type | FunctionType) and obj.__module__ in ("__main__", "__mp_main__"):
            raise NotDurableError(
                obj.__qualname__,
                "class" if isinstance(obj, type) else "function",
                "it is defined in the notebook or script, and other processes cannot import it from there; "
                "pass it as a local variable",
            )
        return NotImplemented


_HISTORY = ("locals_changes", "class_changes", "mark")


def _without_history(item: ChatLogItem) -> dict[str, Any]:
    """Its state without stored variables, which may be large and are read through `JobHandle.at`."""
    state: dict[str, Any] = item.__getstate__()
    return {name: value for name, value in state.items() if name not in _HISTORY}


class _Paster(pickle.Unpickler):
    def __init__(self, data: bytes, resolve: Callable[[Reference], Any]) -> None:
        super().__init__(io.BytesIO(data))
        self._resolve = resolve

    def persistent_load(self, reference: Reference) -> Any:
        return self._resolve(reference)


class Copied:
    """An object's own data, with what it refers to by name."""

    def __init__(self, obj: Any, *, outwards: bool = False) -> None:
        file = io.BytesIO()
        copier = _Copier(file, obj, outwards=outwards)
        copier.dump(obj)
        self.data = file.getvalue()
        self.agents = copier.agents
        self.definitions = copier.definitions

    def paste(self, resolve: Callable[[Reference], Any]) -> Any:
        """A new object; `resolve` gives what the references stand for."""
        return paste(self.data, resolve)


def paste(data: bytes, resolve: Callable[[Reference], Any]) -> Any:
    """A new object from what `Copied.data` was; `resolve` gives what the references stand for."""
    return _Paster(data, resolve).load()


def fingerprint(obj: JobDef | Agent) -> str:
    """Equal for equal definitions (or agents), across processes; a stored one keeps the one it was stored with."""
    kept: str | None = getattr(obj, "fingerprint", None)
    if kept is not None and obj._p_jar is not None:
        return kept
    return hashlib.sha256(_canonical(obj)).hexdigest()[:24]


def _canonical(obj: JobDef | Agent) -> bytes:
    """The object's data, the same whether equal parts are one object or several."""
    file = io.BytesIO()
    copier = _Copier(file, obj)
    copier.fast = True
    state = {name: value for name, value in vars(obj).items() if name not in ("fingerprint", "errors", "_errors")}
    try:
        copier.dump(sorted(state.items()))
    except (RecursionError, ValueError):
        return Copied(obj).data
    return file.getvalue()


def _stored_number(job: Job) -> int:
    if job.number is None:
        raise JobStateError(None, "it refers to a job that no store holds: submit that one first and pass its handle")
    return job.number


def agent_copy(stored: Agent) -> Agent:
    """An agent of the caller's own, equal to the stored one."""
    copy: Agent = Copied(stored).paste(lambda reference: reference)
    return copy
