"""Small jobs for the store's tests, and stores of every kind."""

from __future__ import annotations

from pathlib import Path

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef

KINDS = ("folder", "memory:", "file:", "zeo:", "postgresql:")
"""What the ``store`` fixture takes."""
SEVERAL_PROCESSES = ("folder", "zeo:", "postgresql:")
"""Kinds that several processes can open at once."""


def agent(role: str = "helper", prompt: str = "Be brief.") -> Agent:
    return Agent(role, prompt, metadata={"MODEL": "scripted/test"})


def definition(role: str = "helper", warmup: str | None = None) -> JobDef:
    return JobDef(agent(role), warmup_code=warmup)


def place(kind: str, tmp_path: Path) -> str:
    """Where a store of this kind goes."""
    return {"folder": str(tmp_path / "store"), "file:": f"file:{tmp_path / 'store.fs'}"}.get(kind, kind)
