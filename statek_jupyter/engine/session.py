"""What a running job has in memory: its thread, variables, sink and tools. Gone with the process; never stored."""

from __future__ import annotations

import asyncio
import linecache
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from statek_jupyter.engine import live
from statek_jupyter.engine.block import BlockEnd, BlockRun, Progress
from statek_jupyter.engine.call_store import JobCalls, read_known
from statek_jupyter.engine.commits.held import Held
from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.engine.journal import Journal, Known, Settled
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.sink import Sink
from statek_jupyter.engine.statements import forget_sources, register_source
from statek_jupyter.engine.system_calls import SystemCalls
from statek_jupyter.engine.system_names import JobEnding, system_names
from statek_jupyter.engine.tool_calls import ToolCaller
from statek_jupyter.engine.tracebacks import block_filename
from statek_jupyter.engine.turn import RunPart, item_parts, item_place
from statek_jupyter.engine.waiting import Evicted, Parking
from statek_jupyter.errors import StatementTimeoutError
from statek_jupyter.executors.chat_log import ChatLogItem, Output
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.tool import Tool
from statek_jupyter.store import Store
from statek_jupyter.store.locals import SavedLocals, Workspace, read_saved
from statek_jupyter.store.locals.outcomes import WorkspaceCodec

T = TypeVar("T")

SUPERVISE_SECONDS = 0.25
"""How often a running statement is looked at: for its time limit, and to interrupt it once more."""
CALL_GRACE_SECONDS = 2.0
"""How long a call of a tool may go on after the worker was told to stop, so that its outcome is known."""
GRACE_SECONDS = 2.0
"""How long code may go on after it was told to stop, before its thread is left behind."""


