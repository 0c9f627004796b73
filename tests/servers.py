"""Database servers of the tests' own: in temporary folders, on Unix sockets, gone with the session."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.machine import leave_out
from tests.waiting import eventually

STORAGES = 60
"""Storages of one ZEO server; when they are used up, another server is started."""


class ZeoServer:
    """``runzeo`` with many empty FileStorages; each place is one of them."""

    def __init__(self, folder: Path) -> None:
        if importlib.util.find_spec("ZEO") is None:
            leave_out("ZEO is not installed")
        self._folder = folder
        self._sockets = Path(tempfile.mkdtemp(prefix="zeo-"))  # a socket's path must be short
        self._free = iter(())
        self._running: list[subprocess.Popen[bytes]] = []

    def place(self) -> str:
        """The URL of an empty storage."""
        url = next(self._free, None)
        if url is None:
            self._free = iter(self._start())
            url = next(self._free)
        return url

    def _start(self) -> list[str]:
        number = len(self._running)
        socket, folder = self._sockets / str(number), self._folder / str(number)
        folder.mkdir()
        names = [f"s{each}" for each in range(STORAGES)]
        storages = "".join(
            f"<filestorage {name}>\n path {folder / name}.fs\n blob-dir {folder / name}.blobs\n</filestorage>\n"
            for name in names
        )
        configuration = folder / "zeo.conf"
        configuration.write_text(f"<zeo>\n address {socket}\n</zeo>\n{storages}")
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "ZEO.runzeo", "-C", str(configuration)]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self._running.append(process)
        eventually(lambda: socket.exists() or process.poll() is not None, timeout=30)
        assert process.poll() is None, (folder / "log").read_text()
        return [f"zeo://{socket}?storage={name}" for name in names]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._running:
            process.terminate()
            process.wait(20)
        shutil.rmtree(self._sockets)


class PostgresServer:
    """A cluster without fsync in a folder of its own, run by an unprivileged user; each place is a new database."""

    def __init__(self) -> None:
        if importlib.util.find_spec("psycopg2") is None:
            leave_out("psycopg2 is not installed")
        self._programs = _postgres_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._numbers = itertools.count()
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            self._user = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self._folder, "postgres", "postgres")
        self._run("initdb", "-D", self._folder / "data", "-U", "statek", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._start()

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **self._user)
        assert done.returncode == 0, done.stdout + done.stderr

    def _start(self) -> None:
        settings = (
            "fsync=off",
            "full_page_writes=off",
            "max_connections=200",
            "autovacuum=off",
        )
        command = [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, "-h", ""]
        command += [part for setting in settings for part in ("-c", setting)]
        self._process = subprocess.Popen(
            list(map(str, command)), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._user
        )
        eventually(self._answers, timeout=30)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "PostgreSQL has ended"
        with contextlib.suppress(importlib.import_module("psycopg2").OperationalError):
            self._connect().close()
            return True
        return False

    def _connect(self) -> Any:
        connection = importlib.import_module("psycopg2").connect(self.url("postgres"))
        connection.autocommit = True
        return connection

    def url(self, database: str) -> str:
        return f"postgresql://statek@/{database}?host={self._folder}"

    def place(self) -> str:
        """The URL of an empty database."""
        name = f"store{next(self._numbers)}"
        connection = self._connect()
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        connection.close()
        return self.url(name)

    def restart(self) -> None:
        """As after a crash of the machine: every connection is lost."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)
        shutil.rmtree(self._folder)


def _postgres_programs() -> Path:
    """Debian keeps them out of PATH."""
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        leave_out("PostgreSQL is not installed")
    return found[-1].resolve().parent
