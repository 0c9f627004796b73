"""Taking keys out of text that is stored or shown.

What a job, a model, a tool or a person says goes through here before it is kept: in the constructors of the stored
classes that hold such text, and in the sink of a job's output.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

REMOVED = "[key removed]"

_SECRET_NAME = re.compile(r"(_KEY|_TOKEN|_SECRET|PASSWORD|PASSWD|_PAT)$", re.IGNORECASE)
_MIN_SECRET_CHARACTERS = 8
_SHAPES = re.compile(
    r"""\b(?:
        sk-[A-Za-z0-9_*.-]{6,}            # OpenAI, Anthropic, OpenRouter; also as providers abridge them
      | (?:ghp|gho|ghs|ghu)_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
      | hf_[A-Za-z0-9]{16,} | gsk_[A-Za-z0-9]{16,} | xai-[A-Za-z0-9]{16,} | r8_[A-Za-z0-9]{16,}
      | AIza[A-Za-z0-9_-]{20,}
      | AKIA[A-Z0-9]{12,}
      | xox[abprs]-[A-Za-z0-9-]{10,}
    )""",
    re.VERBOSE,
)
_CARRIERS = re.compile(
    r"""(?P<before>\b(?:Bearer\s+|(?:x-)?api[-_]key["']?\s*[:=]\s*["']?))(?P<key>[^\s"'&,;)}\]]{6,})""", re.IGNORECASE
)
_USER_INFO = re.compile(r"(?P<before>://[^/\s:@]*:)[^/\s@]+(?=@)")


def redact(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text with secrets of the environment, and anything shaped like a key, replaced by a marker."""
    text = without_secrets(text, environ)
    text = _SHAPES.sub(REMOVED, text)
    text = _CARRIERS.sub(lambda match: match["before"] + REMOVED, text)
    return _USER_INFO.sub(lambda match: match["before"] + REMOVED, text)


def without_secrets(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text with secrets of the environment replaced; for text in which key-like words are the person's own."""
    for secret, _ in secrets_of(environ):
        text = text.replace(secret, REMOVED)
    return text


def data_without_secrets(value: Any, environ: Mapping[str, str] = os.environ) -> Any:
    """Plain data with `without_secrets` applied to the texts in it; other values stay as they are."""
    if type(value) is str:
        return without_secrets(value, environ)
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(data_without_secrets(member, environ) for member in value)
    if type(value) is dict:
        return {data_without_secrets(k, environ): data_without_secrets(v, environ) for k, v in value.items()}
    return value


def secrets_of(environ: Mapping[str, str] = os.environ) -> list[tuple[str, str]]:
    """(value, name) of the variables that are named like a secret, longest value first so that no tail is left."""
    global _known
    entries = getattr(environ, "_data", None)  # the bytes behind `os.environ`: comparing them is a hundred times faster
    if entries is not None and entries == _known[0]:
        return _known[1]
    by_value = {value: name for name, value in environ.items() if _SECRET_NAME.search(name)}
    found = [(value, name) for value, name in by_value.items() if len(value) >= _MIN_SECRET_CHARACTERS]
    found.sort(key=lambda secret: len(secret[0]), reverse=True)
    if entries is not None:
        _known = (dict(entries), found)
    return found


_known: tuple[dict[Any, Any] | None, list[tuple[str, str]]] = (None, [])
