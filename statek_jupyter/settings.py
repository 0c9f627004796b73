"""What the environment says, read once and passed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_MODEL = "openai/gpt-5-mini"


@dataclass(frozen=True, slots=True)
class Settings:
    """A user's choices that are not made in code."""

    store: str | None = None
    """``STATEK_STORE``: folder or URL of the store; None for the per-user folder."""
    default_model: str = DEFAULT_MODEL
    """``STATEK_MODEL``: the model where neither cell nor agent names one."""
    model_was_chosen: bool = False
    """Whether ``STATEK_MODEL`` was set."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the variables of `environment`, the process' own when None; blank ones count as not set."""
        variables = os.environ if environment is None else environment
        store = variables.get("STATEK_STORE", "").strip()
        model = variables.get("STATEK_MODEL", "").strip()
        return cls(store=store or None, default_model=model or DEFAULT_MODEL, model_was_chosen=bool(model))
