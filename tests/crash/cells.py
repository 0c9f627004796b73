"""Cells whose result must not depend on where they are interrupted. Each leaves its result in ``out``."""

from __future__ import annotations

from pathlib import Path


def _read(text: str) -> dict[str, str]:
    parts = [part.partition("\n") for part in text.split("=== ") if part]
    return {name: code.strip("\n") for name, _, code in parts}


CELLS = _read(Path(__file__).with_name("cells.txt").read_text(encoding="utf-8"))
"""Name to code."""
