"""What each boundary of a running job writes: bodies of transactions, run on the store thread.

A body may run several times when a commit conflicts, so it only sets what it computes from its arguments. Each begins
with `held_job`, which refuses when another worker has the job: a worker that was thought dead writes nothing more.
"""

from statek_jupyter.engine.commits.asking import (
    Asked,
    begin_ask,
    begin_attempt,
    begin_next_ask,
    fail_ask,
    fail_attempt,
    keep_reply,
)
from statek_jupyter.engine.commits.ending import Handlers, deliver, end_job, note_handler_failure
from statek_jupyter.engine.commits.held import Held, release
from statek_jupyter.engine.commits.running import begin_warmup, keep_progress

__all__ = [
    "Asked",
    "Handlers",
    "Held",
    "begin_ask",
    "begin_attempt",
    "begin_next_ask",
    "begin_warmup",
    "deliver",
    "end_job",
    "fail_ask",
    "fail_attempt",
    "keep_progress",
    "keep_reply",
    "note_handler_failure",
    "release",
]
