"""Rich output of job code goes to its job, never to the cell that happens to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from statek_jupyter.engine.sink import current_sink
from statek_jupyter.engine.streams import install_output, uninstall_output

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class JobAwarePublisher:
    """Stands before IPython's display publisher: what a job shows reaches its sink, all else the publisher.

    ``IPython.display.display`` inside job code finds the notebook's publisher, because a process has one shell.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._publisher: Any = shell.display_pub
        self._publish: Any = self._publisher.publish
        self._clear_output: Any = self._publisher.clear_output

    def install(self) -> None:
        """Put ourselves, and the streams of jobs, in place."""
        install_output()
        self._publisher.publish = self.publish
        self._publisher.clear_output = self.clear_output

    def uninstall(self) -> None:
        """Give the publisher its own methods back, which its class has."""
        del self._publisher.publish
        del self._publisher.clear_output
        uninstall_output()

    def publish(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        """As the publisher's own. An update of a job's display is one more output: a log has no past to change."""
        sink = current_sink()
        if sink is None:
            self._publish(data, metadata, **options)
        else:
            sink.display(data)

    def clear_output(self, wait: bool = False) -> None:
        """As the publisher's own. A job cannot clear: its log keeps what was shown."""
        if current_sink() is None:
            self._clear_output(wait=wait)
