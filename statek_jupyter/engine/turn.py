"""What a job does next: a plain picture of its stored state, and one pure decision over it."""

from __future__ import annotations

from dataclasses import dataclass

from statek_jupyter.engine.reply import call_code
from statek_jupyter.errors import JobStoppedError, LimitReachedError
from statek_jupyter.executors.chat_log import ChatLogItem, LLM_LogItem, WarmupLogItem
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.code_block import CODE_TOOL_NAMES, CallSpec, CodeBlock
from statek_jupyter.executors.inbox import StopRequest
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.store.sub_tasks import ancestors, subtree_usage


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an item that runs by itself: its code, or one of its tool calls."""

    source: str
    """Python to run; for a call of one of the agent's tools, the call."""
    call: CallSpec | None = None
    """The tool call this part answers, or None for code outside of tool calls."""

    @property
    def is_tool_call(self) -> bool:
        """Whether it calls one of the agent's tools; what it prints is then the tool's result."""
        return self.call is not None and self.call.func_name not in CODE_TOOL_NAMES


@dataclass(frozen=True, slots=True)
class RunningItem:
    """The item whose code is to be run, or run on."""

    item_id: int
    place: str
    """Where its code stands, for filenames and people: ``warmup 1``, ``turn 3``."""
    parts: tuple[Part, ...]
    parts_done: int
    next_statement: int


@dataclass(frozen=True, slots=True)
class JobState:
    """What the next step depends on, read in one transaction."""

    status: JobStatus
    style: ChatStyle | None
    limits: JobLimits
    num_turns: int
    """Turns since the job was created or last reactivated."""
    overspent: LimitReachedError | None
    """Set when its budget, or that of a job above it, is used up."""
    running: RunningItem | None
    stop: StopRequest | None


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the model for the next reply."""


@dataclass(frozen=True, slots=True)
class RunPart:
    """Run one part of an item from a statement on."""

    item: RunningItem

    @property
    def part(self) -> Part:
        return self.item.parts[self.item.parts_done]

    @property
    def filename_place(self) -> str:
        """Differs between the parts of one item."""
        return self.item.place if self.item.parts_done == 0 else f"{self.item.place}.{self.item.parts_done + 1}"


@dataclass(frozen=True, slots=True)
class End:
    """End the job with an error."""

    error: JobStoppedError | LimitReachedError


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do: the job is done or waits."""


Step = Ask | RunPart | End | Rest


def next_step(state: JobState) -> Step:
    """Decide. Stopping goes before everything, unfinished code before asking."""
    if state.status in (JobStatus.DONE, JobStatus.SUSPENDED):
        return Rest()
    if state.stop is not None:
        return End(JobStoppedError(state.stop.reason))
    if state.running is not None:
        return RunPart(state.running)
    limit = _limit_reached(state)
    return Ask() if limit is None else End(limit)


def _limit_reached(state: JobState) -> LimitReachedError | None:
    limits = state.limits
    if limits.max_turns is not None and state.num_turns >= limits.max_turns:
        return LimitReachedError("max_turns", f"{limits.max_turns} turns")
    return state.overspent


def read_state(job: Job) -> JobState:
    """The state of a job; called inside a read of the store."""
    return JobState(
        status=job.status,
        style=job.chat_style,
        limits=job.limits,
        num_turns=job.num_turns - job.turns_before,
        overspent=_overspent(job),
        running=_running_item(job),
        stop=stop_request(job),
    )


def _overspent(job: Job) -> LimitReachedError | None:
    """What jobs below a job spend counts as spent by it."""
    for one in (job, *ancestors(job)):
        budget = one.limits.budget_usd
        spent = None if budget is None else subtree_usage(one).total_known_cost
        if budget is not None and spent is not None and spent >= budget:
            whose = "" if one is job else f" of job {one.id} above it"
            return LimitReachedError("budget", f"${budget:f}{whose} (spent ${spent:.4f})")
    return None


def stop_request(job: Job) -> StopRequest | None:
    """The first request to stop that waits; called inside a read of the store."""
    return next((request for request in job.inbox.pending() if isinstance(request, StopRequest)), None)


def _running_item(job: Job) -> RunningItem | None:
    item = last_item(job)
    if item is None or item.executed or item.id is None:
        return None
    parts = item_parts(item)
    if not parts:
        return None
    return RunningItem(item.id, item_place(item), parts, item.parts_done, job.next_instr_num or 0)


def last_item(job: Job) -> ChatLogItem | None:
    """The last entry of the chat log when it is an item; None for an empty log or a plain text."""
    last = job.chat_log[-1] if len(job.chat_log) else None
    return last if isinstance(last, ChatLogItem) else None


def item_place(item: ChatLogItem) -> str:
    """Where an item's code stands."""
    if isinstance(item, WarmupLogItem):
        return f"warmup {item.warmup_block_num + 1}"
    return f"turn {item.turn}" if isinstance(item, LLM_LogItem) else f"item {item.id}"


def item_parts(item: ChatLogItem) -> tuple[Part, ...]:
    """The parts of an item in the order they run: its code first, then its tool calls."""
    code = item.code if isinstance(item, WarmupLogItem) else getattr(item, "llm_resp", None)
    if isinstance(code, str):
        return (Part(code),) if isinstance(item, WarmupLogItem) else ()
    if not isinstance(code, CodeBlock):
        return ()
    own = (Part(code.code),) if code.code else ()
    return (*own, *(Part(call_code(call), call) for call in code.tool_calls or ()))
