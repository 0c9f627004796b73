"""Texts that hold a key of the environment: the store keeps the name of the variable in place of its value.

A job may hold a key in its variables; it needs it. The store may not: it is copied, backed up and shared. Looking for
one costs a search through the bytes of a value; only a value that has one is written a second time, by
`encoding.HidingEncoder`.
"""

from __future__ import annotations

import os
import re
from itertools import chain
from typing import Any

from statek_jupyter.redaction import secrets_of
from statek_jupyter.store.locals.sink import Sink
from statek_jupyter.store.locals.tombstones import LostValue, Tombstone

Hidden = tuple[str, ...]
"""``"text"`` or ``"bytes"``, then pairs of a literal piece and the name of a variable, either of them empty."""


def holds_secret(sink: Sink) -> bool:
    """Whether a text or some bytes in a stream hold a secret."""
    secrets = [value.encode() for value, _ in secrets_of()]
    return any(secret in part for secret in secrets for part in sink.parts)


def hidden(obj: Any) -> Hidden | None:
    """How a text or bytes that hold a secret are written; None for everything else."""
    if type(obj) is str:
        kind, text, known = "text", obj, dict(secrets_of())
    elif type(obj) is bytes:
        kind, text = "bytes", obj.decode("latin-1")
        known = {value.encode().decode("latin-1"): name for value, name in secrets_of()}
    else:
        return None
    if not any(value in text for value in known):
        return None
    pieces = re.split(f"({'|'.join(map(re.escape, known))})", text)
    names = [*(known[secret] for secret in pieces[1::2]), ""]
    return (kind, *chain.from_iterable(zip(pieces[::2], names, strict=True)))


def shown_again(form: Hidden) -> Any:
    """The text with the values that the variables have in this process; a tombstone where one is not set."""
    kind, *pieces = form
    literals, names = pieces[::2], pieces[1::2]
    missing = sorted({name for name in names if name and name not in os.environ})
    if missing:
        reason = f"it holds the value of {', '.join(missing)}, which is kept by name and not set in this process"
        return Tombstone(LostValue("", "", "str" if kind == "text" else "bytes", reason))
    if kind == "text":
        return "".join(literal + os.environ.get(name, "") for literal, name in zip(literals, names, strict=True))
    pairs = zip(literals, names, strict=True)
    return b"".join(literal.encode("latin-1") + os.environ.get(name, "").encode() for literal, name in pairs)
