"""A job's Python environment: its variables, what it printed, and how it exited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Protocol

from BTrees.OOBTree import OOBTree
from persistent import Persistent
from persistent.mapping import PersistentMapping

from statek_jupyter.executors.chat_log import ChatLog, ChatLogItem
from statek_jupyter.executors.history import GivenLocals


class SavedGroup(Protocol):
    """Variables that share objects, stored together; what it is, `statek_jupyter.store.locals` says."""

    members: tuple[str, ...]
    """The names of the group, sorted."""

    def load(self, namespace: Mapping[str, Any]) -> Mapping[str, Any]:
        """Name to value of all members, made anew. A member that cannot be made is a value that says so when used.

        Args:
            namespace: The variables functions of the group see as their globals.
        """


CLASSES = "__statek_classes__"
"""Where the namespace passed to `SavedGroup.load` holds the classes of the job that reads: forks share groups."""
STAND_INS = "__statek_stand_ins__"
"""Where it holds the `LocalState.stand_ins` of that job."""


class _Loaded:
    """Values made from groups in this process, with the state of the group they were made from."""

    def __init__(self, classes: Any, stand_ins: Any) -> None:
        self.values: dict[str, Any] = {CLASSES: classes, STAND_INS: stand_ins}
        self._origins: dict[str, tuple[SavedGroup, Any]] = {}

    def value(self, name: str, group: SavedGroup) -> Any:
        """The value of `name`, made again when another transaction has stored the group anew."""
        origin = (group, getattr(group, "_p_serial", None))
        known = self._origins.get(name)
        if name not in self.values or known is None or known[0] is not group or known[1] != origin[1]:
            self.values.update(group.load(self.values))
            self._origins.update(dict.fromkeys(group.members, origin))
        return self.values[name]


class LocalState(Persistent, MutableMapping[str, Any]):
    """A job's variables, name to value.

    Values set here and not yet stored by groups lie in `unsaved`; the rest are groups that are loaded on first use.
    Values read here are copies made from the last commit: a running job's live values belong to its worker.
    """

    given: GivenLocals | None = None
    """What the job was submitted with, as it was then; None when that was nothing."""
    stand_ins: Any = None
    """Number of a job to that of the job it means here: variables shared with another tree of jobs name those of that
    tree. None for a job that shares none."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self.unsaved: dict[str, Any] = dict(values or {})
        """Values a caller set; the store turns them into groups when it takes the job in."""
        self.groups: Any = OOBTree()
        """Name to `SavedGroup`; members of one group map to the same group."""
        self.classes: Any = OOBTree()
        """Uid to the saved form of a class the job defined."""

    def _loaded(self) -> _Loaded:
        loaded: _Loaded | None = getattr(self, "_v_loaded", None)
        if loaded is None:
            loaded = _Loaded(self.classes, self.stand_ins)
            self._v_loaded = loaded
        return loaded

    def __getitem__(self, name: str) -> Any:
        if name in self.unsaved:
            return self.unsaved[name]
        return self._loaded().value(name, self.groups[name])

    def __setitem__(self, name: str, value: Any) -> None:
        self.unsaved[name] = value
        self._p_changed = True

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._loaded().values.pop(name, None)
        if name in self.groups:
            del self.groups[name]
        if name in self.unsaved:
            del self.unsaved[name]
        self._p_changed = True

    def __contains__(self, name: object) -> bool:
        return name in self.unsaved or name in self.groups

    def __iter__(self) -> Iterator[str]:
        yield from self.groups
        yield from (name for name in self.unsaved if name not in self.groups)

    def __len__(self) -> int:
        return len(self.groups) + sum(1 for name in self.unsaved if name not in self.groups)

    def __repr__(self) -> str:
        return f"<LocalState {', '.join(self)}>"


class PyEnv(Persistent):
    """The environment of one job.

    Args:
        global_state: Names every block sees beneath the locals; not written by job code.
        local_state: The job's variables.
        console: Console entries from before the first block.
        exit_status: What ``exit()`` was called with; see `exited`.
    """

    exited: bool = False
    """True once the job's code called ``exit``; `exit_status` alone cannot tell, as None is a valid status."""
    exit_variable: str | None = None
    """The variable that holds the exit status, when it is no plain data: a table, an object of the job's class."""
    _exit_status: Any = None
    _context: PersistentMapping[str, Any] | None = None

    def __init__(
        self,
        global_state: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        console: list[str] | None = None,
        exit_status: Any = None,
    ) -> None:
        self.global_state = dict(global_state or {})
        self.local_state = local_state if isinstance(local_state, LocalState) else LocalState(local_state)
        self.preamble = tuple(console or ())
        if exit_status is not None:
            self.exit_status = exit_status
        self.chat_log: ChatLog | None = None
        """The chat log whose items hold the rest of the console; set by the job that owns this environment."""

    @property
    def exit_status(self) -> Any:
        """What ``exit`` was called with; None before that."""
        return self._exit_status if self.exit_variable is None else self.local_state[self.exit_variable]

    @exit_status.setter
    def exit_status(self, status: Any) -> None:
        self.exit_variable = None
        self._exit_status = status

    @property
    def console(self) -> list[str]:
        """Everything the job printed, one entry per output, oldest first. A copy."""
        entries = list(self.preamble)
        for item in self.chat_log or ():
            if isinstance(item, ChatLogItem):
                entries += [output.text for output in item.outputs if output.kind != "note" and output.text]
        return entries

    def console_append(self, text: str) -> None:
        """Add an entry to the console, before the first block's output."""
        self.preamble = (*self.preamble, text)

    @property
    def exceptions(self) -> dict[int, str]:
        """Item id to error text, for the items whose code failed."""
        failed = (item for item in self.chat_log or () if isinstance(item, ChatLogItem) and item.error is not None)
        return {item.id: str(item.error) for item in failed if item.id is not None}

    @property
    def perm_ctx(self) -> Mapping[str, Any] | None:
        """The persistent context: values tools keep for the job beside its variables; None while there are none."""
        return self._context

    def update_context(self, **values: Any) -> None:
        """Set values of the persistent context, keeping the others."""
        if self._context is None:
            self._context = PersistentMapping()
        self._context.update(values)

    def update_locals(self, **values: Any) -> None:
        """Set variables, keeping the others."""
        self.local_state.update(values)
