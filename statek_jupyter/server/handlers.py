"""The routes over HTTP: every one asks who it is and whether they may, and answers with JSON, problems included."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http.client import responses
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError, authenticated

from statek_jupyter.errors import JobStateError, StatekError, StoreReadOnlyError, UnknownJobError, UserError
from statek_jupyter.server import actions
from statek_jupyter.server.opened import OpenedStore
from statek_jupyter.server.requests import checked_id, number, read_command, read_question
from statek_jupyter.store import Store

RESOURCE = "statek_jupyter:jobs"
"""What an authoriser is asked about, with ``read`` or ``write``."""
MAX_BODY = 1_000_000

T = TypeVar("T")
Verb = Callable[..., Awaitable[None]]


def may(action: str) -> Callable[[Verb], Any]:
    """Only for people who are logged in and may do `action`.

    Both are named: ``@authorized`` without arguments would remember the resource of the first class that uses it.
    """

    def wrap(method: Verb) -> Any:
        return authenticated(authorized(action, RESOURCE)(method))

    return wrap


def status_of(problem: StatekError) -> int:
    """The HTTP status that tells this problem."""
    if isinstance(problem, UnknownJobError):
        return 404
    if isinstance(problem, JobStateError | StoreReadOnlyError):
        return 409
    return 400 if isinstance(problem, UserError) else 503


class StatekHandler(ExtensionHandlerMixin, APIHandler):
    """What the routes share."""

    auth_resource = RESOURCE

    async def use(self, fn: Callable[[Store], T]) -> T:
        """``fn(store)`` away from the event loop."""
        opened: OpenedStore = self.settings["statek_store"]
        return await opened.use(fn)

    def write_error(self, status_code: int, **keywords: Any) -> None:
        """Tell our own problems in words; the rest as Jupyter Server tells it."""
        error = keywords.get("exc_info", (None, None))[1]
        if not isinstance(error, StatekError):
            super().write_error(status_code, **keywords)
            return
        self.set_status(status_of(error))
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"message": str(error), "reason": type(error).__name__}))

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """A problem that is told to the person is no fault of the server."""
        if isinstance(value, StatekError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(kind, value, traceback)

    def argument(self, name: str, *, least: int = 0) -> int:
        """A number in the address."""
        return number(name, self.get_query_argument(name, ""), least=least)

    def body(self) -> Any:
        """The JSON in the body."""
        if len(self.request.body) > MAX_BODY:
            raise HTTPError(413, responses[413])
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise HTTPError(400, "The body is not JSON") from None


class StoreHandler(StatekHandler):
    """Which store the server shows."""

    @may("read")
    async def get(self) -> None:
        """Its place and kind."""
        self.finish(await self.use(actions.facts))


class JobsHandler(StatekHandler):
    """The list of jobs."""

    @may("read")
    async def get(self) -> None:
        """One page, newest first; ``after`` the last id of it gives the next."""
        arguments = self.request.query_arguments
        values: dict[str, Any] = {name: self.get_query_argument(name) for name in arguments if name != "token"}
        if "status" in values:
            values["status"] = self.get_query_arguments("status")
        question = read_question(values)
        self.finish(await self.use(lambda store: actions.jobs_list(store, question)))


class JobHandler(StatekHandler):
    """One job."""

    @may("read")
    async def get(self, job_id: str) -> None:
        """The job as it is shown."""
        one = checked_id(job_id)
        self.finish(await self.use(lambda store: actions.job(store, one)))

    @may("write")
    async def delete(self, job_id: str) -> None:
        """Delete it and the jobs below it."""
        one = checked_id(job_id)
        await self.use(lambda store: actions.delete(store, one))
        self.set_status(204)
        self.finish()


class ItemsHandler(StatekHandler):
    """Entries of a chat log."""

    @may("read")
    async def get(self, job_id: str) -> None:
        """Entries ``start`` to ``stop``."""
        one, start, stop = checked_id(job_id), self.argument("start"), self.argument("stop")
        self.finish(await self.use(lambda store: actions.items(store, one, start, stop)))


class OutputHandler(StatekHandler):
    """The whole text of an output."""

    @may("read")
    async def get(self, job_id: str) -> None:
        """A stretch of output ``index`` of entry ``item``, from character ``start``."""
        one = checked_id(job_id)
        item, index, start = (self.argument(name) for name in ("item", "index", "start"))
        try:
            self.finish(await self.use(lambda store: actions.output(store, one, item, index, start)))
        except IndexError:
            raise HTTPError(404, "There is no such output") from None


class CommandsHandler(StatekHandler):
    """What people ask of a job."""

    @may("write")
    async def post(self, job_id: str) -> None:
        """Put a command into the job's inbox; it is durable when this answers."""
        one, command = checked_id(job_id), read_command(self.body())
        commands: actions.Commands = self.settings["statek_commands"]
        await self.use(lambda store: commands.carry_out(store, one, command))
        self.set_status(202)
        self.finish({})
