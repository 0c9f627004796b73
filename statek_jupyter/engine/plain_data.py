"""What is plain data: values that need nothing of the job to be read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_SCALARS = (type(None), bool, int, float, complex, str, bytes, Decimal, datetime, date, time, timedelta)
_MEMBERS_LIMIT = 10_000


def is_plain(value: Any) -> bool:
    """Whether it is a number, a text, a date, or a builtin container of such, and not too large to lie in a record."""
    waiting, seen = [value], 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > _MEMBERS_LIMIT:  # a container that holds itself ends here, too
            return False
        if type(one) in (list, tuple, set, frozenset):
            waiting.extend(one)
        elif type(one) is dict:
            waiting.extend(one.keys())
            waiting.extend(one.values())
        elif type(one) not in _SCALARS:
            return False
    return True
