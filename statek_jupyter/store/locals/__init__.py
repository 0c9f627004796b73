"""A job's variables: the live workspace, what of it is stored, and how."""

from statek_jupyter.store.locals.change import EncodedGroup, LocalsChange
from statek_jupyter.store.locals.reading import read_group, read_saved, summaries
from statek_jupyter.store.locals.recipes import NotKept, register_recipe
from statek_jupyter.store.locals.records import apply_change, class_changes, give
from statek_jupyter.store.locals.saved import SavedLocals
from statek_jupyter.store.locals.summary import VarSummary
from statek_jupyter.store.locals.tombstones import LostValue, Tombstone
from statek_jupyter.store.locals.workspace import Workspace, encode_values

__all__ = [
    "EncodedGroup",
    "LocalsChange",
    "LostValue",
    "NotKept",
    "SavedLocals",
    "Tombstone",
    "VarSummary",
    "Workspace",
    "apply_change",
    "class_changes",
    "encode_values",
    "give",
    "read_group",
    "read_saved",
    "register_recipe",
    "summaries",
]
