"""The store's server ends and comes back under a live connection: the page is told, and goes on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.store import open_store
from tests.machine import leave_out
from tests.server.running import RunningServer
from tests.server.test_live import add_turn
from tests.server.test_routes import submit
from tests.waiting import eventually


class OneZeo:
    """A ZEO server that can be ended and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self._socket = Path(tempfile.mkdtemp(prefix="zeo-")) / "s"  # a socket's path must be short
        self._configuration = folder / "zeo.conf"
        storage = f"<filestorage 1>\n path {folder / 'data.fs'}\n blob-dir {folder / 'blobs'}\n</filestorage>\n"
        self._configuration.write_text(f"<zeo>\n address {self._socket}\n</zeo>\n{storage}")
        self.where = f"zeo://{self._socket}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "ZEO.runzeo", "-C", str(self._configuration)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._socket.exists, timeout=30)

    def end(self) -> None:
        self._process.kill()
        self._process.wait(20)
        self._socket.unlink(missing_ok=True)


@pytest.fixture
def zeo(tmp_path: Path) -> Iterator[OneZeo]:
    """A ZEO server."""
    if sys.platform == "win32":
        leave_out("ZEO listens on a Unix socket here")
    server = OneZeo(tmp_path)
    yield server
    server.end()


@pytest.mark.timeout(180)
async def test_a_page_goes_on_after_its_store_was_away(zeo: OneZeo, tmp_path: Path) -> None:
    """The same job is followed, with what came since: over the same connection, or over the next one."""
    with open_store(zeo.where) as store:
        job = submit(store, "kept")
        number = len(store.job(job.id).chat_log)
    (tmp_path / "server").mkdir()
    with RunningServer(tmp_path / "server", zeo.where) as server:
        client = await server.connect()
        await client.send(type="follow", key="a", job=job.id)
        assert (await client.next("full"))["view"]["total_items"] == number
        zeo.end()
        zeo.start()
        there: Any = await asyncio.to_thread(
            eventually, lambda: server.ask("GET", f"/jobs/{job.id}").status_code == 200, timeout=60
        )
        assert there
        with open_store(zeo.where) as store:
            await asyncio.to_thread(add_turn, store, store.job(job.id), 1)
            shown = number
            while shown == number:
                try:
                    message = await client.next("delta", "full")
                except AssertionError:  # cut off: a page connects again
                    client = await server.connect()
                    await client.send(type="follow", key="a", job=job.id)
                    continue
                view = message.get("view") or message["delta"]["set"]
                shown = view.get("total_items", shown)
            assert shown == number + 1
        await client.close()
