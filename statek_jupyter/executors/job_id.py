"""The text form of a job's number: 13 characters of Crockford base 32, which sort by age and can be read aloud."""

from __future__ import annotations

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 13
_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"i": 1, "l": 1, "o": 0}


def job_id(number: int) -> str:
    """The id of job `number`, which is below 2**65."""
    if not 0 <= number < 1 << (5 * LENGTH):
        raise ValueError(f"{number!r} is not a job number")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def job_number(text: str) -> int:
    """The number of the job with id `text`; letters in any case, ``i`` and ``l`` read as 1, ``o`` as 0.

    Raises:
        ValueError: This is no job id.
    """
    plain = text.strip().lower()
    if len(plain) != LENGTH or any(character not in _VALUES for character in plain):
        raise ValueError(f"{text!r} is not a job id")
    number = 0
    for character in plain:
        number = number << 5 | _VALUES[character]
    return number
