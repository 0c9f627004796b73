"""A real Jupyter Server with our extension, in a process of its own, and a client of its routes."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

TOKEN = "statek-test"
START_SECONDS = 60
ROOT = Path(__file__).parents[2]
CONFIG = """
from jupyter_server.auth import Authorizer

class Reader(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return not (resource == "statek_jupyter:jobs" and action == handler.request.headers.get("X-Refuse"))

c.ServerApp.authorizer_class = Reader
c.ServerApp.allow_unauthenticated_access = False
"""


class RunningServer:
    """The server, found by the config file that the wheel installs.

    Args:
        root: An empty folder.
        store: Folder of the store to show.
        settings: More of the server's settings.

    A request with the header ``X-Refuse`` is from somebody who may not do that action.
    """

    def __init__(self, root: Path, store: Path | str, **settings: Any) -> None:
        self.root, self.store, self.settings = root, store, settings
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/statek-jupyter"

    def __enter__(self) -> RunningServer:
        config = self.root / "config"
        (config / "jupyter_server_config.d").mkdir(parents=True, exist_ok=True)
        installed = (ROOT / "jupyter-config" / "statek_jupyter.json").read_text(encoding="utf-8")
        (config / "jupyter_server_config.d" / "statek_jupyter.json").write_text(installed, encoding="utf-8")
        (config / "jupyter_server_config.py").write_text(CONFIG, encoding="utf-8")
        places = {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(self.root / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.root / "runtime"),
            "PYTHONPATH": str(ROOT),
        }
        options = {
            "ServerApp.port": self.port,
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.root_dir": self.root,
            "ServerApp.open_browser": False,
            "IdentityProvider.token": TOKEN,
            "StatekApp.store": self.store,
            **{name.replace("__", "."): value for name, value in self.settings.items()},
        }
        command = [sys.executable, "-m", "jupyter_server", "--allow-root", *(f"--{k}={v}" for k, v in options.items())]
        with (self.root / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/api", timeout=5)
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline and self.process.poll() is None, self.log
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(30)

    @property
    def log(self) -> str:
        """What the server has said."""
        return (self.root / "server.log").read_text(encoding="utf-8")

    # --- asking it ------------------------------------------------------------------------------------

    def ask(self, verb: str, path: str, *, token: str | None = TOKEN, **options: Any) -> httpx.Response:
        """One request."""
        headers = {**({} if token is None else {"Authorization": f"token {token}"}), **options.pop("headers", {})}
        return httpx.request(verb, self.url + path, headers=headers, timeout=30, **options)

    def get(self, path: str, **options: Any) -> Any:
        """The JSON a route answers with; it must be there."""
        answer = self.ask("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def connect(self, headers: Mapping[str, str] | None = None) -> Client:
        """A live connection, logged in unless other headers are given."""
        url = self.url.replace("http:", "ws:") + "/live"
        asked = {"Authorization": f"token {TOKEN}"} if headers is None else headers
        return Client(await websocket_connect(HTTPRequest(url, headers=dict(asked))))


class Client:
    """A page's live connection."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self._closed = False

    async def send(self, **content: Any) -> None:
        """Send a message."""
        await self.connection.write_message(json.dumps(content))

    async def next(self, *types: str, timeout: float = 10) -> dict[str, Any]:
        """The next message of one of these types; heartbeats are left out unless asked for."""
        while True:
            text = await asyncio.wait_for(self.connection.read_message(), timeout)
            assert text is not None, "the server closed the connection"
            message: dict[str, Any] = json.loads(text)
            if message["type"] in types or (not types and message["type"] != "heartbeat"):
                return message

    async def close(self) -> None:
        """Leave, and wait until the connection is closed."""
        if self._closed:
            return
        self._closed = True
        self.connection.close()
        while await asyncio.wait_for(self.connection.read_message(), 10) is not None:
            continue
