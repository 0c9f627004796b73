"""One block of code, statement by statement, on the job's own thread; the only place where job code is executed.

What a statement that could act outside the job, or take long, changed and printed is committed before the next one
starts. Brief ones that only compute (see `Statement.shareable`) share a commit with their neighbours, up to
`SHARE_SECONDS` of work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any, Literal, Protocol

from statek_jupyter.engine.call_outcomes import Settled
from statek_jupyter.engine.child_output import drain_children
from statek_jupyter.engine.echo import rich_forms
from statek_jupyter.engine.effects import Effect
from statek_jupyter.engine.figures import harvest_figures, install_figures, keep_figures
from statek_jupyter.engine.future_values import FutureValues
from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.engine.journal import Journal
from statek_jupyter.engine.live_job import LiveJob
from statek_jupyter.engine.plain_data import is_plain
from statek_jupyter.engine.sink import Sink
from statek_jupyter.engine.statements import Block, Statement, compile_block
from statek_jupyter.engine.streams import install_output
from statek_jupyter.engine.system_names import JobEnding, JobExit
from statek_jupyter.engine.tracebacks import code_error
from statek_jupyter.engine.waiting import Suspension, parked_future
from statek_jupyter.errors import FutureError, NotDurableError
from statek_jupyter.executors.chat_log import CodeError, Output
from statek_jupyter.executors.current_job import current_job
from statek_jupyter.redaction import data_without_secrets

SHARE_SECONDS = 0.05
"""Work that may be lost, and done again, when the process dies between two commits."""

EXIT_VARIABLE = "exit_status"
"""The variable that keeps an exit status which is no plain data."""

BlockOutcome = Literal["finished", "failed", "exited", "suspended"]


class WorkspaceLike(Protocol):
    """What a block needs of the job's live variables; `statek_jupyter.store.locals.Workspace` is it."""

    namespace: dict[str, Any]

    def prepare(self, code: Any) -> None: ...
    def capture(self, code: Any, *, source: str = "") -> Any: ...
    def confirm(self, change: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class BlockEnd:
    """How a block ended."""

    outcome: BlockOutcome
    error: CodeError | None = None
    exit: JobExit | None = None
    suspension: Suspension | None = None
    cause: BaseException | None = field(default=None, compare=False)
    """The exception itself, when there was one; not for storing."""

    def storable(self) -> BlockEnd:
        """The same, with a future that can be stored.

        Raises:
            NotDurableError: What the future depends on cannot.
        """
        if self.suspension is None or self.suspension.future is None:
            return self
        future = self.suspension.future.storable()
        return replace(self, suspension=replace(self.suspension, future=future))


@dataclass(frozen=True, slots=True)
class Progress:
    """What one commit takes from a running block."""

    next_instr_num: int | None
    """Where to go on after a crash: the first statement whose effects this commit does not hold. None where it was."""
    outputs: tuple[Output, ...]
    change: Any
    """The `LocalsChange`, or None when nothing may have changed."""
    seconds: float
    end: BlockEnd | None = None
    """Set in the last commit of the block."""
    effects: tuple[Effect, ...] = ()
    """What the code did to the job beside its variables."""
    calls: Settled = field(default_factory=Settled)
    """What becomes of the journal's entries."""


class UnsavedError(Exception):
    """What a statement changed could not be saved: the variables in memory are of no use any more.

    Args:
        error: What came out of the job's code meanwhile, or what it was stopped with.
        cause: The exception itself.
    """

    def __init__(self, error: CodeError, cause: BaseException) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


class BlockRun:
    """Runs one block. Made on any thread; `run` is called on the job's thread.

    Args:
        place: The item and its part, ``item.part``.
        commit: Makes a `Progress` durable before it returns.
        load_source: See `code_error`.
        plain_results: Whether a text echoes as itself, without quotes: the result of a tool call.
    """

    def __init__(
        self,
        *,
        job: LiveJob,
        thread: JobThread,
        workspace: WorkspaceLike,
        sink: Sink,
        ending: JobEnding,
        journal: Journal,
        futures: FutureValues,
        place: str,
        commit: Callable[[Progress], None],
        load_source: Callable[[str], None] | None = None,
        plain_results: bool = False,
    ) -> None:
        self._job = job
        self._job_id = job.id
        self._thread = thread
        self._workspace = workspace
        self._sink = sink
        self._ending = ending
        self._journal = journal
        self._futures = futures
        self._place = place
        self._commit = commit
        self._load_source = load_source
        self._plain_results = plain_results
        self._first_uncommitted = 0
        self._seconds = 0.0

    def run(self, source: str, filename: str, start: int = 0) -> BlockEnd:
        """Run the statements of `source` from index `start` on; commits the end as well.

        Raises:
            StoreError: The store refused a commit; the block is given up where the last commit left it.
            HandedBack: The worker wants the thread back.
        """
        install_output()
        self._sink.begin()
        sink_token = self._sink.activate()
        job_token = current_job.set(self._job)
        try:
            return self._run(source, filename, start)
        finally:
            current_job.reset(job_token)
            self._sink.deactivate(sink_token)

    def _run(self, source: str, filename: str, start: int) -> BlockEnd:
        self._ending.requested = None
        try:
            block = compile_block(source, filename)
        except SyntaxError as error:
            return self._end(BlockEnd("failed", code_error(error, self._job_id), cause=error), start, None)
        self._first_uncommitted = start
        for statement in block.statements[start:]:
            code = self._futures.code(statement, block, self._workspace.namespace)
            if code is not statement.code or not statement.shareable(self._workspace.namespace):
                self._keep_before(statement, block)
            end = self._run_statement(statement, code)
            if end is not None:
                return self._end(end, statement.index, block)
            if statement.index + 1 < len(block.statements):  # the last one is kept with the end of the block
                self._keep_after(statement, block)
        return self._end(BlockEnd("finished"), len(block.statements), block)

    def _run_statement(self, statement: Statement, code: CodeType) -> BlockEnd | None:
        install_output()
        install_figures()
        self._workspace.prepare(statement.code)
        self._journal.begin(f"{self._place}.{statement.index}")
        started = time.perf_counter()
        try:
            end = self._ended(statement, code)
        finally:
            self._seconds += time.perf_counter() - started
        suspension, divergence = self._journal.parking.suspension, self._journal.divergence
        if suspension is not None:  # whatever the code has made of the exception that said so
            return BlockEnd("suspended", suspension=suspension)
        if divergence is not None and (end is None or end.cause is not divergence):
            end = self._failed(divergence, statement)
        if end is None or end.outcome != "suspended":
            self._journal.end()
        return end

    def _ended(self, statement: Statement, code: CodeType) -> BlockEnd | None:
        try:
            self._thread.run_code(code, self._workspace.namespace, self._echo if statement.echoes else None)
            return None if self._ending.requested is None else self._exited(self._ending.requested)
        except JobExit as exit_:
            return self._exited(exit_)
        except SystemExit as exit_:
            return self._exited(JobExit(exit_.code))
        except FutureError as error:
            error.instr_num = statement.index if error.instr_num is None else error.instr_num
            return BlockEnd("suspended", suspension=parked_future(error.future_result))
        except HandedBack:
            raise
        except BaseException as error:
            return self._failed(error, statement)

    def _exited(self, exit_: JobExit) -> BlockEnd:
        """A status that is no plain data is kept as a variable: an object of the job's class needs the job."""
        if is_plain(exit_.status):
            exit_.status = data_without_secrets(exit_.status)
        else:
            exit_.variable = EXIT_VARIABLE
            self._workspace.namespace[EXIT_VARIABLE] = exit_.status
        exit_.answer = data_without_secrets(exit_.answer)
        return BlockEnd("exited", exit=exit_)

    def _failed(self, error: BaseException, statement: Statement) -> BlockEnd:
        return BlockEnd("failed", self._described(error, statement.index), cause=error)

    def _described(self, error: BaseException, statement: int) -> CodeError:
        """The error as text; making it may call code of the job."""

        def describe() -> CodeError:
            return code_error(error, self._job_id, statement=statement, load_source=self._load_source)

        try:
            return self._thread.interruptible(describe)
        except HandedBack:
            raise
        except BaseException as failure:
            name = type(error).__name__
            return CodeError(name, f"<its message failed: {type(failure).__name__}>", statement=statement)

    def _echo(self, value: Any) -> None:
        if value is None:
            return
        plain = self._plain_results and isinstance(value, str)
        self._sink.display({"text/plain": value} if plain else rich_forms(value), kind="result")

    def _keep_before(self, statement: Statement, block: Block) -> None:
        """Commit what waits: the next statement may take long, and must find nothing to do twice."""
        if statement.index > self._first_uncommitted:
            self._keep_progress(self._progress(block, statement.index - 1, statement.index))

    def _keep_after(self, statement: Statement, block: Block) -> None:
        """Commit what ran so far, unless it may wait for the next statement."""
        if statement.shareable(self._workspace.namespace) and self._seconds < SHARE_SECONDS:
            return
        self._keep_progress(self._progress(block, statement.index, statement.index + 1))

    def _keep_progress(self, progress: Progress) -> None:
        self._commit(progress)
        if progress.change is not None:
            self._workspace.confirm(progress.change)

    def _progress(self, block: Block | None, last: int, next_instr_num: int, end: BlockEnd | None = None) -> Progress:
        change = None
        if block is not None and block.statements:
            first, last = self._first_uncommitted, min(last, len(block.statements) - 1)
            source = "\n".join(part.source for part in block.statements[first : last + 1])
            # at its end everything is looked at: a thread or a callback may have changed what no statement names
            # nor does one that prints name the buffer its output has been sent to
            code = block.joined_code(first, last) if end is None and not self._sink.away else None
            change = self._captured(code, source, last)
        self._first_uncommitted = next_instr_num
        drain_children(self._sink)
        seconds, self._seconds = self._seconds, 0.0
        return Progress(
            next_instr_num,
            self._sink.take(last),
            change,
            seconds,
            end,
            self._job.take_effects(),
            self._journal.settle(),
        )

    def _captured(self, code: Any, source: str, statement: int) -> Any:
        """What changed. Values save themselves by code of the job, which may do anything but end."""

        def capture() -> Any:
            keep_figures(self._sink, self._workspace.namespace)
            return self._workspace.capture(code, source=source)

        try:
            return self._thread.interruptible(capture)
        except HandedBack:
            raise
        except BaseException as error:
            raise UnsavedError(self._described(error, statement), error) from error

    def _draw_figures(self) -> None:
        """At the end of the block, as a notebook does at the end of a cell; artists of the job may draw for ever."""
        try:
            self._thread.interruptible(lambda: harvest_figures(self._sink))
        except HandedBack:
            raise
        except BaseException as error:
            self._sink.write("stderr", f"a figure was not drawn: {self._described(error, -1)}\n")

    def _tell_redirections(self) -> None:
        """Else a model wonders where its output is."""
        for name in self._sink.away:
            where = type(self._sink.redirected[name]).__name__
            text = f"{name} still goes to a {where}: {name} = sys.__{name[4:]}__ shows what is printed again"
            self._sink.add(Output("note", text))

    def _end(self, end: BlockEnd, last: int, block: Block | None) -> BlockEnd:
        if end.outcome != "suspended":
            self._draw_figures()
            if end.outcome != "exited":
                self._tell_redirections()
            self._keep_progress(self._progress(block, last, last, end))
            return end
        try:
            end = end.storable()
        except NotDurableError as error:
            self._journal.end()
            return self._end(BlockEnd("failed", code_error(error, self._job_id), cause=error), last, block)
        # What ran since the last commit runs again when the thing awaited is there: of it only its calls are kept.
        self._sink.take()
        self._job.take_effects()
        self._keep_progress(Progress(self._first_uncommitted, (), None, 0.0, end, calls=self._journal.evict()))
        return end
