"""A real Jupyter kernel for tests: start it, run cells, read their outputs, kill it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from jupyter_client import KernelManager
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager

ROOT = Path(__file__).parents[2]


@dataclass
class Cell:
    """What came of running one cell."""

    status: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    """Contents of the output messages, each with its ``output_type``, in order."""
    updates: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    cleared: int = 0
    """How often the cell's output was cleared."""

    def stream(self, name: str) -> str:
        """The text on ``stdout`` or ``stderr``."""
        return "".join(o["text"] for o in self.outputs if o["output_type"] == "stream" and o["name"] == name)

    @property
    def text(self) -> str:
        return self.stream("stdout")

    @property
    def displays(self) -> list[dict[str, Any]]:
        """The bundles shown, oldest first."""
        return [o["data"] for o in self.outputs if o["output_type"] in ("display_data", "execute_result")]


class Kernel:
    """One kernel process of this interpreter, started in the root of the project.

    Args:
        store: Folder of the default store.
        env: Environment variables over those of the test.
    """

    def __init__(self, store: Path | str, env: Mapping[str, str] | None = None, *, load: bool = True) -> None:
        specs = KernelSpecManager(kernel_dirs=[])
        self._manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs)
        own = {name: value for name, value in os.environ.items() if not name.startswith("STATEK_")}
        self._env = {**own, "STATEK_STORE": str(store), "PYTHONPATH": str(ROOT), **(env or {})}
        self._load = load
        self.client: BlockingKernelClient

    def __enter__(self) -> Self:
        self._manager.start_kernel(env=self._env, cwd=str(ROOT))
        self.client = self._manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        if self._load:
            loaded = self.run("%load_ext statek_jupyter")
            assert loaded.status == "ok", loaded
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    @property
    def pid(self) -> int:
        provisioner: Any = self._manager.provisioner
        return int(provisioner.pid)

    def run(self, code: str, timeout: float = 60.0) -> Cell:
        """Run a cell to its end."""
        return self.finish(self.start(code), timeout)

    def start(self, code: str) -> str:
        """Start a cell; `finish` collects it."""
        return str(self.client.execute(code))

    def finish(self, message_id: str, timeout: float = 60.0) -> Cell:
        """What the cell gave, once it has ended. Messages of other cells are dropped."""
        cell = Cell()
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            collect(cell, kind, content)
        reply = self._reply(message_id, deadline)
        cell.status = reply["status"]
        cell.error = f"{reply.get('ename', '')}: {reply.get('evalue', '')}" if cell.status == "error" else ""
        return cell

    def _reply(self, message_id: str, deadline: float) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=max(0.01, deadline - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message_id:
                return dict(reply["content"])

    def next_message(self, message_id: str, kind: str, timeout: float = 30.0) -> dict[str, Any]:
        """The next message of this kind that a running cell gives; those before it are dropped."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") == message_id and message["msg_type"] == kind:
                return dict(message["content"])

    def update_of(self, display_id: str, timeout: float = 30.0) -> dict[str, Any]:
        """The bundle of the next update of a display, whichever cell it is filed under."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            content = message["content"]
            if message["msg_type"] == "update_display_data" and content["transient"]["display_id"] == display_id:
                return dict(content["data"])

    def value(self, expression: str) -> str:
        """``repr`` of an expression in the kernel."""
        reply = self.client.execute("", user_expressions={"value": expression}, reply=True, timeout=60)
        result = reply["content"]["user_expressions"]["value"]
        assert result["status"] == "ok", result
        return str(result["data"]["text/plain"])

    def help(self, code: str) -> str:
        """What a line that ends with ``?`` opens in the pager."""
        reply = self.client.execute(code, reply=True, timeout=60)
        return "".join(page["data"]["text/plain"] for page in reply["content"]["payload"])

    def complete(self, code: str, cursor: int | None = None) -> list[str]:
        """What Tab offers at the cursor (the end, unless told)."""
        reply = self.client.complete(code, cursor_pos=cursor, reply=True, timeout=60)
        return list(reply["content"]["matches"])

    def interrupt(self) -> None:
        """As the stop button does."""
        self._manager.interrupt_kernel()

    def shut_down(self) -> None:
        """As a restart from the menu does first: the kernel is asked to end, and gets time to."""
        self._manager.shutdown_kernel()

    def kill(self) -> None:
        """SIGKILL, no farewell."""
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self._manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)


def collect(cell: Cell, kind: str, content: dict[str, Any]) -> None:
    """Add one output message to a cell."""
    if kind == "update_display_data":
        cell.updates.append(content)
    elif kind == "clear_output":
        cell.cleared += 1
    elif kind == "stream" and _goes_on(cell.outputs, content["name"]):
        cell.outputs[-1]["text"] += content["text"]
    elif kind in ("stream", "display_data", "execute_result", "error"):
        cell.outputs.append({"output_type": kind, **content})


def _goes_on(outputs: list[dict[str, Any]], stream: str) -> bool:
    """Whether the text of a stream belongs to the output before it: one print may come as two messages."""
    return bool(outputs) and outputs[-1]["output_type"] == "stream" and outputs[-1]["name"] == stream
