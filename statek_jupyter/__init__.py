"""Durable agent jobs in Jupyter: what a notebook or a script uses, by short names.

``import statek_jupyter as sj`` opens nothing and loads almost nothing; each name below loads its module on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statek_jupyter.engine.run import run as run
    from statek_jupyter.engine.worker import Worker as Worker
    from statek_jupyter.executors.agent import Agent as Agent
    from statek_jupyter.executors.chat_style import ChatStyle as ChatStyle
    from statek_jupyter.executors.code_block import CodeBlock as CodeBlock
    from statek_jupyter.executors.error_handler import error_handler as error_handler
    from statek_jupyter.executors.future import FutureResult as FutureResult
    from statek_jupyter.executors.future import temporal as temporal
    from statek_jupyter.executors.job import Job as Job
    from statek_jupyter.executors.job import JobDef as JobDef
    from statek_jupyter.executors.job import JobDefError as JobDefError
    from statek_jupyter.executors.job import JobStatus as JobStatus
    from statek_jupyter.executors.limits import JobLimits as JobLimits
    from statek_jupyter.executors.locale import StatekLocale as StatekLocale
    from statek_jupyter.executors.subtask import SubTaskHandler as SubTaskHandler
    from statek_jupyter.executors.subtask import subtask as subtask
    from statek_jupyter.executors.tool import tool as tool
    from statek_jupyter.llm.model import ModelReply as ModelReply
    from statek_jupyter.llm.pricing import register_price as register_price
    from statek_jupyter.llm.registry import register_model as register_model
    from statek_jupyter.llm.scripted import FunctionModel as FunctionModel
    from statek_jupyter.llm.scripted import ScriptedModel as ScriptedModel
    from statek_jupyter.notebook.dashboard import Dashboard as Dashboard
    from statek_jupyter.notebook.widget import JobWidget as JobWidget
    from statek_jupyter.store import JobHandle as JobHandle
    from statek_jupyter.store import Store as Store
    from statek_jupyter.store import open_store as open_store
    from statek_jupyter.store.locals.recipes import NotKept as NotKept
    from statek_jupyter.store.locals.recipes import register_recipe as register_recipe

__version__ = "0.1.0"

_MODULES = {
    "engine.run": ["run"],
    "engine.worker": ["Worker"],
    "executors.agent": ["Agent"],
    "executors.chat_style": ["ChatStyle"],
    "executors.code_block": ["CodeBlock"],
    "executors.error_handler": ["error_handler"],
    "executors.future": ["FutureResult", "temporal"],
    "executors.job": ["Job", "JobDef", "JobDefError", "JobStatus"],
    "executors.limits": ["JobLimits"],
    "executors.locale": ["StatekLocale"],
    "executors.subtask": ["SubTaskHandler", "subtask"],
    "executors.tool": ["tool"],
    "llm.model": ["ModelReply"],
    "llm.pricing": ["register_price"],
    "llm.registry": ["register_model"],
    "llm.scripted": ["FunctionModel", "ScriptedModel"],
    "notebook.dashboard": ["Dashboard"],
    "notebook.widget": ["JobWidget"],
    "store": ["JobHandle", "Store", "open_store"],
    "store.locals.recipes": ["NotKept", "register_recipe"],
    "errors": [
        "BadModelError",
        "BadOptionError",
        "CallFailedError",
        "DivergenceError",
        "EventCompletedError",
        "ForkedStoreError",
        "FutureError",
        "JobCodeError",
        "JobEndedError",
        "JobStateError",
        "JobStoppedError",
        "LeaseLostError",
        "LimitReachedError",
        "LostValueError",
        "MissingKeyError",
        "MissingModelError",
        "ModelError",
        "NotDurableError",
        "StatekError",
        "StatementTimeoutError",
        "StoreBusyError",
        "StoreClosedError",
        "StoreDamagedError",
        "StoreError",
        "StoreFullError",
        "StoreLocationError",
        "StoreLockedError",
        "StoreReadOnlyError",
        "StoreVersionError",
        "SubTaskLimitError",
        "UnknownAgentError",
        "UnknownEntryError",
        "UnknownJobError",
        "UnknownModelError",
        "UnknownTurnError",
        "UnknownVariableError",
        "UserError",
        "ValueNotShownError",
        "WaitedJobError",
        "WarmupSyntaxError",
        "WorldError",
    ],
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext statek_jupyter``."""
    importlib.import_module(f"{__name__}.notebook.extension").load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """``%unload_ext statek_jupyter``."""
    importlib.import_module(f"{__name__}.notebook.extension").unload_ipython_extension(ipython)
