"""The process that answers what must not be answered in the server: see `statek_jupyter.api.away`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from tornado.web import HTTPError

SECONDS = 60.0
"""An answer that takes longer is given up, and its process with it."""
MAX_LINE = 64_000_000
_SECRETS = ("JUPYTERHUB_", "JPY_", "JUPYTER_TOKEN")
"""What the process need not know of the server."""


class AwayProcess:
    """One process for all questions, started by the first one and again after it ended.

    Args:
        where: Location of the store.
    """

    def __init__(self, where: str | None) -> None:
        self._where = where
        self._asking = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, job_id: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The answer.

        Raises:
            HTTPError: There is none: what was asked for is not there, or cannot be loaded.
        """
        async with self._asking:
            try:
                said = await asyncio.wait_for(self._said({"job": job_id, "name": name, "values": values}), SECONDS)
            except TimeoutError:
                self.kill()
                raise _unanswered(503, f"it took longer than {SECONDS:g} s to load; its process was ended") from None
            except (ConnectionError, ValueError):
                said = None
            if said is None:
                self.kill()
                raise _unanswered(503, "the process that loaded it ended; the value may be too large, or harmful")
        if "problem" in said:
            raise _unanswered(404 if said["missing"] else 503, said["problem"])
        answer: dict[str, Any] = said["answer"]
        return answer

    async def _said(self, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        return json.loads(line) if line else None

    async def _start(self) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "statek_jupyter.api.away",
            *([] if self._where is None else [self._where]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=kept,
            limit=MAX_LINE,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End the process and what it started."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


def _unanswered(status: int, words: str) -> HTTPError:
    return HTTPError(status, words.replace("%", "%%"))
