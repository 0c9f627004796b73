"""The JSON form of a job, as every view reads it: notebook widget, static HTML, terminal, server, export.

All text in it is already cleaned and bounded by `statek_jupyter.views.plain_text`; nothing in it is ever markup. Times
are ISO 8601 with offset, sizes bytes, durations seconds, costs US dollars as decimal text (no float; None for unknown).
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from statek_jupyter.executors.job_status import Outcome

FORMAT = "statek.job.v1"
"""Version of this form; also the version in the MIME type."""

ItemState = Literal["asking", "running", "waiting", "ok", "failed"]
"""``asking``: no reply yet; ``running``: its code runs; ``waiting``: its code waits for something."""


class ErrorView(TypedDict):
    """An exception, or what ended the job."""

    type: str
    message: str
    traceback: str
    """The job's own frames only; may be empty."""
    line: int | None
    """1-based line in the block."""


class CutView(TypedDict):
    """What was left out of the middle of a text."""

    at: int
    """Characters of ``text`` that come before the gap."""
    characters: int
    lines: int


class OutputView(TypedDict):
    """One output of a block; neighbouring pieces of the same stream are one output."""

    kind: Literal["stdout", "stderr", "result", "display", "error", "note"]
    text: str
    cut: NotRequired[CutView]
    """Present when text was left out; the whole is read with `read_output`."""
    image: NotRequired[str]
    """A ``data:`` address of a picture."""
    html: NotRequired[str]
    """HTML source that came as data. A viewer shows it as source, as a table it builds itself, or fully sandboxed."""
    omitted: NotRequired[str]
    """Why a form of this output is not here, for the person."""


class ToolResultView(TypedDict):
    """The outcome of one tool call."""

    name: str
    text: str
    error: ErrorView | None


class AttemptView(TypedDict):
    """A request to the model that did not bring the reply."""

    number: int
    outcome: Literal["sent", "kept", "failed", "lost"]
    error: str


class CallView(TypedDict):
    """What one model call used."""

    model: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: str | None
    cost_source: str
    seconds: float
    estimated: bool
    """True when the token counts are not the provider's."""


class CodeCallView(TypedDict):
    """One call of a tool that the code of an entry made."""

    call: str
    """Its id."""
    name: str
    arguments: str
    state: Literal["begun", "waiting", "returned", "raised", "cancelled", "unknown"]
    outcome: str
    """What it returned or raised, as one line."""
    seconds: float
    note: str
    """What else is to say: who gave its outcome, why it is unknown; usually empty."""


class WaitView(TypedDict):
    """One call that a running statement waits in, or whose outcome a person has to say."""

    call: str
    """Its id: what `JobHandle.answer` and `JobHandle.resolve` take."""
    kind: str
    """``question``, ``unknown``, ``time``, ``message``, ``job``, ``event`` or ``value``."""
    name: str
    arguments: str
    since: str
    until: str | None
    """When it ends by itself."""
    note: str
    question: NotRequired[str]
    """As the model or its code wrote it: plain text, never markup."""
    options: NotRequired[list[str] | None]
    """The only answers that are taken; None for any."""
    expires_at: NotRequired[str | None]


class ItemView(TypedDict):
    """One entry of the chat log."""

    id: int
    """Position in the chat log."""
    kind: Literal["user", "system", "warmup", "turn", "subtask"]
    at: str | None
    state: ItemState
    since: NotRequired[str]
    """Since when it does what its state says; only while it is ``asking`` or ``running``."""
    number: NotRequired[int]
    """Turn number from 1, or warmup block number from 0."""
    text: NotRequired[str]
    """Message or prose. A viewer may show a small safe subset of Markdown; nothing else of it is interpreted."""
    code: NotRequired[str]
    calls: NotRequired[list[str]]
    """Tool calls of the reply, as Python text."""
    hidden: NotRequired[bool]
    """Kept from the model."""
    reasoning: NotRequired[str]
    final: NotRequired[bool]
    """The reply ends the job."""
    outputs: NotRequired[list[OutputView]]
    more_outputs: NotRequired[int]
    """Outputs older than those listed that were left out."""
    tool_results: NotRequired[list[ToolResultView]]
    code_calls: NotRequired[list[CodeCallView]]
    """Calls of tools that its code made and that are committed, oldest first."""
    more_code_calls: NotRequired[int]
    """Older ones that were left out."""
    attempts: NotRequired[list[AttemptView]]
    error: NotRequired[ErrorView]
    call: NotRequired[CallView]
    seconds: NotRequired[float]
    """Time its code ran."""
    job: NotRequired[str]
    """Id of the subtask a notification is about."""


VariableChange = Literal["new", "changed", "deleted"]
"""What became of a variable in the turn that is shown; a deleted one is listed with its last text."""


class VariableView(TypedDict):
    """One variable of the job, from stored data: nothing of the job runs to make it."""

    name: str
    type: str
    text: str
    size: int | None
    durable: bool
    note: str
    """Why it is not durable, or what else is to say; usually empty."""
    entries: NotRequired[int]
    """Items of a container, attributes of an instance: what `value_page` goes into; absent when there are none."""
    grid: NotRequired[bool]
    """Present and true for a frame or an array, which `grid_page` shows; see `statek_jupyter.views.values`."""
    change: NotRequired[VariableChange]
    """Only in the view of one turn, and only for variables the turn set or deleted."""


