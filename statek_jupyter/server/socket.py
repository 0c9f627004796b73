"""The live connection of a page: it says what it follows, and gets snapshots and changes; nothing is done over it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from statek_jupyter.api.fields import checked_id, number
from statek_jupyter.api.jobs_list import read_jobs_question
from statek_jupyter.errors import BadOptionError, StatekError
from statek_jupyter.server.actions import now_milliseconds
from statek_jupyter.server.handlers import RESOURCE
from statek_jupyter.server.hub import Hub, Subject
from statek_jupyter.server.opened import OpenedStore

HEARTBEAT_SECONDS = 20
MAX_MESSAGE = 10_000
MAX_FOLLOWED = 200
"""Topics one page may follow at once."""
MAX_UNSENT = 32_000_000
"""Characters waiting for a page that does not read; then it is cut off, and comes back when it can."""


class LiveHandler(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One page."""

    auth_resource = RESOURCE

    @ws_authenticated
    async def get(self, *arguments: Any, **keywords: Any) -> None:
        """Begin, for people who may read: reading is all that happens here."""
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)):
            raise HTTPError(403, "You are not allowed to read jobs")
        await super().get(*arguments, **keywords)

    def open(self, *arguments: Any, **keywords: Any) -> None:
        """Start the heartbeat, by which a page knows that silence is no news."""
        super().open(*arguments, **keywords)
        self._loop = IOLoop.current()
        self._keys: set[str] = set()
        self._unsent = 0
        self._heartbeat = PeriodicCallback(self._beat, HEARTBEAT_SECONDS * 1000)
        self._heartbeat.start()
        self._beat()

    def on_close(self) -> None:
        """Leave everything."""
        super().on_close()
        self._heartbeat.stop()
        self._hub.leave(self)

    def get_compression_options(self) -> dict[str, Any]:
        """Compress: views are text."""
        return {}

    async def on_message(self, message: str | bytes) -> None:
        """Follow or leave something; a mistake is answered in words."""
        key = ""
        try:
            content = _object(message)
            key = content["key"]
            if content.get("type") == "follow":
                await self._follow(key, content)
            elif content.get("type") == "leave":
                self._keys.discard(key)
                self._hub.leave(self, key)
            else:
                raise BadOptionError("type", "use follow or leave")
        except StatekError as error:
            self._send({"type": "problem", "key": key, "message": str(error)})

    async def _follow(self, key: str, content: dict[str, Any]) -> None:
        subject, have = _subject(content), self._have(content)
        if len(self._keys | {key}) > MAX_FOLLOWED:
            raise BadOptionError("key", f"at most {MAX_FOLLOWED} topics can be followed at once")
        self._hub.leave(self, key)
        self._keys.add(key)
        opened: OpenedStore = self.settings["statek_store"]
        await opened.use(lambda _: self._hub.follow(subject, self, key, have))
        if key not in self._keys or self.ws_connection is None:
            self._hub.leave(self, key)

    def _have(self, content: dict[str, Any]) -> int | None:
        if content.get("epoch") != self._hub.epoch or content.get("have") is None:
            return None
        return number("have", content["have"])

    @property
    def _hub(self) -> Hub:
        hub: Hub = self.settings["statek_hub"]
        return hub

    # --- sending ------------------------------------------------------------------------------------

    def deliver(self, key: str, frame: str) -> None:
        """See `Follower`."""
        self._loop.add_callback(self._write, f'{{"key":{json.dumps(key)},{frame[1:]}')

    def cut_off(self) -> None:
        """See `Follower`."""
        self._loop.add_callback(self.close, 1012, "the store is gone")

    def _beat(self) -> None:
        self._send({"type": "heartbeat", "epoch": self._hub.epoch, "now": now_milliseconds()})

    def _send(self, content: dict[str, Any]) -> None:
        self._write(json.dumps(content))

    def _write(self, text: str) -> None:
        if self._unsent > MAX_UNSENT:
            self.close(1013, "too slow")
            return
        self._unsent += len(text)
        try:
            sent = self.write_message(text)
        except WebSocketClosedError:
            return
        sent.add_done_callback(lambda done: self._on_sent(done, len(text)))

    def _on_sent(self, done: asyncio.Future[None], characters: int) -> None:
        done.exception()  # a page that left meanwhile: on_close does what is to be done
        self._unsent -= characters


def _object(message: str | bytes) -> dict[str, Any]:
    try:
        content = json.loads(message) if len(message) <= MAX_MESSAGE else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("key"), str) or len(content["key"]) > 200:
        raise BadOptionError("message", f"it must be a JSON object with a key, of at most {MAX_MESSAGE:,} characters")
    return content


def _subject(content: dict[str, Any]) -> Subject:
    if isinstance(content.get("job"), str):
        return checked_id(content["job"])
    if isinstance(content.get("jobs"), dict):
        return read_jobs_question(content["jobs"])
    raise BadOptionError("subject", "follow a job or jobs")
