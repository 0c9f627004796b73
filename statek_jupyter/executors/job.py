"""A job: one durable unit of work, its state, its history and its workspace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from persistent import Persistent

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import ChatLog, ChatLogEntry
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.current_job import current_job, get_current_job
from statek_jupyter.executors.external_refs import ExternalRefs
from statek_jupyter.executors.future import FutureResult
from statek_jupyter.executors.inbox import Inbox
from statek_jupyter.executors.job_cleanup import CleansUp
from statek_jupyter.executors.job_def import JobDef, JobDefError
from statek_jupyter.executors.job_id import job_id
from statek_jupyter.executors.job_model import AsksModel
from statek_jupyter.executors.job_origin import JobOrigin, Lease
from statek_jupyter.executors.job_status import JobStatus, Outcome, outcome_of
from statek_jupyter.executors.job_sub_tasks import HasSubTasks
from statek_jupyter.executors.job_tally import JobTally, KeepsTally
from statek_jupyter.executors.journal import CallJournal
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.executors.locale import StatekLocale
from statek_jupyter.executors.locals_search import search_locals
from statek_jupyter.executors.model_choice import ModelChoice
from statek_jupyter.executors.pyenv import PyEnv
from statek_jupyter.executors.waits import Wait
from statek_jupyter.executors.warmup import WarmupBlock

__all__ = [
    "Job",
    "JobDef",
    "JobDefError",
    "JobOrigin",
    "JobStatus",
    "Lease",
    "current_job",
    "get_current_job",
]


class Job(AsksModel, CleansUp, HasSubTasks, KeepsTally, Persistent):
    """One job. In memory it is an ordinary object; in a store its worker writes it and everybody else its `inbox`.

    Args:
        job_def: The definition; its warmup, chat style and limits are frozen into the job now.
        job_status: Where it is in its life.
        py_env: Its variables and console; a new one when None.
        chat_log: Entries it begins with; a bare text is a user message.
        awaited_result: What suspended it.
        next_instr_num: Index of the top-level statement to go on at.
        warmup_block_num: Index of the current warmup block; None for the first.
        error: What ended it.
        created_at: Now, when None.
        parent_job: The job it is a subtask of.
        model_family: Put before a `model` without a family.
        model: Overrides the definition's ``MODEL``, in the same grammar.

    Raises:
        BadModelError: `model` cannot be read (a ValueError).
    """

    number: int | None = None
    """Given by the store; None in memory."""
    name: str | None = None
    """What its person calls it."""
    home: str | None = None
    """Id of the process that submitted it."""
    priority: int = 0
    """Jobs with a higher one are taken first."""
    started_at: datetime | None = None
    """When it first left READY."""
    finished_at: datetime | None = None
    """When it became DONE; None while it is not."""
    awaited_result: FutureResult | None = None
    """What suspended it, when that was a future."""
    warmup_block_num: int | None = None
    error: JobDefError | None = None
    """What ended it, when it ended badly."""
    lease: Lease | None = None
    lease_token: int = 0
    """The newest token given out."""
    answer: str | None = None
    """The last final answer in prose."""
    stop_reason: str | None = None
    """Why it was ended from outside: a stop, a limit."""
    waits: tuple[Wait, ...] = ()
    """What wakes it while it is SUSPENDED: any of these coming true; empty for a job only a resume brings back."""
    awaiting_text: str | None = None
    """What it waits for, when no `awaited_result` tells."""
    turns_before: int = 0
    """`num_turns` when the job was brought back last; its turn limit counts from there."""
    num_completions: int = 0
    """How often it was DONE and brought back."""
    journal: CallJournal | None = None
    """The calls of the statement that runs or waits; None until the first one."""
    endings: Any = None
    """Turn to `JobEnd`, for each turn after which the job was DONE; None while there is none."""
    _external_refs: ExternalRefs | None = None

    def __init__(
        self,
        job_def: JobDef,
        job_status: JobStatus = JobStatus.READY,
        py_env: PyEnv | None = None,
        chat_log: Iterable[ChatLogEntry] | None = None,
        awaited_result: FutureResult | None = None,
        next_instr_num: int | None = None,
        warmup_block_num: int | None = None,
        error: JobDefError | None = None,
        created_at: datetime | None = None,
        parent_job: Job | None = None,
        model_family: str | None = None,
        model: str | None = None,
    ) -> None:
        if not isinstance(job_def, JobDef):
            raise TypeError(f"a Job is made from a JobDef, not from {job_def!r}")
        own = None if model is None else ModelChoice.parse(_with_family(model, model_family)).text
        self.job_def = job_def
        self.parent_job = parent_job
        self.origin = JobOrigin(job_def.warmup_blocks, job_def.chat_style, job_def.limits, own)
        self.job_status = job_status
        self.py_env = py_env if py_env is not None else PyEnv()
        self.chat_log = chat_log if isinstance(chat_log, ChatLog) else ChatLog(chat_log or ())
        self.py_env.chat_log = self.chat_log
        self.inbox = Inbox()
        self.tally = JobTally()
        given = {
            "awaited_result": awaited_result,
            "next_instr_num": next_instr_num,
            "warmup_block_num": warmup_block_num,
            "error": error,
        }
        for name, value in given.items():
            if value is not None:  # what is not set is not written with every turn
                setattr(self, name, value)
        self.created_at = created_at if created_at is not None else datetime.now(UTC)

    # --- what it is --------------------------------------------------------------------------------

    @property
    def id(self) -> str | None:
        """The stable id; None for a job no store holds."""
        return None if self.number is None else job_id(self.number)

    @property
    def agent(self) -> Agent:
        return self.job_def.agent

    @property
    def warmup_blocks(self) -> tuple[WarmupBlock, ...]:
        """The warmup, as it was when the job was made."""
        return self.origin.warmup_blocks

    @property
    def chat_style(self) -> ChatStyle | None:
        """The style, as it was when the job was made; None lets the engine choose."""
        return self.origin.chat_style

    @property
    def limits(self) -> JobLimits:
        return self.origin.limits

    # --- where it is -------------------------------------------------------------------------------

    @property
    def status(self) -> JobStatus:
        """Where it is in its life."""
        return self.job_status

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it has not."""
        return outcome_of(self.job_status, None if self.error is None else self.error.type_name)

    @property
    def locale(self) -> StatekLocale | None:
        """The language of its person: its definition's, else that of the nearest job above it that has one."""
        one: Job | None = self
        while one is not None and one.job_def.locale is None:
            one = one.parent_job
        return None if one is None else one.job_def.locale

    @property
    def language_rule(self) -> str | None:
        """What its locale adds to the system prompt."""
        return self.job_def.language_rule_of(self.locale)

    @property
    def language_hint(self) -> str | None:
        """What its locale adds to each message."""
        return self.job_def.language_hint_of(self.locale)

    def set_status(self, status: JobStatus) -> None:
        """Move on; keeps `started_at` and `finished_at`. No transition is forbidden."""
        if not isinstance(status, JobStatus):
            raise TypeError(f"{status!r} is not a JobStatus")
        if status is self.job_status:
            return
        now = datetime.now(UTC)
        if self.started_at is None and status is not JobStatus.READY:
            self.started_at = now
        self.finished_at = now if status is JobStatus.DONE else None
        self.job_status = status

    def reactivate(self) -> bool:
        """Bring a DONE job back to STARTED, counting a completion; False and nothing changed when it is not DONE."""
        if self.job_status is not JobStatus.DONE:
            return False
        self.num_completions += 1
        self.turns_before = self.num_turns
        self.py_env.exit_status = None
        self.py_env.exited = False
        self.error = self.stop_reason = self.answer = None
        self.awaited_result = self.awaiting_text = self.next_instr_num = None
        self.waits = ()
        self.set_status(JobStatus.STARTED)
        return True

    @property
    def result(self) -> Any:
        """What ``exit`` was called with; the final answer when it was not called."""
        return self.py_env.exit_status if self.py_env.exited else self.answer

    @property
    def awaiting(self) -> str | None:
        """What a SUSPENDED job waits for, in words; None for other jobs."""
        if self.job_status is not JobStatus.SUSPENDED:
            return None
        if self.awaiting_text is None and self.awaited_result is None:
            return "a resume"
        return self.awaiting_text or str(self.awaited_result)

    # --- its variables -----------------------------------------------------------------------------

    def find_locals(
        self, var_type: type | None = None, var_name: str | None = None, ext_scan: bool = True
    ) -> Iterator[Any]:
        """Values of variables, and of the persistent context for names that are no variables.

        Args:
            var_type: Only instances of it; futures are resolved, those not ready are left out.
            var_name: Only the variable of this name.
            ext_scan: Whether to look at the persistent context too.

        Raises:
            FutureError: The variable `var_name` holds a value that is not ready.
        """
        return search_locals(self.py_env.local_state, self.py_env.perm_ctx, var_type, var_name, ext_scan)

    def add_locals(self, **kwargs: Any) -> None:
        """Set variables, keeping the others."""
        self.py_env.update_locals(**kwargs)

    # --- external references -----------------------------------------------------------------------

    def add_ext_ref(self, obj: Any) -> None:
        """Remember a persistent object without keeping it alive; other values are left out."""
        if isinstance(obj, Persistent):
            if self._external_refs is None:
                self._external_refs = ExternalRefs()
            self._external_refs.add(obj)

    def contains_ext_ref(self, obj: Any) -> bool:
        """Whether `add_ext_ref` was called with this very object."""
        return self._external_refs is not None and obj in self._external_refs

    # --- numbers -----------------------------------------------------------------------------------

    def tokens_per_sec(self) -> float:
        """Output tokens per second of model time, over the calls whose time is known; 0.0 when there are none."""
        return self.usage.tokens_per_second

    @property
    def approx_token_usage(self) -> int:
        """Estimate from bytes, a quarter of all sent and received."""
        return (self.usage.total_bytes_sent + self.usage.total_bytes_received) // 4

    def __repr__(self) -> str:
        return f"<Job {self.id or 'in memory'} {self.job_status.name}>"


def _with_family(model: str, family: str | None) -> str:
    return f"{family}/{model}" if family and "/" not in model and "," not in model else model
