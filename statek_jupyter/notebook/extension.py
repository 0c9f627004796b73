"""``%load_ext statek_jupyter``: puts the magics, Tab and the live display into a shell, and takes them out again.

Loading imports as little as it can; jobs, stores and models are imported when the first cell uses them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from statek_jupyter.notebook.commands import COMMANDS
from statek_jupyter.notebook.completion import Completion
from statek_jupyter.notebook.display import JobDisplay
from statek_jupyter.notebook.magics import StatekMagics, keep_empty_body
from statek_jupyter.notebook.publisher import JobAwarePublisher
from statek_jupyter.notebook.session import Session
from statek_jupyter.settings import Settings

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_loaded: Extension | None = None


class Extension:
    """Everything we put into one shell."""

    def __init__(self, shell: InteractiveShell, settings: Settings) -> None:
        self.shell: Any = shell
        self.session = Session(settings.store, settings.default_model if settings.model_was_chosen else None)
        self.display = JobDisplay(shell)
        self.completion = Completion({command.name: command.argument_kind for command in COMMANDS}, self._known)
        self.publisher = JobAwarePublisher(shell)

    def load(self) -> None:
        """Install, and let unfinished jobs of an existing default store go on."""
        self.publisher.install()
        self.session.on_open(self.display.follow)
        self.shell.register_magics(StatekMagics(self.shell, self.session, self.display))
        self.shell.input_transformers_cleanup.append(keep_empty_body)
        self.completion.install(self.shell)
        self.display.install()
        self.session.resume_in_background()

    def unload(self) -> None:
        """Stop the workers, close the stores and leave the shell as it was."""
        self.session.close()
        self.display.uninstall()
        self.publisher.uninstall()
        self.completion.uninstall(self.shell)
        self.shell.input_transformers_cleanup.remove(keep_empty_body)
        self.shell.magics_manager.magics["cell"].pop("statek_job", None)
        self.shell.magics_manager.magics["line"].pop("statek", None)

    def _known(self, kind: str) -> Iterable[str]:
        from statek_jupyter.notebook.known_values import known_values

        return known_values(kind, self.session, self.shell.user_ns)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by ``%load_ext``."""
    global _loaded
    if _loaded is not None:
        _loaded.unload()
    _loaded = Extension(shell, Settings.from_env())
    _loaded.load()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Called by ``%unload_ext`` and ``%reload_ext``."""
    global _loaded
    if _loaded is not None:
        _loaded.unload()
        _loaded = None