class SubtaskView(TypedDict):
    """One job below this one."""

    id: str
    parent: str
    """Id of the job above it: the viewed job or another subtask."""
    name: str | None
    status: str
    outcome: Outcome | None
    turns: int
    tokens: int
    cost_usd: str | None
    unknown_cost_calls: int
    """Calls without a known cost: with any, the cost is a lower bound."""
    started_at: str | None
    finished_at: str | None
    error: str
    """First line of what ended it; empty when nothing did."""
    below: int
    """How many jobs there are below it, on all levels."""
    subtree_tokens: int
    """What it and all jobs ever made below it used."""
    subtree_cost_usd: str | None
    subtree_unknown_cost_calls: int


class ModelUsageView(TypedDict):
    """What one model used."""

    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: str | None


class UsageView(TypedDict):
    """What the job used so far; its subtasks are counted in ``subtree_...`` only."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    calls: int
    model_seconds: float
    cost_usd: str | None
    cost_source: str
    """Who says so: ``provider`` (its own figures), ``prices`` (tokens times list prices), ``mixed``, ``unknown``."""
    unknown_cost_calls: int
    estimated: bool
    by_model: list[ModelUsageView]
    code_seconds: NotRequired[float]
    """Time the job's code ran."""
    context_tokens: NotRequired[int]
    """Size of the newest request that was answered."""
    context_limit: NotRequired[int]
    """Most input tokens its model takes; absent when nobody knows."""
    retries: NotRequired[int]
    """Requests that were sent again, because the one before brought no reply."""
    subtree_tokens: NotRequired[int]
    """With all jobs ever made below it; these three are absent when there were none."""
    subtree_cost_usd: NotRequired[str | None]
    subtree_unknown_cost_calls: NotRequired[int]


class QuestionView(TypedDict):
    """What the job asks a person."""

    id: str
    """Given back with the answer."""
    kind: Literal["question", "approval"]
    text: str
    options: list[str]
    """Choices that were offered; empty for a free answer."""
    asked_at: str | None


class UnknownCallView(TypedDict):
    """A call of which nobody knows whether it was done before its process ended."""

    id: str
    text: str
    """The call as Python text."""
    item: int | None
    """Position of the entry whose code made it."""


class WorkerView(TypedDict):
    """Who runs the job."""

    alive: bool
    """False when nobody does: its process is gone, or gave it back. Nothing happens until a worker takes it."""
    where: str
    """The process, for people; empty when none has it, and it is only queued."""
    seen_at: str | None
    """When the job last said something; a clock stops here when nobody runs it."""


class LimitsView(TypedDict):
    """What the job may use at most, None for no limit, and what counts against it so far."""

    cost_usd: str | None
    spent_usd: str | None
    """Known cost of the job and of all jobs ever made below it."""
    turns: int | None
    turns_used: int
    """A fork begins anew."""


class ForkView(TypedDict):
    """Where a fork left the job it was made from, which may be gone."""

    job: str
    turn: int


class JobView(TypedDict):
    """A job as it is shown. ``items`` is one page of the chat log: entries ``first_item`` to the last."""

    format: str
    id: str
    name: str | None
    seq: int
    """Rises with every commit that changes the job."""
    status: str
    """Name of the `JobStatus`."""
    outcome: Outcome | None
    model: str | None
    agent: str
    created_at: str | None
    updated_at: str | None
    started_at: str | None
    finished_at: str | None
    turns: int
    awaiting: str | None
    """What a SUSPENDED job waits for."""
    waiting: list[WaitView]
    """The calls that its statement waits in, questions to a person among them; also while it is kept in memory."""
    error: ErrorView | None
    result: str | None
    """Exit status or final answer as text; None when there is none."""
    live: str
    """The reply as far as it has streamed in; empty unless this process is receiving one."""
    first_item: int
    total_items: int
    items: list[ItemView]
    locals: list[VariableView]
    subtasks: list[SubtaskView]
    more_subtasks: int
    """Subtasks left out of the list."""
    usage: UsageView
    question: NotRequired[QuestionView | None]
    unknown_calls: NotRequired[list[UnknownCallView]]
    worker: NotRequired[WorkerView | None]
    """Only where it is known who lives, and None for a job that is not being run: it is ready, waits or has ended."""
    limits: NotRequired[LimitsView]
    forked_from: NotRequired[ForkView | None]


class LocalsView(TypedDict):
    """The variables of a job after a turn, one page of them."""

    turn: int
    last_turn: int
    """The job's newest turn, for a slider from 0."""
    first: int
    """Position of the first one listed, in order of their names."""
    total: int
    """How many there are, or match what was searched for; those the turn deleted are counted."""
    variables: list[VariableView]


class PastJobView(JobView):
    """A job as it was after one of its turns; see `statek_jupyter.views.past_view`."""

    turn: int
    """The turn; ``turns`` is the same."""
    last_turn: int
    """The job's newest turn, for a slider from 0."""
