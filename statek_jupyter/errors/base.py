"""The root of the tree."""

from __future__ import annotations


class StatekError(Exception):
    """Base of every error this package raises on purpose."""
