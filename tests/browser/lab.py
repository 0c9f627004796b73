"""A JupyterLab of its own and a page in it, driven as a person would."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, Error, Locator, Page

from tests.waiting import eventually

TOKEN = "statek-test"
ROOT = Path(__file__).parents[2]
SERVER_SECONDS = 60
KERNEL_DIED = "Canceled future for"
"""What JupyterLab's own kernel connection throws for what it was asking when the kernel was killed."""
READY = """async () => {
  const widget = window.jupyterapp.shell.currentWidget;
  await widget.context.ready;
  await widget.sessionContext.ready;
  await widget.sessionContext.session.kernel.info;
}"""

TIDY = """async () => {
  const { shell, serviceManager } = window.jupyterapp;
  for (const area of ['main', 'right']) {
    for (const widget of [...shell.widgets(area)]) {
      if (widget.context) {
        // Closed while its session begins, JupyterLab throws.
        const late = new Promise(resolve => setTimeout(resolve, 9000));
        await Promise.race([widget.sessionContext?.ready.catch(() => null), late]);
        widget.context.model.dirty = false;
      }
      if (area === 'main' || widget.id.startsWith('statek')) {
        widget.close();
      }
    }
  }
  shell.collapseLeft();
  await serviceManager.sessions.shutdownAll();
}"""


class LabServer:
    """A server in a process of its own, with our extensions as a wheel installs them and nothing of the person's.

    Args:
        root: An empty folder; notebooks are in ``root/notebooks``, the jobs the server shows in ``root/store``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notebooks = root / "notebooks"
        self.store = root / "store"
        self.notebooks.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> LabServer:
        self.start()
        return self

    def start(self) -> None:
        """Start the server's process; again at the same address, when it was killed."""
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
        places = {name: str(self.root / name.lower()) for name in folders}
        options = {
            "ServerApp.port": self.port,
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.root_dir": self.notebooks,
            "ServerApp.open_browser": False,
            "IdentityProvider.token": TOKEN,
            "LabApp.expose_app_in_browser": True,
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "StatekApp.store": self.store,
        }
        self._install(Path(places["JUPYTER_CONFIG_DIR"]))
        settings = Path(places["JUPYTER_CONFIG_DIR"], "lab/user-settings/@jupyterlab/apputils-extension")
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlab", "--allow-root", *(f"--{k}={v}" for k, v in options.items())]
        self._log = (self.root / "server.log").open("ab")
        # First on the path: an installed copy of the extension may be an older one.
        own = {**places, "JUPYTER_PATH": str(self.root / "share")}
        self._process = subprocess.Popen(command, env={**os.environ, **own}, stdout=self._log, stderr=self._log)
        self._wait()

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._process.kill()
        self._process.wait(30)
        self._log.close()

    def _install(self, config: Path) -> None:
        extensions = self.root / "share" / "labextensions"
        extensions.mkdir(parents=True, exist_ok=True)
        if not (extensions / "statek-jupyter").exists():
            (extensions / "statek-jupyter").symlink_to(ROOT / "statek_jupyter" / "labextension")
        enabled = config / "jupyter_server_config.d"
        enabled.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "jupyter-config" / "statek_jupyter.json", enabled)

    def _wait(self) -> None:
        deadline = time.monotonic() + SERVER_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/api?token={TOKEN}", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()


class Lab:
    """A page of JupyterLab with one notebook."""

    def __init__(self, server: LabServer, browser: Browser, *, width: int = 1280) -> None:
        self.server = server
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.failures: list[str] = []
        self.page.on("pageerror", self._note_failure)
        self._name = uuid.uuid4().hex
        self._workspace = f"{server.url}/lab/workspaces/{self._name}"
        self._load("?reset&")

    def _note_failure(self, error: Error) -> None:
        if KERNEL_DIED not in str(error):
            self.failures.append(error.stack or str(error))

    def reload(self) -> None:
        """Load the page anew; JupyterLab opens again what was open."""
        self._load("?")

    def wait_until_kept(self, what: str) -> None:
        """Wait until the server has what is open, for a reload; JupyterLab sends it after a pause.

        Args:
            what: Part of what names it, such as a job's id.
        """
        place = f"{self.server.url}/lab/api/workspaces/{self._name}"
        assert eventually(lambda: what in self.page.request.get(place).text())

    def _load(self, query: str) -> None:
        self.page.goto(f"{self._workspace}{query}token={TOKEN}")
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
        self.page.evaluate("window.jupyterapp.restored.then(() => null)")
        self._settle()

    def _settle(self) -> None:
        """Wait until something is in front: where nothing is open, the launcher comes and takes the focus."""
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget !== null", timeout=60_000)

    def command(self, name: str, arguments: dict[str, object] | None = None) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(
            "([n, a]) => window.jupyterapp.commands.execute(n, a).then(() => null)", [name, arguments or {}]
        )

    def new_notebook(self) -> None:
        """Open a new notebook and wait for its kernel."""
        self.command("notebook:create-new", {"kernelName": "python3"})
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the kernel of the notebook in front answers."""
        self.page.evaluate(READY)

    def open_notebook(self, name: str) -> None:
        """Open a file of the server's folder and wait for its kernel."""
        self.command("docmanager:open", {"path": name})
        self.page.evaluate(READY)

    def read_notebook(self, name: str) -> None:
        """Open a file of the server's folder without starting a kernel."""
        self.command("docmanager:open", {"path": name, "kernel": {"shouldStart": False}})
        self.page.evaluate("window.jupyterapp.shell.currentWidget.context.ready.then(() => null)")

    def run(self, code: str) -> Locator:
        """Type code into the last cell and run it; gives the cell."""
        cells = self.page.locator(".jp-Notebook .jp-CodeCell:visible")
        last = cells.count() - 1
        cells.nth(last).locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")
        return cells.nth(last)

    def save(self) -> None:
        """Save the notebook under the name it has."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")

    def tidy(self) -> None:
        """Make the page as it was when it was opened: nothing open, light, no kernel."""
        self.page.evaluate(TIDY)
        self._settle()
        self.theme("light")

    def theme(self, name: str) -> None:
        """Switch the page to ``light`` or ``dark`` and wait until its styles are there."""
        wanted = f"JupyterLab {name.capitalize()}"
        if self.page.locator("body").get_attribute("data-jp-theme-name") != wanted:
            self.command("apputils:change-theme", {"theme": wanted})
            self.page.locator(f'body[data-jp-theme-name="{wanted}"]').wait_for(state="attached")
            self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def close(self) -> None:
        """Close the page; its kernels are ended."""
        self.tidy()
        self.page.close()
