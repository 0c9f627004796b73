"""Moves one claimed job from boundary to boundary until it rests.

The loop reads the job's state, decides (`turn.next_step`), acts, and reads again: there is no state of its own that a
crash could lose. What it keeps in memory (`JobSession`, `MessageCache`) can be made anew from the store at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any, TypeVar

from statek_jupyter.engine import commits, live, person
from statek_jupyter.engine.block import BlockEnd, Progress
from statek_jupyter.engine.commits import Asked, Handlers, Held
from statek_jupyter.engine.job_thread import HandedBack, JobThread
from statek_jupyter.engine.reply import read_reply
from statek_jupyter.engine.request import MessageCache, build_request
from statek_jupyter.engine.session import CodeAbandoned, JobSession
from statek_jupyter.engine.supervision import GRACE_SECONDS, Supervisor, Unstoppable, supervise
from statek_jupyter.engine.tracebacks import code_error
from statek_jupyter.engine.turn import Ask, End, JobState, Rest, RunPart, next_step, read_state, stop_request
from statek_jupyter.errors import JobStoppedError, ModelError, UnknownJobError, UserError
from statek_jupyter.executors.chat_log import CodeError
from statek_jupyter.executors.error_handler import ErrorHandler
from statek_jupyter.executors.inbox import Message
from statek_jupyter.llm import registry, retry
from statek_jupyter.llm.model import ModelReply, ToolCall
from statek_jupyter.redaction import data_without_secrets, redact
from statek_jupyter.store import Store

T = TypeVar("T")

CANCEL_SECONDS = 0.5
"""How long a client may take to give up its request; after that it is left to itself."""

HANDLER_SECONDS = 60.0
"""How long an error handler may take."""

log = logging.getLogger(__name__)


class Driver:
    """Runs one job for one worker. Everything is called on the worker's event loop.

    Args:
        ask: False to rest where a model would be asked.
    """

    def __init__(self, store: Store, held: Held, *, ask: bool = True) -> None:
        self._may_ask = ask
        self._store = store
        self.held = held
        """The job and the lease."""
        self._session = JobSession(store, held)
        self._cache = MessageCache()
        self._supervisor = Supervisor()
        self._handling = Supervisor(HANDLER_SECONDS)
        self._begun: Asked | None = None
        """The request that the commit of a block's end has begun; it is sent next."""

    async def run(self) -> None:
        """Run until the job rests or the worker wants it back.

        Raises:
            HandedBack: The worker wanted it back while code ran; the job's last commit stands.
            CodeAbandoned: As well, and the code could not be stopped: it is not safe to give the job to another worker.
            StoreError: The store refused; what was committed before stays, and another worker may go on.
        """
        try:
            self._warm_up()
            while not self.handing_back and await self._advance():
                pass
            await self._give_up_begun()
        except HandedBack:
            await self._give_up_begun()
            raise
        finally:
            self._session.close()
            live.end_text(self.held.job_id)

    async def _advance(self) -> bool:
        state = self._read(read_state)
        if self._begun is not None:
            begun, self._begun = self._begun, None
            return await self._ask(state, begun)
        step = next_step(state)
        match step:
            case Rest():
                return False
            case End(error):
                await self.call_handlers(await self._commit(commits.end_job, error), error)
                return False
            case RunPart():
                return await self._run_part(state, step)
            case Ask():
                return self._may_ask and await self._ask(state, await self._begin_ask())

    def _warm_up(self) -> None:
        """A client may take seconds to load; that goes on while the warmup runs."""
        if self._may_ask:
            with contextlib.suppress(UserError):  # told when it is asked
                registry.warm_up(self._read(lambda job: job.concrete_model()))

    # --- asking -----------------------------------------------------------------------------------

    async def _begin_ask(self) -> Asked:
        return await self._commit(commits.begin_ask, self._read(lambda job: job.concrete_model()))

    async def _ask(self, state: JobState, asked: Asked) -> bool:
        """Send a request that was begun, and keep the reply."""
        asking = asyncio.ensure_future(self._complete(asked))
        answering = self._answer_from_inbox(asked.model)
        try:
            reply = await self._reply_of(asking, asked.model)
        except ModelError as error:
            await self.call_handlers(await self._commit(commits.fail_ask, error), error)
            return False
        except asyncio.CancelledError:
            await self._give_up(asked)
            if self._supervisor.stopping is None:
                raise
            return True
        finally:
            if answering is not None:
                await _ended(answering)
        answered_by = answering.result().id if answering is not None and not answering.cancelled() else None
        reply = _without_secrets(reply)
        await self._commit(commits.keep_reply, asked, reply, read_reply(reply, state.style), answered_by)
        live.end_text(self.held.job_id)
        return True

    async def _give_up_begun(self) -> None:
        """Say of a request that was begun that it is not sent; else the next worker takes it for lost."""
        begun, self._begun = self._begun, None
        if begun is not None:
            await self._give_up(begun)

    async def _give_up(self, asked: Asked) -> None:
        await self._commit(commits.fail_attempt, asked, "cancelled", "the request was given up here")

    async def _reply_of(self, asking: asyncio.Task[ModelReply], model: str) -> ModelReply:
        """The reply; a stop, also one that came before this, does not wait for it, nor for the client to obey.

        Raises:
            CancelledError: There is none because of a stop.
        """
        stopping = asyncio.ensure_future(self._supervisor.stopped())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            asking.cancel()  # nothing when it has ended
        await asyncio.wait({asking}, timeout=CANCEL_SECONDS)
        if self._supervisor.stopping is None and asking.cancelled():
            raise ModelError("unknown", model, "the client cancelled the request itself")
        if not asking.done():
            raise asyncio.CancelledError
        return asking.result()

    def _answer_from_inbox(self, model: str) -> asyncio.Task[Message] | None:
        if model != person.MODEL:
            return None
        look = partial(self._read, lambda job: person.first_message(job.inbox))
        return asyncio.ensure_future(person.pass_on_message(self.held.job_id, look))

    async def _complete(self, asked: Asked) -> ModelReply:
        try:
            request = self._read(lambda job: build_request(job, asked.turn, self._cache))
            client = registry.resolve(request.model)
        except UserError as error:
            raise ModelError("not_found", asked.model, str(error)) from error

        async def on_attempt(number: int) -> None:
            if self._supervisor.stopping is not None:
                raise asyncio.CancelledError
            live.end_text(self.held.job_id)
            if number > 1:
                await self._commit(commits.begin_attempt, asked)

        async def on_failure(number: int, error: ModelError, delay: float | None) -> None:
            await self._commit(commits.fail_attempt, asked, error.kind, redact(error.message))

        def on_text(piece: str) -> None:
            live.add_text(self.held.job_id, piece)

        return await retry.complete(client, request, on_attempt=on_attempt, on_failure=on_failure, on_text=on_text)

    # --- running ----------------------------------------------------------------------------------

    async def _run_part(self, state: JobState, step: RunPart) -> bool:
        item_id = step.item.item_id
        to_call: list[tuple[ErrorHandler, BaseException | None]] = []
        self._supervisor.statement_seconds = state.limits.timeout_seconds

        def commit(progress: Progress) -> None:
            go_on = progress.end is not None and self._may_ask and self._supervisor.stopping is None
            handlers, self._begun = self._store.run(
                lambda root: (
                    commits.keep_progress(root, self.held, item_id, progress),
                    commits.begin_next_ask(root, self.held) if go_on else None,
                ),
                wait_for_room=True,
            )
            to_call.extend((handler, progress.end.cause if progress.end else None) for handler in handlers)
            if progress.end is None and self._supervisor.stopping is not None:
                raise HandedBack  # at a boundary nothing has to be unwound

        try:
            await self._session.run_part(step, commit, self._supervisor)
        except CodeAbandoned as abandoned:
            return await self._after_abandoned(item_id, abandoned)
        except JobStoppedError:
            return True  # while its variables were loaded
        except HandedBack:
            if self.handing_back:
                raise
        for handler, cause in to_call:
            await self.call_handlers((handler,), cause)
        return True

    async def _after_abandoned(self, item_id: int, abandoned: CodeAbandoned) -> bool:
        """The statement did not stop, or could not be saved: what it changed is given up; that is its failure."""
        if isinstance(abandoned.reason, HandedBack):
            raise abandoned
        end = abandoned.end or BlockEnd("failed", abandoned.error, cause=abandoned.reason)
        progress = Progress(None, abandoned.outputs, None, 0.0, end, calls=abandoned.calls)
        await self.call_handlers(await self._commit(commits.keep_progress, item_id, progress), abandoned.reason)
        return True

    async def call_handlers(self, handlers: Handlers, error: BaseException | None) -> None:
        """Call each once, on a thread, because they are the user's code. One that fails does not stop the next."""
        for handler in handlers:
            failure = await self._call_handler(handler, error)
            if failure is not None:
                await self._commit(commits.note_handler_failure, failure)

    async def _call_handler(self, handler: ErrorHandler, error: BaseException | None) -> CodeError | None:
        """What it failed with. A worker that stops gives it a moment."""
        thread, supervisor = JobThread(f"statek handler of {self.held.job_id}"), self._handling

        def verdict() -> BaseException | None:
            if supervisor.stopping is not None and supervisor.told_for < GRACE_SECONDS:
                return None
            return supervisor.verdict(thread.code_started)

        try:
            failure = await supervise(thread, lambda: _failure(thread, handler, error), supervisor, verdict)
        except (Unstoppable, HandedBack):
            return CodeError("Unstoppable", f"it was given up, because it did not end: {handler!r}")
        finally:
            thread.close()
        return None if failure is None else replace(failure, message=redact(failure.message))

    # --- from outside -----------------------------------------------------------------------------

    def job_changed(self) -> None:
        """Look whether somebody asked the job to stop; called on the event loop when the store reports a change."""
        try:
            token, request = self._read(lambda job: (job.lease_token, stop_request(job)))
        except UnknownJobError:
            token, request = None, None
        if token != self.held.token:
            self._lose()
        elif request is not None:
            self._interrupt(JobStoppedError(request.reason))

    def _lose(self) -> None:
        """Nothing can be committed any more: the job was deleted, or claimed by one to whom this worker seemed dead."""
        if not self.handing_back:
            log.warning("job %s was taken over by another worker, or deleted: it stops here", self.held.job_id)
            self.hand_back()

    def hand_back(self) -> None:
        """Stop without ending the job: the statement that runs is rolled back, the request is given up."""
        self._interrupt(HandedBack())

    @property
    def handing_back(self) -> bool:
        """Whether `hand_back` was called."""
        return isinstance(self._supervisor.stopping, HandedBack)

    def _interrupt(self, error: BaseException) -> None:
        self._supervisor.stop(error)
        if isinstance(error, HandedBack):
            self._handling.stop(error)

    # --- the store --------------------------------------------------------------------------------

    def _read(self, look: Callable[[Any], T]) -> T:
        return self._store.read(lambda root: look(root.job(self.held.job_id)))

    async def _commit(self, body: Callable[..., T], *arguments: Any) -> T:
        return await self._store.arun(lambda root: body(root, self.held, *arguments), wait_for_room=True)


def _without_secrets(reply: ModelReply) -> ModelReply:
    """A reply in which no text holds a key: a model may have read one somewhere, and its arguments are kept and run."""
    texts = ("text", "reasoning", "finish_reason", "request_id", "response_model")
    calls = tuple(
        ToolCall(*(data_without_secrets(getattr(call, field.name)) for field in fields(call)))
        for call in reply.tool_calls
    )
    return replace(reply, tool_calls=calls, **{name: data_without_secrets(getattr(reply, name)) for name in texts})


async def _ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task unless it has ended by itself."""
    task.cancel()
    await asyncio.wait([task])


def _failure(thread: JobThread, handler: ErrorHandler, error: BaseException | None) -> CodeError | None:
    """Call a handler; describing what it raised is its code as well."""
    try:
        thread.interruptible(lambda: handler(error))
    except HandedBack:
        raise
    except BaseException as failure:
        raised = failure
        return thread.interruptible(lambda: code_error(raised, "handler"))
    return None
