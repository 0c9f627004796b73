"""What a test needs of the machine: missing on yours it is left out, missing in CI it is a failure."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def leave_out(reason: str) -> NoReturn:
    """Skip the test; where everything has to be there, fail it.

    Args:
        reason: What is missing, for the person who reads the summary.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI leaves nothing out", pytrace=False)
    pytest.skip(reason)
