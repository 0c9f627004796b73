"""Rich output of job code goes to its job, never to the cell that happens to run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from statek_jupyter.engine.sink import Sink


class JobAwarePublisher:
    """Stands before IPython's display publisher: what a job shows reaches its sink, all else the publisher.

    ``IPython.display.display`` inside job code finds the notebook's publisher, because a process has one shell.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._publisher: Any = shell.display_pub
        self._publish: Any = self._publisher.publish
        self._clear_output: Any = self._publisher.clear_output

    def install(self) -> None:
        """Put ourselves in place."""
        self._publisher.publish = self.publish
        self._publisher.clear_output = self.clear_output

    def uninstall(self) -> None:
        """Give the publisher its own methods back, which its class has, and the process its streams."""
        del self._publisher.publish
        del self._publisher.clear_output
        streams = sys.modules.get("statek_jupyter.engine.streams")
        if streams is not None:
            streams.uninstall_output()

    def publish(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        """As the publisher's own. An update of a job's display is one more output: a log has no past to change."""
        sink = _current_sink()
        if sink is None:
            self._publish(data, metadata, **options)
        else:
            sink.display(data)

    def clear_output(self, wait: bool = False) -> None:
        """As the publisher's own. A job cannot clear: its log keeps what was shown."""
        if _current_sink() is None:
            self._clear_output(wait=wait)


def _current_sink() -> Sink | None:
    """The sink of the job this code belongs to. While the engine is not imported no job can run, and loading it for
    this would slow ``%load_ext``."""
    module = sys.modules.get("statek_jupyter.engine.sink")
    sink: Sink | None = None if module is None else module.current_sink()
    return sink
