"""The routes over HTTP: every one asks who it is and whether they may, and answers with JSON, problems included."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http.client import responses
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError, authenticated

from statek_jupyter.api.commands import MAX_KEY, MAX_TEXT, read_command
from statek_jupyter.api.fields import Number, checked_id, read_fields, text
from statek_jupyter.api.jobs_list import MAX_ROWS, jobs_list, read_jobs_question
from statek_jupyter.api.questions import read_question
from statek_jupyter.errors import BadOptionError, StatekError
from statek_jupyter.server import actions
from statek_jupyter.server.away_process import AwayProcess
from statek_jupyter.server.opened import OpenedStore
from statek_jupyter.server.problems import problem_of
from statek_jupyter.server.worker_process import WorkerProcess
from statek_jupyter.store import JobHandle, Store

RESOURCE = "statek_jupyter:jobs"
"""What an authoriser is asked about, with ``read`` or ``write``."""
MAX_BODY = 1_000_000
DESCRIPTION = Path(__file__).with_name("openapi.json")

T = TypeVar("T")
Verb = Callable[..., Awaitable[None]]


def may(action: str) -> Callable[[Verb], Any]:
    """Only for people who are logged in and may do `action`.

    Both are named: ``@authorized`` without arguments would remember the resource of the first class that uses it.
    """

    def wrap(method: Verb) -> Any:
        guarded: Any = authenticated(authorized(action, RESOURCE)(method))
        guarded.action = action
        return guarded

    return wrap


class StatekHandler(ExtensionHandlerMixin, APIHandler):
    """What the routes share."""

    auth_resource = RESOURCE

    async def use(self, fn: Callable[[Store], T]) -> T:
        """``fn(store)`` away from the event loop."""
        opened: OpenedStore = self.settings["statek_store"]
        return await opened.use(fn)

    def tell(self, answer: Mapping[str, Any], status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.finish(dict(answer))

    def write_error(self, status_code: int, **keywords: Any) -> None:
        """Tell every problem in one form: ``message`` for the person, ``reason`` for the program."""
        error = keywords.get("exc_info", (None, None))[1]
        status, problem = problem_of(error, status_code)
        self.set_status(status)
        self.finish(json.dumps(problem))

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """A problem that is told to the person is no fault of the server."""
        if isinstance(value, StatekError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(kind, value, traceback)

    def query(self) -> dict[str, Any]:
        """The fields in the address; a field that is there several times is a list."""
        known = {name: self.get_query_arguments(name) for name in self.request.query_arguments if name not in OTHERS}
        return {name: found[0] if len(found) == 1 else found for name, found in known.items()}

    def body(self) -> Any:
        """The JSON in the body."""
        if len(self.request.body) > MAX_BODY:
            raise HTTPError(413, responses[413])
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise BadOptionError("body", "it is not JSON") from None


OTHERS = ("token", "no_track_activity")
"""Fields of an address that are Jupyter Server's."""


class StoreHandler(StatekHandler):
    """Which store the server shows."""

    @may("read")
    async def get(self) -> None:
        """Its place and kind, and who serves it."""
        worker: WorkerProcess = self.settings["statek_worker"]
        self.tell(await self.use(lambda store: actions.facts(store, worker.state)))


class JobsHandler(StatekHandler):
    """The list of jobs."""

    @may("read")
    async def get(self) -> None:
        """One page, newest first; ``after`` the last id of it gives the next."""
        question = read_jobs_question(self.query())
        self.tell(await self.use(lambda store: jobs_list(store, question)))


SPENT_FIELDS = {"since": Number("a moment, in milliseconds since the epoch", most=10**14)}


class SpentHandler(StatekHandler):
    """What all jobs spent."""

    @may("read")
    async def get(self) -> None:
        """Cost since a moment."""
        since = read_fields(SPENT_FIELDS, self.query())["since"]
        self.tell(await self.use(lambda store: actions.spent(store, since)))


class StopHandler(StatekHandler):
    """Several jobs at once."""

    @may("write")
    async def post(self) -> None:
        """Ask them to end."""
        body = self.body()
        given = body.get("jobs") if isinstance(body, dict) else None
        if not isinstance(given, list) or len(given) > MAX_ROWS or not all(isinstance(one, str) for one in given):
            raise BadOptionError("jobs", f"it must be a list of at most {MAX_ROWS} ids")
        ids = [checked_id(one) for one in given]
        why, key = text("text", body.get("text", ""), MAX_TEXT), text("key", body.get("key", ""), MAX_KEY)
        self.tell(await self.use(lambda store: actions.stop_all(store, ids, why, key)), 202)


class JobHandler(StatekHandler):
    """One job."""

    @may("read")
    async def get(self, job_id: str) -> None:
        """The job as it is shown."""
        one = checked_id(job_id)
        self.tell(await self.use(lambda store: actions.job(store, one)))

    @may("write")
    async def delete(self, job_id: str) -> None:
        """Delete it and the jobs below it."""
        one = checked_id(job_id)
        await self.use(lambda store: actions.delete(store, one))
        self.set_status(204)
        self.finish()


class QuestionHandler(StatekHandler):
    """One of the questions about a job."""

    def initialize(self, name: str, question: str) -> None:
        """As the route says."""
        super().initialize(name)
        self.question = question

    @may("read")
    async def get(self, job_id: str) -> None:
        """Its answer."""
        one = checked_id(job_id)
        question, values = read_question(self.question, self.query())
        if question.answer is None:
            away: AwayProcess = self.settings["statek_away"]
            answer = await away.ask(one, self.question, values)
        else:
            near = question.answer
            answer = await self.use(lambda store: near(JobHandle(store, one), values))
        self.tell(answer)


class CommandsHandler(StatekHandler):
    """What people ask of a job."""

    @may("write")
    async def post(self, job_id: str) -> None:
        """Put a command into the job's inbox; it is durable when this answers."""
        one, command = checked_id(job_id), read_command(self.body())
        self.tell(await self.use(lambda store: actions.carry_out(store, one, command)), 202)


class DescriptionHandler(StatekHandler):
    """What these routes are, for programs."""

    @may("read")
    async def get(self) -> None:
        """The OpenAPI description."""
        self.finish(DESCRIPTION.read_text(encoding="utf-8"))


class UnknownHandler(StatekHandler):
    """Every other address below ours."""

    @may("read")
    async def get(self, *_: str) -> None:
        """There is nothing."""
        raise HTTPError(404, "There is nothing at this address; /statek-jupyter/openapi.json lists what there is")

    post = put = patch = delete = get
