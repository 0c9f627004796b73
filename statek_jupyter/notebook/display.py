"""A job as the output of a cell: shown live, and its last state written back into the same output when it rests."""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statek_jupyter.errors import StatekError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from statek_jupyter.store import JobHandle, Store

log = logging.getLogger(__name__)

HANDLE = ("statek_jupyter.store.handle", "JobHandle")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
RESTING = ("DONE", "SUSPENDED")
"""Names of the statuses after which nothing may come for a long time: the notebook should hold what is there."""


@dataclass(slots=True)
class Shown:
    """One output that shows a job."""

    handle: JobHandle
    display_id: str
    widget_view: Any
    """What makes the live widget appear; goes into every update but that of a job that is done."""
    parent: Any
    """Header of the cell's request, under which updates are sent."""
    written_seq: int = -1


class JobDisplay:
    """Shows jobs in cells of one kernel."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell: Any = shell
        self._shown: dict[str, list[Shown]] = {}
        self._writing = threading.RLock()
        """Held while publishing, so that nobody takes an update for sent that another thread is about to send."""
        self._stops: list[Callable[[], None]] = []
        self._returned: str | None = None

    def install(self) -> None:
        """Show every handle that a cell ends with, or that is given to ``display``, live."""
        formatter = self._shell.display_formatter.ipython_display_formatter
        formatter.for_type_by_name(*HANDLE, self._show_formatted)

    def uninstall(self) -> None:
        """Leave IPython as it was, and stop following jobs."""
        self._shell.display_formatter.ipython_display_formatter.pop(".".join(HANDLE), None)
        while self._stops:
            self._stops.pop()()

    def follow(self, store: Store) -> None:
        """Write jobs of this store back into their outputs as they come to rest."""
        self._stops.append(store.watch(self._on_change))

    def show(self, handle: JobHandle) -> None:
        """Show a job as an output of the running cell."""
        bundle = handle._repr_mimebundle_()
        shown = Shown(handle, f"statek-{uuid.uuid4().hex}", bundle.get(WIDGET_VIEW), self._parent())
        with self._writing:
            self._shown.setdefault(handle.id, []).append(shown)
            self._shell.display_pub.publish(bundle, transient={"display_id": shown.display_id})
        self.write_back(handle)

    def skip_next(self, handle: JobHandle) -> None:
        """Do not show this handle again when the magic that showed it returns it."""
        self._returned = handle.id

    def _show_formatted(self, handle: JobHandle) -> None:
        returned, self._returned = self._returned, None
        if returned == handle.id:
            return
        try:
            self.show(handle)
        except StatekError as error:  # it was deleted, or its store is closed: that is no failure of the cell
            self._shell.display_pub.publish({"text/plain": f"{handle!r}: {error}"})

    def _parent(self) -> Any:
        return getattr(self._shell.display_pub, "parent_header", None)

    def _on_change(self, job_ids: list[str]) -> None:
        for job_id in self._shown.keys() & set(job_ids):
            try:
                self.write_back(self._shown[job_id][0].handle)
            except StatekError as error:
                log.info("job %s was not written back into its output: %s", job_id, error)

    def settle(self, handle: JobHandle) -> None:
        """Leave the job's last state without the live widget, also of a job that is not done yet.

        For cells that waited, as those of nbconvert, nbclient and papermill do: the kernel ends after them.
        """
        with self._writing:
            for shown in self._shown.get(handle.id, ()):
                shown.widget_view = None
                shown.written_seq = -1
        self.write_back(handle)

    def write_back(self, handle: JobHandle) -> None:
        """Update the outputs that show this job, if it rests and they do not hold its last state yet."""
        from statek_jupyter.views.bundle import job_bundle
        from statek_jupyter.views.job_view import read_job, subtasks_in

        if handle.status.name not in RESTING:
            return
        view = handle.store.read(lambda root: read_job(root.job(handle.id), children=subtasks_in(root)))
        with self._writing:
            for shown in self._shown.get(handle.id, ()):
                if shown.written_seq < view["seq"]:
                    shown.written_seq = view["seq"]
                    # nbconvert takes a widget for the output's HTML, and JupyterLab shows an error in the place of one
                    # whose kernel is gone (https://github.com/jupyter-widgets/ipywidgets/issues/1664): what is left
                    # in a finished notebook has none.
                    self._update(shown, job_bundle(view), live=view["status"] != "DONE")

    def _update(self, shown: Shown, bundle: dict[str, Any], *, live: bool) -> None:
        if live and shown.widget_view is not None:
            bundle[WIDGET_VIEW] = shown.widget_view
        with self._as_cell(shown.parent):
            self._shell.display_pub.publish(bundle, transient={"display_id": shown.display_id}, update=True)

    @contextlib.contextmanager
    def _as_cell(self, parent: Any) -> Iterator[None]:
        """File what this thread publishes under the cell that showed the job; ipykernel before 7.4 cannot."""
        publisher = self._shell.display_pub
        if not parent or not hasattr(publisher, "set_thread_parent"):
            yield
            return
        token = publisher.set_thread_parent({"header": parent})
        try:
            yield
        finally:
            publisher.reset_thread_parent(token)
