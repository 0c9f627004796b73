"""The extension as Jupyter Server loads it: its setting, its routes, its end."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp
from tornado.web import RequestHandler
from traitlets import Unicode

from statek_jupyter.server.actions import Commands
from statek_jupyter.server.handlers import (
    CommandsHandler,
    ItemsHandler,
    JobHandler,
    JobsHandler,
    OutputHandler,
    StoreHandler,
)
from statek_jupyter.server.hub import Hub
from statek_jupyter.server.opened import OpenedStore
from statek_jupyter.server.socket import LiveHandler

JOB = r"/statek-jupyter/jobs/(?P<job_id>[^/]+)"


def routes() -> list[tuple[str, type[RequestHandler]]]:
    """Address and handler of everything the server answers."""
    return [
        (r"/statek-jupyter/store", StoreHandler),
        (r"/statek-jupyter/jobs", JobsHandler),
        (JOB, JobHandler),
        (JOB + r"/items", ItemsHandler),
        (JOB + r"/output", OutputHandler),
        (JOB + r"/commands", CommandsHandler),
        (r"/statek-jupyter/live", LiveHandler),
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

    def initialize_settings(self) -> None:
        """Make what the routes use; the store itself is opened by the first request."""
        self.opened = OpenedStore(self.store or None)
        self.hub = Hub(self.opened)
        self.settings.update(statek_store=self.opened, statek_hub=self.hub, statek_commands=Commands())

    def initialize_handlers(self) -> None:
        """Add the routes."""
        self.handlers.extend(routes())

    async def stop_extension(self) -> None:
        """Leave the store; what was acknowledged is in it."""
        self.hub.close()
        await self.opened.close()
