"""Fixtures of the tests of the stored model."""

from hypothesis import settings

from tests.executors.kept import database, keep

__all__ = ["database", "keep"]

# A busy machine makes single examples slow; the test's own timeout is the limit.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
