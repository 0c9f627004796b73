"""Values outside of a job's variables, stored like them: what calls returned and raised, what people answered."""

from __future__ import annotations

from typing import Any

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals.change import EncodedGroup, variable
from statek_jupyter.store.locals.packing import pack
from statek_jupyter.store.locals.records import Group, make_record
from statek_jupyter.store.locals.saved import SavedPayload
from statek_jupyter.store.locals.scan import encode
from statek_jupyter.store.locals.workspace import Workspace, encode_values

NAME = "outcome"


class WorkspaceCodec:
    """Writes and reads values as the job of a workspace sees them. Used on its thread, or while that waits."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def encode(self, value: Any) -> EncodedGroup:
        """A value as it is now, for the store; what of it cannot be stored is named in ``lost``."""
        encoding = encode(self._workspace.home, value, self._workspace.limits)
        return pack((variable(NAME),), {NAME: value}, encoding, {}, "")

    def load(self, payload: SavedPayload) -> Any:
        """The value of a stored group, made anew."""
        return self._workspace.load(payload)


def encode_answer(value: Any, *, job_id: str) -> EncodedGroup:
    """A value that comes from outside of the job.

    Raises:
        NotDurableError: It cannot be stored.
    """
    return encode_values({NAME: value}, job_id=job_id).groups[0]


def keep_outcome(local_state: LocalState, group: EncodedGroup) -> Group:
    """The stored form, to be put into a record of the same transaction."""
    return make_record(local_state, group)
