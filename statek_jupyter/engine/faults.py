"""Text of an exception that nobody expected: its ``__str__`` may be code of a user, which may never end."""

from __future__ import annotations

import traceback

from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.engine.supervision import Supervisor, Unstoppable, supervise
from statek_jupyter.engine.tracebacks import code_error
from statek_jupyter.executors.chat_log import CodeError
from statek_jupyter.redaction import redact

DESCRIBE_SECONDS = 5.0
"""How long an exception may take to say what it is."""


async def told_fault(job_id: str, fault: BaseException) -> CodeError:
    """The exception as text, made on a thread of its own and under a time limit; with the frames of the engine."""
    thread, supervisor = JobThread(f"statek fault of {job_id}"), Supervisor(DESCRIBE_SECONDS)

    def describe() -> CodeError:
        return thread.interruptible(lambda: code_error(fault, job_id))

    try:
        described = await supervise(thread, describe, supervisor, lambda: supervisor.verdict(thread.code_started))
        message = redact(described.message)
    except (Exception, HandedBack) as failure:
        late = isinstance(failure, Unstoppable)
        message = f"<its message failed: {'it did not end' if late else type(failure).__name__}>"
    finally:
        thread.close()
    frames = "".join(traceback.format_tb(fault.__traceback__))
    return CodeError(type(fault).__name__, message, frames)
