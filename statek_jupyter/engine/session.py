"""What a running job has in memory: its thread, variables, sink and tools. Gone with the process; never stored."""

from __future__ import annotations

import asyncio
import linecache
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from statek_jupyter.engine import live
from statek_jupyter.engine.acting import Acting
from statek_jupyter.engine.block import BlockEnd, BlockRun, Progress, UnsavedError
from statek_jupyter.engine.call_outcomes import Known, Settled
from statek_jupyter.engine.call_store import JobCalls, read_known
from statek_jupyter.engine.commits.held import Held
from statek_jupyter.engine.figures import reopen_figures
from statek_jupyter.engine.future_values import FutureValues
from statek_jupyter.engine.job_room import JobRoom
from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.engine.journal import Journal
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.sink import Sink
from statek_jupyter.engine.statements import forget_sources, register_source
from statek_jupyter.engine.supervision import GRACE_SECONDS, Supervisor, Unstoppable, supervise
from statek_jupyter.engine.system_calls import SystemCalls
from statek_jupyter.engine.system_names import JobEnding, system_names
from statek_jupyter.engine.tool_calls import ToolCaller
from statek_jupyter.engine.tracebacks import block_filename
from statek_jupyter.engine.turn import RunPart, item_parts, item_place
from statek_jupyter.engine.waiting import Evicted, Parking
from statek_jupyter.executors.chat_log import ChatLogItem, CodeError, Output
from statek_jupyter.executors.job import Job
from statek_jupyter.executors.subtask import HANDLER_LOCAL
from statek_jupyter.executors.tool import Tool
from statek_jupyter.store import Store
from statek_jupyter.store.locals import SavedLocals, Workspace, read_saved
from statek_jupyter.store.locals.outcomes import WorkspaceCodec

CALL_GRACE_SECONDS = 2.0
"""How long a call of a tool may go on after the worker was told to stop, so that its outcome is known."""

LOST = "(what the statement changed is lost)"


