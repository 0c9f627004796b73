"""Fixtures of the tests of the stored model."""

from tests.executors.kept import database, keep

__all__ = ["database", "keep"]
