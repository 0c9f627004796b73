"""A job's variables: the live workspace, what of it is stored, and how."""

from statek_jupyter.store.locals.change import EncodedGroup, LocalsChange
from statek_jupyter.store.locals.parts import container_base, count_parts, parts, shape_of
from statek_jupyter.store.locals.reading import read_group, read_saved, summaries
from statek_jupyter.store.locals.recipes import NotKept, register_recipe
from statek_jupyter.store.locals.records import apply_change, class_changes, give
from statek_jupyter.store.locals.saved import SavedLocals, SavedPayload
from statek_jupyter.store.locals.summary import VarSummary, describe, type_text
from statek_jupyter.store.locals.tombstones import LostValue, Tombstone
from statek_jupyter.store.locals.workspace import Workspace, encode_values

__all__ = [
    "EncodedGroup",
    "LocalsChange",
    "LostValue",
    "NotKept",
    "SavedLocals",
    "SavedPayload",
    "Tombstone",
    "VarSummary",
    "Workspace",
    "apply_change",
    "class_changes",
    "container_base",
    "count_parts",
    "describe",
    "encode_values",
    "give",
    "parts",
    "read_group",
    "read_saved",
    "register_recipe",
    "shape_of",
    "summaries",
    "type_text",
]