class CodeAbandoned(Exception):
    """The code did not stop when it was told to; its thread was left behind and its last statement is not kept.

    Args:
        reason: What it was told to stop with.
        outputs: What the statement had printed.
        end: How the block ends; None when that is an error.
        calls: What becomes of the statement's calls.
    """

    def __init__(
        self, reason: BaseException, outputs: tuple[Output, ...], end: BlockEnd | None, calls: Settled
    ) -> None:
        super().__init__(reason, outputs)
        self.reason = reason
        self.outputs = outputs
        self.end = end
        self.calls = calls


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a session begins with."""

    locals: SavedLocals
    tools: tuple[Tool, ...]
    globals: Mapping[str, Any]
    context: Mapping[str, Any]
    calls: Mapping[str, Known]


class JobSession:
    """Opened when a worker first runs code of a job; closed when the job rests or goes to another worker."""

    def __init__(self, store: Store, held: Held) -> None:
        self._store = store
        self._held = held
        self._job_id = held.job_id
        self._thread: JobThread | None = None
        self._workspace: Workspace | None = None
        self._live_job: LiveJob | None = None
        self._journal: Journal | None = None
        self._sink = Sink()
        self._ending = JobEnding()

    async def open(self) -> None:
        """Load the job's variables and tools, unless that has been done."""
        if self._workspace is not None:
            return
        stored = await asyncio.to_thread(self._store.read, self._read)
        thread = self._thread = JobThread(f"statek job {self._job_id}")
        self._sink = Sink()

        def load() -> tuple[Workspace, LiveJob, Journal]:
            workspace = Workspace(self._job_id, stored.locals)
            live_job = LiveJob(
                self._store,
                self._job_id,
                values=workspace.values,
                namespace=workspace.namespace,
                context=stored.context,
                sink=self._sink,
            )
            calls = JobCalls(self._store, self._held, thread.shield)
            parking = Parking(calls.watch, lambda: thread.interrupted)
            journal = Journal(calls, WorkspaceCodec(workspace), live_job, parking, stored.calls)
            tools = ToolCaller(live_job, thread, journal)
            functions = SystemCalls(journal, calls, lambda: thread.awaiting).names()
            functions.update({tool.name: tools.function(tool) for tool in stored.tools})
            names = system_names(live_job, self._ending, functions, stored.globals)
            workspace.namespace["__builtins__"].update(names)
            return workspace, live_job, journal

        self._workspace, self._live_job, self._journal = await asyncio.wrap_future(thread.call(load))

    def _read(self, root: Any) -> _Stored:
        job: Job = root.job(self._job_id)
        env = job.py_env
        return _Stored(
            read_saved(env.local_state),
            job.agent.all_tools,
            dict(env.global_state),
            dict(env.perm_ctx or {}),
            read_known(job),
        )

    def close(self) -> None:
        """Forget everything in memory; what was committed stays."""
        thread, workspace = self._thread, self._workspace
        self._thread = self._workspace = self._live_job = self._journal = None
        live.show_printing(self._job_id, None)
        self._sink.close()
        if thread is not None:
            if workspace is not None:
                thread.call(workspace.close)
            thread.close()
        forget_sources(f"<{self._job_id} ")

    async def run_part(self, step: RunPart, commit: Callable[[Progress], None], supervisor: Supervisor) -> None:
        """Run a part of an item from where it stands; each boundary goes through `commit`.

        Raises:
            StoreError: A commit was refused.
            CodeAbandoned: The code had to be left behind.
        """
        await self.open()
        assert self._thread is not None and self._workspace is not None
        assert self._live_job is not None and self._journal is not None
        run = BlockRun(
            job=self._live_job,
            thread=self._thread,
            workspace=self._workspace,
            sink=self._sink,
            ending=self._ending,
            journal=self._journal,
            place=f"{step.item.item_id}.{step.item.parts_done}",
            commit=commit,
            load_source=self._load_source,
            plain_results=step.part.is_tool_call,
        )
        filename, start = block_filename(self._job_id, step.filename_place), step.item.next_statement
        live.show_printing(self._job_id, self._sink.peek)
        try:
            await self._supervised(self._thread.call(lambda: run.run(step.part.source, filename, start)), supervisor)
        finally:
            live.show_printing(self._job_id, None)

    async def _supervised(self, future: Future[T], supervisor: Supervisor) -> T:
        """Await the job's thread; interrupt it when the supervisor says so, leave it behind when it does not obey."""
        thread = self._thread
        assert thread is not None
        result = asyncio.ensure_future(asyncio.wrap_future(future))
        wanted_at: float | None = None
        told_at: float | None = None
        clock = asyncio.get_running_loop().time
        while True:
            await supervisor.wait(result, SUPERVISE_SECONDS)
            if result.done():
                return result.result()
            error = supervisor.verdict(thread.code_started) or self._still_unwinding()
            if error is None:
                continue
            wanted_at = clock() if wanted_at is None else wanted_at
            may_end = isinstance(error, HandedBack) and self._journal is not None and self._journal.parking.is_busy
            if may_end and clock() - wanted_at < CALL_GRACE_SECONDS:
                continue  # a call that is cut off here has an outcome that nobody knows
            if not thread.interrupt(error):
                continue
            told_at = clock() if told_at is None else told_at
            if clock() - told_at > GRACE_SECONDS:
                result.cancel()
                raise self._abandon(error)

    def _still_unwinding(self) -> BaseException | None:
        """A statement that was evicted and goes on nevertheless has to be stopped: it may never end."""
        evicted_at = None if self._journal is None else self._journal.parking.evicted_at
        return Evicted() if evicted_at is not None and time.monotonic() - evicted_at > GRACE_SECONDS else None

    def _abandon(self, reason: BaseException) -> CodeAbandoned:
        """Leave the thread behind."""
        assert self._journal is not None
        suspension = self._journal.parking.suspension
        outputs = () if suspension is not None else self._sink.take()
        end = BlockEnd("suspended", suspension=suspension) if suspension is not None else None
        calls = self._journal.evict() if suspension is not None else self._journal.abandon()
        self.close()
        return CodeAbandoned(reason, outputs, end, calls)

    def _load_source(self, filename: str) -> None:
        """Make the source of a block of an earlier process known, for tracebacks."""
        if filename in linecache.cache:
            return
        source = self._store.read(lambda root: _source_of(root.job(self._job_id), self._job_id, filename))
        if source is not None:
            register_source(filename, source)


def _source_of(job: Job, job_id: str, filename: str) -> str | None:
    for item in job.chat_log:
        if isinstance(item, ChatLogItem) and filename.startswith(block_filename(job_id, item_place(item))[:-1]):
            for number, part in enumerate(item_parts(item)):
                place = item_place(item) if number == 0 else f"{item_place(item)}.{number + 1}"
                if block_filename(job_id, place) == filename:
                    return part.source
    return None


class Supervisor:
    """Says whether running code must stop: its statement's time is over, or somebody asked for it."""

    def __init__(self) -> None:
        self.statement_seconds: float | None = None
        """Limit of one statement, or None."""
        self._stop: BaseException | None = None
        self._changed = asyncio.Event()

    def stop(self, error: BaseException) -> None:
        """Let the running code stop with `error`; called on the event loop's thread."""
        self._stop = error
        self._changed.set()

    @property
    def stopping(self) -> BaseException | None:
        """What `stop` was called with."""
        return self._stop

    def verdict(self, started: float | None) -> BaseException | None:
        """The error to stop the statement with that began at `started` (`time.monotonic`), or None to let it run."""
        if self._stop is not None:
            return self._stop
        limit = self.statement_seconds
        if limit is None or started is None or time.monotonic() - started <= limit:
            return None
        return StatementTimeoutError(limit)

    async def wait(self, result: asyncio.Future[Any], seconds: float) -> None:
        """Until `result` is there, a stop was asked for, or `seconds` have passed."""
        if self._stop is not None:
            await asyncio.wait({result}, timeout=seconds)
            return
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({result, changed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