class CodeAbandoned(Exception):
    """The job's variables in memory were given up, with what the last statement did, because code could not be stopped.

    Args:
        reason: What it was told to stop with; or what came out of the code while its variables were saved.
        error: The same, as told to the model.
        outputs: What the statement had printed.
        end: How the block ends; None when that is an error.
        calls: What becomes of the statement's calls.
    """

    def __init__(
        self,
        reason: BaseException,
        error: CodeError,
        outputs: tuple[Output, ...],
        end: BlockEnd | None,
        calls: Settled,
    ) -> None:
        super().__init__(reason, outputs)
        self.reason = reason
        self.error = error
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
    parent: str | None
    """Id of the job it is a subtask of."""
    room: JobRoom


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
        self._futures: FutureValues | None = None
        self._sink = Sink()
        self._ending = JobEnding()

    async def open(self, supervisor: Supervisor) -> None:
        """Load the job's variables and tools, unless that has been done."""
        if self._workspace is not None:
            return
        stored = await asyncio.to_thread(self._store.read, self._read)
        thread = self._thread = JobThread(f"statek job {self._job_id}")
        self._sink = Sink(job_room=stored.room)

        def load() -> tuple[Workspace, LiveJob, Journal, FutureValues]:
            workspace = Workspace(self._job_id, stored.locals)
            self._sink.redirected = workspace.namespace
            reopen_figures(self._sink, workspace.namespace)
            live_job = LiveJob(
                self._store,
                self._job_id,
                values=workspace.values,
                namespace=workspace.namespace,
                context=stored.context,
                sink=self._sink,
                parent=stored.parent,
            )
            calls = JobCalls(self._store, self._held, thread.shield)
            parking = Parking(calls.watch, lambda: thread.interrupted)
            journal = Journal(calls, WorkspaceCodec(workspace), live_job, parking, stored.calls)
            acting = Acting(journal, live_job)
            tools = ToolCaller(live_job, thread, journal, acting)
            futures = FutureValues(journal, acting, [tool.name for tool in stored.tools if tool.is_temporal])
            functions: dict[str, Any] = SystemCalls(live_job, journal, calls, lambda: thread.awaiting).names()
            functions.update(futures.names())
            functions.update({tool.name: tools.function(tool) for tool in stored.tools})
            own = live_job.sub_task
            if own is not None:
                functions[HANDLER_LOCAL] = own
            names = system_names(live_job, self._ending, functions, stored.globals)
            workspace.namespace["__builtins__"].update(names)
            return workspace, live_job, journal, futures

        self._workspace, self._live_job, self._journal, self._futures = await supervise(
            thread, lambda: thread.interruptible(load), supervisor, lambda: supervisor.stopping
        )

    def _read(self, root: Any) -> _Stored:
        job: Job = root.job(self._job_id)
        env = job.py_env
        return _Stored(
            read_saved(env.local_state),
            job.agent.all_tools,
            dict(env.global_state),
            dict(env.perm_ctx or {}),
            read_known(job),
            None if job.parent_job is None else job.parent_job.id,
            JobRoom(job.limits.max_output_mb, job.output_bytes),
        )

    def close(self) -> None:
        """Forget everything in memory; what was committed stays."""
        thread, workspace = self._thread, self._workspace
        self._thread = self._workspace = self._live_job = self._journal = self._futures = None
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
            CodeAbandoned: The code had to be left behind, or its variables could not be saved.
        """
        await self.open(supervisor)
        thread, journal = self._thread, self._journal
        assert thread is not None and journal is not None
        assert self._workspace is not None and self._live_job is not None and self._futures is not None
        run = BlockRun(
            job=self._live_job,
            thread=thread,
            workspace=self._workspace,
            sink=self._sink,
            ending=self._ending,
            journal=journal,
            futures=self._futures,
            place=f"{step.item.item_id}.{step.item.parts_done}",
            commit=commit,
            load_source=self._load_source,
            plain_results=step.part.is_tool_call,
        )
        filename, start = block_filename(self._job_id, step.filename_place), step.item.next_statement
        own = f"<{self._job_id} "
        live.show_printing(self._job_id, self._sink.peek)
        try:
            await supervise(
                thread,
                lambda: run.run(step.part.source, filename, start),
                supervisor,
                lambda: self._verdict(supervisor, thread, journal),
                own=own,
            )
        except Unstoppable as left:
            error = CodeError(type(left.reason).__name__, f"{left.reason} {LOST}", line=left.line)
            raise self._give_up(left.reason, error) from left
        except UnsavedError as unsaved:
            error = replace(unsaved.error, message=f"{unsaved.error.message} {LOST}")
            raise self._give_up(unsaved.cause, error) from unsaved
        finally:
            live.show_printing(self._job_id, None)

    def _verdict(self, supervisor: Supervisor, thread: JobThread, journal: Journal) -> BaseException | None:
        """What to stop the running statement with, or None to let it run."""
        error = supervisor.verdict(thread.code_started) or _still_unwinding(journal)
        if isinstance(error, HandedBack) and journal.parking.is_busy and supervisor.told_for < CALL_GRACE_SECONDS:
            return None  # a call that is cut off here has an outcome that nobody knows
        return error

    def _give_up(self, reason: BaseException, error: CodeError) -> CodeAbandoned:
        assert self._journal is not None
        suspension = self._journal.parking.suspension
        outputs = () if suspension is not None else self._sink.take()
        end = BlockEnd("suspended", suspension=suspension) if suspension is not None else None
        calls = self._journal.evict() if suspension is not None else self._journal.abandon()
        self.close()
        return CodeAbandoned(reason, error, outputs, end, calls)

    def _load_source(self, filename: str) -> None:
        """Make the source of a block of an earlier process known, for tracebacks."""
        if filename in linecache.cache:
            return
        source = self._store.read(lambda root: _source_of(root.job(self._job_id), self._job_id, filename))
        if source is not None:
            register_source(filename, source)


def _still_unwinding(journal: Journal) -> BaseException | None:
    """A statement that was evicted and goes on nevertheless has to be stopped: it may never end."""
    evicted_at = journal.parking.evicted_at
    return Evicted() if evicted_at is not None and time.monotonic() - evicted_at > GRACE_SECONDS else None


def _source_of(job: Job, job_id: str, filename: str) -> str | None:
    for item in job.chat_log:
        if isinstance(item, ChatLogItem) and filename.startswith(block_filename(job_id, item_place(item))[:-1]):
            for number, part in enumerate(item_parts(item)):
                place = item_place(item) if number == 0 else f"{item_place(item)}.{number + 1}"
                if block_filename(job_id, place) == filename:
                    return part.source
    return None
