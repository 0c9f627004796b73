"""What unwinds job code from outside. It is no fault, so it is no `StatekError`, and ``except Exception`` passes it."""

from __future__ import annotations


class CodeInterrupted(BaseException):
    """Raised inside job code to stop it. Whoever calls code of the job and catches everything lets it through."""
