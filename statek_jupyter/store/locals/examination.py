"""One examination of a workspace: look at what a statement can have touched, regroup it, encode what differs."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any

from statek_jupyter.store.locals import names, stamps
from statek_jupyter.store.locals.change import Key, LocalsChange, job_class, variable
from statek_jupyter.store.locals.home import Home
from statek_jupyter.store.locals.ledger import Ledger, Members
from statek_jupyter.store.locals.packing import pack
from statek_jupyter.store.locals.saved import SavedLocals
from statek_jupyter.store.locals.scan import Encoding, encode, record
from statek_jupyter.store.locals.sink import Limits


class Examination:
    """Used once.

    Args:
        home: The workspace.
        ledger: What is remembered; brought up to date.
        limits: How much of one value is kept.
        live: Name to value of all variables as they are now.
        statement: Text of the statement that ran.
    """

    def __init__(self, home: Home, ledger: Ledger, limits: Limits, live: dict[str, Any], statement: str) -> None:
        self._home = home
        self._ledger = ledger
        self._limits = limits
        self._live = live
        self._statement = statement
        self._looked_at: set[Key] = set()
        self._differs: set[Key] = set()
        self._encodings: dict[Key, Encoding] = {}
        self._keep: list[Any] = []
        self._references_changed = False

    def run(self, code: CodeType | None) -> LocalsChange:
        """Examine what `code` can have touched, or everything, and give what the store lacks."""
        ledger = self._ledger
        gone = [variable(name) for name in ledger.values.keys() - self._live.keys()]
        todo = ledger.mates(gone)
        for key in gone:
            self._references_changed |= bool(ledger.records[key].uids)
            ledger.forget(key)
        todo = (todo & ledger.records.keys()) | self._candidates(code)
        self._look_around(todo, follow_code=code is not None)
        if self._references_changed:
            self._forget_unused_classes()
        self._write(self._differing_groups())
        return ledger.change()

    def take_in(self, saved: SavedLocals) -> None:
        """Remember a workspace that was just restored; nothing in it differs from the store."""
        self._look_around({variable(name) for name in self._live}, follow_code=False)
        for index, group in enumerate(saved.groups):
            if not group.stored:
                continue
            members = tuple(sorted([variable(n) for n in group.names] + [job_class(u) for u in group.uids]))
            present = [variable(name) for name in group.names if saved.homes.get(name) == index]
            present += [job_class(uid) for uid in group.uids if saved.class_homes.get(uid) == index]
            self._ledger.restored(group, members, tuple(present))
        for alone in (group for group in self._ledger.regroup(self._looked_at) if len(group) == 1):
            self._ledger.digests[alone] = self._ledger.records[alone[0]].digest

    # --- what to look at -------------------------------------------------------------------------

    def _candidates(self, code: CodeType | None) -> set[Key]:
        if code is None:
            return {variable(name) for name in self._live}
        known = self._ledger.values
        rebound = {variable(name) for name, value in self._live.items() if known.get(name, known) is not value}
        return rebound | self._reached([code])

    def _reached(self, codes: Iterable[CodeType]) -> set[Key]:
        reached, anything = names.reach(codes, self._code_behind)
        if anything:
            return {variable(name) for name in self._live}
        return {variable(name) for name in reached if name in self._live}

    def _code_behind(self, name: str) -> Iterable[CodeType] | None:
        records = self._ledger.records
        todo: list[Key] = [variable(name)]
        seen: set[Key] = set()
        codes: list[CodeType] = []
        while todo:
            key = todo.pop()
            known = records.get(key)
            if known is None or key in seen:
                continue
            seen.add(key)
            if known.runs_unknown_code:
                return None
            codes += known.codes
            todo += [job_class(uid) for uid in known.uids]
        return codes

    def _look_around(self, todo: set[Key], *, follow_code: bool) -> None:
        """Look at `todo` and at all that shares objects with it, now or before."""
        ledger = self._ledger
        while todo:
            codes: list[CodeType] = []
            for key in todo:
                codes += self._look(key)
            self._looked_at |= todo
            reached = self._reached(codes) if follow_code and codes else set()
            classes = {job_class(uid) for key in todo for uid in ledger.records[key].uids}
            todo = (reached | classes | ledger.mates(todo)) - self._looked_at
            if not todo:
                todo = ledger.strangers(self._looked_at)

    def _look(self, key: Key) -> tuple[CodeType, ...]:
        """Encode one thing and remember it; gives the code in it that was not there before."""
        value = self._value(key)
        known = self._ledger.records.get(key)
        if known is not None and known.atomic and known.value is value:
            return ()
        stamp = stamps.stamp(value) if key[0] == 0 else stamps.class_stamp(value)
        if known is not None and known.value is value and stamps.same(stamp, known.stamp):
            return ()
        own = frozenset({id(value)}) if key[0] == 1 else frozenset()
        encoding = encode(self._home, value, self._limits, own)
        self._ledger.records[key] = record(value, encoding, stamp)
        if key[0] == 0:
            self._ledger.values[key[1]] = value
        self._references_changed |= known is not None and known.uids != encoding.uids
        self._keep.append(encoding.keep)
        if known is None or known.digest != encoding.digest or known.ids != encoding.ids:
            self._differs.add(key)
            self._encodings[key] = encoding
            return encoding.codes
        return ()

    def _value(self, key: Key) -> Any:
        return self._live[key[1]] if key[0] == 0 else self._home.classes.get(key[1])

    # --- what to write ---------------------------------------------------------------------------

    def _forget_unused_classes(self) -> None:
        records = self._ledger.records
        used: set[str] = set()
        todo = [uid for key, known in records.items() if key[0] == 0 for uid in known.uids]
        while todo:
            uid = todo.pop()
            if uid not in used:
                used.add(uid)
                todo += records[job_class(uid)].uids
        unused = {key for key in records if key[0] == 1 and key[1] not in used}
        self._looked_at |= self._ledger.mates(unused)  # what was written, or waits to be, together with one of them
        self._looked_at -= unused
        for key in unused:
            self._ledger.forget(key)
        self._home.classes.keep_only(used)

    def _differing_groups(self) -> list[Members]:
        ledger = self._ledger
        groups = ledger.regroup(self._looked_at)
        return [
            group
            for group in groups
            if not self._differs.isdisjoint(group) or any(ledger.written.get(key) != group for key in group)
        ]

    def _write(self, todo: list[Members]) -> None:
        ledger = self._ledger
        homes = ledger.chunk_homes()
        done: set[Members] = set()
        while todo:
            group = todo.pop()
            if group in done:
                continue
            done.add(group)
            encoding = self._encode_group(group)
            if ledger.digests.get(group) == encoding.digest and all(ledger.written.get(k) == group for k in group):
                continue
            variables = {text: self._value((kind, text)) for kind, text in group if kind == 0}
            left_behind = ledger.write(pack(group, variables, encoding, homes, self._statement))
            todo += [ledger.groups[key] for key in left_behind]

    def _encode_group(self, group: Members) -> Encoding:
        if len(group) == 1:
            key = group[0]
            own = frozenset({id(self._value(key))}) if key[0] == 1 else frozenset()
            return self._encodings.get(key) or encode(self._home, self._value(key), self._limits, own)
        values = [self._value(key) for key in group if key[0] == 0]
        classes = [self._value(key) for key in group if key[0] == 1]
        # Bases first: an attribute of another class may hold an instance of a subclass that is stored elsewhere, and
        # reading that subclass needs its base made.
        classes.sort(key=lambda cls: not type.__subclasses__(cls))
        return encode(self._home, (classes, values), self._limits, frozenset(id(cls) for cls in classes))
