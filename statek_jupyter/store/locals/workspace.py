"""The live namespace of one job in one process, and what of it the store does not have yet."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Mapping
from types import CodeType
from typing import Any

from statek_jupyter.errors import NotDurableError
from statek_jupyter.store.locals.change import LocalsChange
from statek_jupyter.store.locals.classes import JOB_MODULE_PREFIX
from statek_jupyter.store.locals.decoding import Decoder
from statek_jupyter.store.locals.examination import Examination
from statek_jupyter.store.locals.home import Home
from statek_jupyter.store.locals.ledger import Ledger
from statek_jupyter.store.locals.saved import SavedLocals, SavedPayload
from statek_jupyter.store.locals.sink import Limits
from statek_jupyter.store.locals.stand_ins import StandIns


class Workspace:
    """A job's variables, alive. Used by one thread at a time.

    A change is everything the store lacks: `capture` gives the same groups again until `confirm` is called with the
    change that was committed. A transaction that was aborted or retried therefore needs nothing: nothing is confirmed,
    and the next change includes it.

    Args:
        job_id: Names the module the job's code runs in.
        saved: The stored variables to start from.
        limits: How much of one value is kept.
        register: Put the module into ``sys.modules`` until `close`; code that runs in the workspace needs it.
    """

    namespace: dict[str, Any]
    """The globals of the job's code. Its ``__builtins__`` is a dict of its own: add system names to it."""

    def __init__(
        self, job_id: str, saved: SavedLocals | None = None, *, limits: Limits | None = None, register: bool = True
    ) -> None:
        self._module = types.ModuleType(f"{JOB_MODULE_PREFIX}{job_id}")
        self.namespace = self._module.__dict__
        self._builtins: dict[str, Any] = dict(vars(builtins))
        self.namespace["__builtins__"] = self._builtins
        self.home = Home(self._module.__name__, self.namespace, self._builtins)
        self.limits = limits or Limits()
        self._ledger = Ledger()
        self._decoder = Decoder(self.namespace, self.home.classes, lambda uid: None)
        if register:
            sys.modules[self._module.__name__] = self._module
        if saved is not None:
            self._restore(saved)

    def load(self, payload: SavedPayload) -> Any:
        """The value of a stored group with one member; its classes are those of this workspace."""
        return self._decoder.load(payload)[payload.names[0]]

    def values(self) -> dict[str, Any]:
        """Name to live value of the job's variables."""
        values = dict(self.namespace)
        for name in [name for name in values if name[:2] == "__" == name[-2:]]:
            del values[name]
        return values

    def prepare(self, code: CodeType | None) -> None:
        """Get ready for running a statement; call it right before."""
        self._follow_builtins()

    def capture(self, code: CodeType | None, *, source: str = "") -> LocalsChange:
        """Find what changed; call it after a statement, also after one that raised.

        Args:
            code: The statement that ran: only what it can have touched is examined. None examines everything.
            source: The statement's text, kept with what is lost.
        """
        self._follow_builtins()
        self._note_system_names()
        return Examination(self.home, self._ledger, self.limits, self.values(), source).run(code)

    def confirm(self, change: LocalsChange) -> None:
        """The store has this change: its transaction was committed."""
        self._ledger.confirm(change)

    def close(self) -> None:
        """Take the job's module out of ``sys.modules``. Values others hold stay usable."""
        if sys.modules.get(self._module.__name__) is self._module:
            del sys.modules[self._module.__name__]

    def _follow_builtins(self) -> None:
        """Functions hold on to the dict they were made with, so a dict put in its place is copied into it."""
        current = self.namespace.get("__builtins__")
        if current is not self._builtins:
            replacement = current if isinstance(current, dict) else vars(current or builtins)
            self._builtins.clear()
            self._builtins.update(replacement)
            self.namespace["__builtins__"] = self._builtins

    def _note_system_names(self) -> None:
        """A variable that holds a system name's value is stored as that name."""
        plain = vars(builtins)
        self.home.system = {
            id(value): name for name, value in self._builtins.items() if plain.get(name, _MISSING) is not value
        }

    def _restore(self, saved: SavedLocals) -> None:
        def find(uid: str) -> SavedPayload | None:
            index = saved.class_homes.get(uid)
            return None if index is None else saved.groups[index]

        self.home.stand_ins = StandIns(lambda: saved.stand_ins)
        decoder = self._decoder = Decoder(self.namespace, self.home.classes, find, self.home.stand_ins)
        decoder.sources = self.home.sources
        decoder.origins = self.home.origins
        self.home.place = saved.place
        for index, group in enumerate(saved.groups):
            loaded = decoder.load(group) if group.names else {}
            self.namespace.update((name, value) for name, value in loaded.items() if saved.homes.get(name) == index)
        for uid in saved.class_homes:
            decoder.get_class(uid, uid.partition("#")[0])
        Examination(self.home, self._ledger, self.limits, self.values(), "").take_in(saved)


_MISSING = object()


def encode_values(values: Mapping[str, Any], *, job_id: str, strict: bool = True) -> LocalsChange:
    """Encode variables a new job starts with, on the caller's thread.

    Args:
        values: Name to value; they are not changed.
        job_id: The job they are for.
        strict: Refuse values that cannot be stored, in place of storing tombstones.

    Raises:
        NotDurableError: A value, or a part of it, cannot be stored; names the first one.
    """
    workspace = Workspace(job_id, register=False)
    workspace.namespace.update(values)
    change = workspace.capture(None)
    if strict and change.lost:
        lost = change.lost[0]
        raise NotDurableError(lost.path, lost.type_name, lost.reason)
    return change
