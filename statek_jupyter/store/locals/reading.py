"""Reading a job's stored variables, in a transaction."""

from __future__ import annotations

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals.change import BufferDigests, EncodedGroup
from statek_jupyter.store.locals.records import Group
from statek_jupyter.store.locals.saved import SavedLocals, SavedPayload
from statek_jupyter.store.locals.stored_objects import place_of_record
from statek_jupyter.store.locals.summary import VarSummary, summarize
from statek_jupyter.store.locals.workspace import encode_values


def read_saved(local_state: LocalState) -> SavedLocals:
    """Read all variables of a job, as bytes; call it in a transaction.

    Values that were set on the `LocalState` itself come before stored ones of the same name; the workspace made from
    the result stores them with its next full capture.
    """
    groups: list[SavedPayload] = []
    seen: dict[tuple[tuple[str, ...], tuple[str, ...], bytes], int] = {}

    def place(group: Group) -> int:
        identity = (group.names, group.uids, group.digest)
        if identity not in seen:
            seen[identity] = len(groups)
            groups.append(read_group(group))
        return seen[identity]

    homes = {name: place(group) for name, group in local_state.groups.items()}
    class_homes = {uid: place(group) for uid, group in local_state.classes.items()}
    unsaved = encode_values(local_state.unsaved, job_id="unsaved", strict=False)
    for group in unsaved.groups:
        homes.update(dict.fromkeys(group.names, len(groups)))
        class_homes.update(dict.fromkeys(group.uids, len(groups)))
        groups.append(_unsaved_payload(group))
    return SavedLocals(
        tuple(groups), homes, class_homes, place_of_record(local_state), dict(local_state.stand_ins or {})
    )


def read_group(group: Group) -> SavedPayload:
    """One group, as bytes."""
    stream, memory = group.content()
    buffers = tuple(BufferDigests(size, writable, digests) for size, writable, digests, _ in group.buffers)
    return SavedPayload(
        group.names,
        group.uids,
        group.digest,
        stream,
        tuple(memory),
        buffers,
        group.lost,
        contents=group.contents,
        place=group.place,
    )


def _unsaved_payload(group: EncodedGroup) -> SavedPayload:
    memory = [bytearray(b"".join(group.new_chunks[digest] for digest in buffer.digests)) for buffer in group.buffers]
    stream = group.stream or bytes(memory.pop(0))
    return SavedPayload(group.names, group.uids, group.digest, stream, tuple(memory), lost=group.lost, stored=False)


def summaries(local_state: LocalState) -> list[VarSummary]:
    """Short descriptions of a job's variables, sorted by name, from stored data; nothing is unpickled."""
    found = [
        summary for name, group in local_state.groups.items() for summary in group.summaries if summary.name == name
    ]
    unsaved = [summarize(name, value) for name, value in local_state.unsaved.items()]
    stored = {summary.name for summary in unsaved}
    return sorted([s for s in found if s.name not in stored] + unsaved, key=lambda summary: summary.name)
