"""The worker beside the server: it runs jobs, comes back when it is killed, and ends however the server ends."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.store import open_store
from tests.server.running import RunningServer
from tests.waiting import eventually


def workers(server: RunningServer) -> list[psutil.Process]:
    """The worker processes of a server that live."""
    return [child for child in psutil.Process(server.process.pid).children() if "worker" in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended, and nobody has asked how
        return []


def test_it_runs_jobs_and_comes_and_goes_with_the_server(tmp_path: Path) -> None:
    """A job is run though no kernel is there; a killed worker is followed by another; none outlives a killed server."""
    where = tmp_path / "store"
    with open_store(where) as store:
        job = store.submit(JobDef(Agent("a", metadata={"MODEL": "human"}), warmup_code="exit(2 + 3)"))
    with RunningServer(tmp_path / "server", where, StatekApp__start_worker=True) as server, open_store(where) as store:
        job = store.job(job.id)
        job.wait(60)
        assert job.result == 5
        assert server.get("/store")["worker"] == "running"
        (first,) = workers(server)
        first.kill()
        (second,) = eventually(lambda: [one for one in workers(server) if one.pid != first.pid], timeout=60)
        server.process.send_signal(signal.SIGKILL)
        eventually(lambda: not second.is_running() or second.status() == psutil.STATUS_ZOMBIE, timeout=60)
