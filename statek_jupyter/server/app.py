"""The extension as Jupyter Server loads it: its settings, its routes, its end."""

from __future__ import annotations

from typing import Any

from jupyter_server.extension.application import ExtensionApp
from tornado.web import RequestHandler
from traitlets import Bool, Unicode

from statek_jupyter.api.questions import QUESTIONS, stop_reading
from statek_jupyter.server.away_process import AwayProcess
from statek_jupyter.server.handlers import (
    CommandsHandler,
    DescriptionHandler,
    JobHandler,
    JobsHandler,
    QuestionHandler,
    SpentHandler,
    StopHandler,
    StoreHandler,
    UnknownHandler,
)
from statek_jupyter.server.hub import Hub
from statek_jupyter.server.opened import OpenedStore
from statek_jupyter.server.socket import LiveHandler
from statek_jupyter.server.worker_process import WorkerProcess

BASE = r"/statek-jupyter"
JOB = BASE + r"/jobs/(?P<job_id>[^/]+)"

Route = tuple[str, type[RequestHandler], dict[str, Any]]


def routes() -> list[Route]:
    """Address, handler and the handler's own arguments of everything the server answers; the last takes the rest."""
    questions: list[Route] = [(f"{JOB}/{name}", QuestionHandler, {"question": name}) for name in QUESTIONS]
    return [
        (BASE + r"/store", StoreHandler, {}),
        (BASE + r"/openapi\.json", DescriptionHandler, {}),
        (BASE + r"/jobs", JobsHandler, {}),
        (BASE + r"/spent", SpentHandler, {}),
        (BASE + r"/stop", StopHandler, {}),
        (JOB, JobHandler, {}),
        *questions,
        (JOB + r"/commands", CommandsHandler, {}),
        (BASE + r"/live", LiveHandler, {}),
        (BASE + r"/.*", UnknownHandler, {}),
    ]


class StatekApp(ExtensionApp):
    """Jobs of one store. Nothing is opened before somebody asks, so that the server starts as fast as without us."""

    name = "statek_jupyter"
    load_other_extensions = True

    store = Unicode(
        "",
        help="""Folder or URL of the store whose jobs are shown.
        Empty: ``$STATEK_STORE``, else the store of this user, which is what notebooks use, too.""",
    ).tag(config=True)

    start_worker = Bool(
        False,
        help="""Whether to run the store's jobs beside the server, in a process that starts and stops with it.
        Without it jobs run in kernels and in ``statek-jupyter worker``.""",
    ).tag(config=True)

    def initialize_settings(self) -> None:
        """Make what the routes use; the store itself is opened by the first request."""
        where = self.store or None
        self.opened = OpenedStore(where, on_lost=lambda: self.hub.cut_off())
        self.hub = Hub(self.opened)
        self.away = AwayProcess(where)
        self.worker = WorkerProcess(where, self.log)
        self.settings.update(
            statek_store=self.opened, statek_hub=self.hub, statek_away=self.away, statek_worker=self.worker
        )

    def initialize_handlers(self) -> None:
        """Add the routes."""
        self.handlers.extend(routes())

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        if self.start_worker:
            self.worker.start()

    async def stop_extension(self) -> None:
        """Leave the store; what was acknowledged is in it."""
        self.hub.close()
        self.away.kill()
        stop_reading()
        await self.worker.stop()
        await self.opened.close()
