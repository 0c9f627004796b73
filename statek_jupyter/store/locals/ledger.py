"""The ledger of a workspace: what is remembered of every variable, which belong together, and what the store lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from statek_jupyter.store.locals.change import EncodedGroup, Key, LocalsChange
from statek_jupyter.store.locals.grouping import connected
from statek_jupyter.store.locals.saved import SavedPayload
from statek_jupyter.store.locals.scan import Record

Members = tuple[Key, ...]


class Ledger:
    """Bookkeeping only: it never looks at a value."""

    def __init__(self) -> None:
        self.records: dict[Key, Record] = {}
        self.values: dict[str, Any] = {}
        """Variable to the value it had at its last look."""
        self.groups: dict[Key, Members] = {}
        """Key to the group it belongs to as of the last look."""
        self.written: dict[Key, Members] = {}
        """Key to the group it was last written in, in the store or in `pending`."""
        self.pending: dict[Members, EncodedGroup] = {}
        """Groups the store does not have yet."""
        self.stored: dict[Key, Members] = {}
        """Key to the group the store has it in."""
        self.digests: dict[Members, bytes] = {}
        """Digest each written group was written with, where it is known."""
        self._stored_chunks: dict[Members, tuple[bytes, ...]] = {}

    # --- looking ---------------------------------------------------------------------------------

    def mates(self, keys: Iterable[Key]) -> set[Key]:
        """All members of the groups of some keys, as they are and as they were written."""
        found: set[Key] = set()
        for key in keys:
            found.update(self.groups.get(key, (key,)))
            found.update(self.written.get(key, ()))
        return found & self.records.keys()

    def strangers(self, keys: set[Key]) -> set[Key]:
        """Other keys whose objects, as of their last look, are shared with one of `keys`."""
        identities: set[int] = set()
        for key in keys:
            identities.update(self.records[key].ids)
        if not identities:
            return set()
        return {
            key
            for key, record in self.records.items()
            if key not in keys and record.ids and not record.ids.keys().isdisjoint(identities)
        }

    # --- changing --------------------------------------------------------------------------------

    def forget(self, key: Key) -> None:
        """A variable or class that is gone."""
        self.records.pop(key, None)
        if key[0] == 0:
            self.values.pop(key[1], None)
        self.groups.pop(key, None)
        self._drop_pending(key)
        self.digests.pop(self.written.pop(key, ()), None)

    def regroup(self, keys: set[Key]) -> list[Members]:
        """Work out the groups of `keys`, which must be closed under sharing; gives each group once."""
        made = connected({key: self.records[key].ids for key in keys})
        for group in made:
            for key in group:
                self.groups[key] = group
        return made

    def write(self, group: EncodedGroup) -> set[Key]:
        """Take in an encoded group for the next change.

        Returns:
            Keys that were written together with a member before and are not in this group: they must be written anew.
        """
        former = {mate for key in group.members for mate in self.written.get(key, ())}
        for key in group.members:
            self._drop_pending(key)
            self.digests.pop(self.written.get(key, ()), None)
            self.written[key] = group.members
        self.pending[group.members] = group
        self.digests[group.members] = group.digest
        return (former & self.records.keys()) - set(group.members)

    def _drop_pending(self, key: Key) -> None:
        self.pending.pop(self.written.get(key, ()), None)

    # --- the store -------------------------------------------------------------------------------

    def chunk_homes(self) -> dict[bytes, Key]:
        """Chunk digest to a member of the stored group that holds it."""
        return {digest: members[0] for members, digests in self._stored_chunks.items() for digest in digests}

    def change(self) -> LocalsChange:
        """Everything the store lacks."""
        groups = tuple(self.pending.values())
        deleted = tuple(sorted(self.stored.keys() - self.records.keys()))
        lost = tuple(lost for group in groups for lost in group.lost)
        return LocalsChange(groups, deleted, lost)

    def confirm(self, change: LocalsChange) -> None:
        """The store has a change now."""
        for key in change.deleted_keys:
            self._unstore(key)
        for group in change.groups:
            for key in group.members:
                self._unstore(key)
            for key in group.members:
                self.stored[key] = group.members
            digests = tuple(digest for buffer in group.buffers for digest in buffer.digests)
            if digests:
                self._stored_chunks[group.members] = digests
            if self.pending.get(group.members) is group:
                del self.pending[group.members]

    def _unstore(self, key: Key) -> None:
        self._stored_chunks.pop(self.stored.pop(key, ()), None)

    def restored(self, group: SavedPayload, members: Members, present: Members) -> None:
        """Take in a group that was read from the store.

        Args:
            group: What was read.
            members: All its members.
            present: Those that still belong to it.
        """
        digests = tuple(digest for buffer in group.buffers for digest in buffer.digests)
        for key in present:
            self.stored[key] = self.written[key] = members
        if digests and present:
            self._stored_chunks[members] = digests
