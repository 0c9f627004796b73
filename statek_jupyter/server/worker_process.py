"""A worker beside the server, for people who ask for one: it starts and stops with it, and again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from logging import Logger
from typing import Literal

FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 30.0
"""A worker that ran this long is taken to be well: the next pause is short again."""
STOP_SECONDS = 10.0

State = Literal["off", "running", "restarting"]


class WorkerProcess:
    """``statek-jupyter worker`` as a child. It ends when its standard input does, so it never outlives the server.

    Args:
        where: Location of the store.
        log: The server's.
    """

    def __init__(self, where: str | None, log: Logger) -> None:
        self._where = where
        self._log = log
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self.restarts = 0

    @property
    def state(self) -> State:
        """For people."""
        if self._task is None:
            return "off"
        process = self._process
        return "running" if process is not None and process.returncode is None else "restarting"

    def start(self) -> None:
        """Begin; called on the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep_running())

    async def stop(self) -> None:
        """End it; jobs go back as they were committed last."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            self._process = await self._started()
            self._log.info("a worker runs the jobs of the store, process %d", self._process.pid)
            code = await self._process.wait()
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - began > STEADY_SECONDS else pause
            self._log.warning("the worker ended with code %d; starting another in %g s", code, pause)
            await asyncio.sleep(pause)
            pause = min(MAX_PAUSE_SECONDS, 2 * pause)
            self.restarts += 1

    async def _started(self) -> asyncio.subprocess.Process:
        store = [] if self._where is None else ["--store", self._where]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "statek_jupyter",
            "worker",
            "--until-input-ends",
            *store,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
