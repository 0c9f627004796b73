"""Shows what variables hold without loading them here: another process does, and is ended when it takes too long.

For a process that serves many people and jobs, such as Jupyter Server: making a value runs code of its library, and of
the job's own classes, which may not return, or take the process down with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, cast

from statek_jupyter.errors import UnknownVariableError, ValueNotShownError
from statek_jupyter.store.locals import SavedPayload, read_group
from statek_jupyter.views.value_forms import GridPage, ValuePage

if TYPE_CHECKING:
    from statek_jupyter.executors.job import Job
    from statek_jupyter.store import JobHandle

SECONDS = 20.0
"""What a page may take, loading the variable included."""
IDLE_SECONDS = 120.0
"""After this time without a question the process ends, and with it what it has loaded."""
MAX_ANSWER_BYTES = 20_000_000

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""Of the environment; keys of providers are not what showing a value needs."""


class ValueReader:
    """Gives pages of variables; used from any thread, one question at a time.

    Args:
        seconds: What a page may take.
        idle_seconds: How long the process is kept for the next question.
    """

    def __init__(self, *, seconds: float = SECONDS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._idle: threading.Timer | None = None

    def value(
        self, handle: JobHandle, name: str, path: Sequence[int] = (), start: int = 0, *, turn: int | None = None
    ) -> ValuePage:
        """`statek_jupyter.views.values.value_page` of a variable, or of the part at `path`, now or after a turn.

        Raises:
            UnknownVariableError: There is no such variable, or no such part.
            UnknownTurnError: There is no such turn.
            ValueNotShownError: It cannot be loaded, or not in time.
        """
        return cast(ValuePage, self._page("value", handle, name, turn, {"path": list(path), "start": start}))

    def grid(
        self,
        handle: JobHandle,
        name: str,
        path: Sequence[int] = (),
        rows: tuple[int, int] = (0, 100),
        columns: tuple[int, int] = (0, 20),
        *,
        turn: int | None = None,
    ) -> GridPage | None:
        """`statek_jupyter.views.values.grid_page` of a variable, or of the part at `path`; raises what `value` does."""
        arguments = {"path": list(path), "rows": rows, "columns": columns}
        return cast("GridPage | None", self._page("grid", handle, name, turn, arguments))

    def close(self) -> None:
        """End the process; the next question starts another one."""
        with self._lock:
            self._end()

    def _page(self, question: str, handle: JobHandle, name: str, turn: int | None, arguments: dict[str, Any]) -> Any:
        source = _Source(handle, name, turn)
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            try:
                found = self._ask((source.key, None, question, arguments))
                if found.get("unknown"):
                    found = self._ask((source.key, source.load(), question, arguments))
            except (EOFError, OSError, TimeoutError, ValueError) as error:
                self._end()
                raise ValueNotShownError(name, _reason(error, self._seconds)) from None
            finally:
                self._idle = threading.Timer(self._idle_seconds, self.close)
                self._idle.daemon = True
                self._idle.start()
        if "missing" in found:
            raise UnknownVariableError(handle.id, name, str(found["missing"]))
        if "page" not in found:
            raise ValueNotShownError(name, f"its parts cannot be read: {found.get('failed')}")
        return found["page"]

    def _ask(self, request: Any) -> dict[str, Any]:
        if self._child is None:
            self._child = _Child()
        found = json.loads(self._child.ask(pickle.dumps(request), self._seconds))
        if not isinstance(found, dict):
            raise ValueError("no answer")
        return found

    def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self._child is not None:
            self._child.kill()
            self._child = None


def _reason(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"loading it took longer than {seconds:g} s"
    return "the process that loaded it has ended"


class _Child:
    """The process, and the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "statek_jupyter.views.value_process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._line = Connection(ours.detach())

    def ask(self, request: bytes, seconds: float) -> bytes:
        """Send a request and wait for its answer.

        Raises:
            TimeoutError: There was none in time.
            EOFError: The process has ended.
            OSError: The same, or the answer is too long.
        """
        self._line.send_bytes(request)
        if not self._line.poll(seconds):
            raise TimeoutError
        return self._line.recv_bytes(MAX_ANSWER_BYTES)

    def kill(self) -> None:
        """End it with all it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        self._process.wait()
        self._line.close()


class _Source:
    """Where a variable is read from."""

    def __init__(self, handle: JobHandle, name: str, turn: int | None) -> None:
        self._handle = handle
        self._name = name
        self._past = None if turn is None else handle.at(turn)
        mark = handle.read(self._mark) if self._past is None else self._past.locals.places.get(name)
        if mark is None:
            raise UnknownVariableError(handle.id, name)
        self.key = (handle.store.where, handle.id, name, None if self._past is None else self._past.turn, mark)
        """The same for the same content."""

    def _mark(self, job: Job) -> bytes | None:
        group = job.py_env.local_state.groups.get(self._name)
        return None if group is None else bytes(group.digest)

    def load(self) -> tuple[str, SavedPayload, dict[str, SavedPayload]]:
        """(name, its group, the groups of all classes by uid), for the process to load."""
        if self._past is None:
            return self._handle.read(self._now)
        group = self._past.locals.payload(self._name)
        if group is None:
            raise UnknownVariableError(self._handle.id, self._name)
        return self._name, group, self._past.locals.class_payloads()

    def _now(self, job: Job) -> tuple[str, SavedPayload, dict[str, SavedPayload]]:
        state = job.py_env.local_state
        if self._name not in state.groups:
            raise UnknownVariableError(self._handle.id, self._name)
        return self._name, read_group(state.groups[self._name]), {u: read_group(g) for u, g in state.classes.items()}
