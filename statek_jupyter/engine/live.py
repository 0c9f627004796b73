"""What a job of this process is doing right now: text that streams in, output of a statement that still runs.

Never stored. A view in the same process shows it below what is committed; the next commit replaces it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from statek_jupyter.redaction import without_secrets

LIMIT = 20_000
"""Characters kept of a streaming text; older ones are dropped."""

_lock = threading.Lock()
_streaming: dict[str, str] = {}
_printing: dict[str, Callable[[], str]] = {}


def streaming_text(job_id: str) -> str:
    """The part of the model's reply that has arrived, or what the running statement has printed; "" when neither."""
    with _lock:
        text, printed = _streaming.get(job_id, ""), _printing.get(job_id)
    return without_secrets(text or (printed() if printed is not None else ""))[-LIMIT:]


def add_text(job_id: str, piece: str) -> None:
    """Called for each piece of a reply as it arrives."""
    with _lock:
        _streaming[job_id] = (_streaming.get(job_id, "") + piece)[-LIMIT:]


def end_text(job_id: str) -> None:
    """Called when the reply is kept or has failed."""
    with _lock:
        _streaming.pop(job_id, None)


def show_printing(job_id: str, peek: Callable[[], str] | None) -> None:
    """Set where the output of the job's running code can be seen; None when nothing runs any more."""
    with _lock:
        if peek is None:
            _printing.pop(job_id, None)
        else:
            _printing[job_id] = peek
