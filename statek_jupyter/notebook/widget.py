"""The live view of one job in a notebook."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from statek_jupyter.engine.live import streaming_text
from statek_jupyter.errors import BadOptionError, StatekError, UnknownJobError
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.notebook.asking import act, answer
from statek_jupyter.notebook.requests import AskRequest, CommandRequest, FullRequest, Request, read_request
from statek_jupyter.store import JobHandle
from statek_jupyter.views.bundle import JOB_TYPE, job_bundle
from statek_jupyter.views.delta import delta
from statek_jupyter.views.following import first_view, is_about, later_view, view_when_deleted
from statek_jupyter.views.job_view import JobView
from statek_jupyter.views.live import feed_of
from statek_jupyter.views.plain_text import clean

STATIC = Path(__file__).parent.parent / "static"
PANES = ("chat", "locals", "subtasks", "usage")
LIVE_CHARACTERS = 4_000

_log = logging.getLogger(__name__)
_answering = ThreadPoolExecutor(max_workers=1, thread_name_prefix="statek-answers")
"""Loading a value can take long; neither the kernel's messages nor the changes of views wait for it."""


class LiveWidget(anywidget.AnyWidget):
    """A widget whose browser side is ours and whose messages are handled on any thread of the kernel."""

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"

    kind = traitlets.Unicode().tag(sync=True)
    panes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # Never set: what a browser that joins late is given is made when it asks, so that nothing is sent twice.
    view = traitlets.Dict().tag(sync=True, to_json=lambda _, widget: widget.current())

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(lambda _, content, buffers: self._receive(content))
        _answer_anywhere(self.comm)

    def current(self) -> dict[str, Any]:
        """What the browser side begins with."""
        raise NotImplementedError

    def handle_request(self, request: Request) -> None:
        """Do what the browser side asks; may be called on any thread."""
        raise NotImplementedError

    def _receive(self, content: Any) -> None:
        request = read_request(content)
        if request is None:
            _log.warning("a widget was sent a message it does not know")
            return
        try:
            self.handle_request(request)
        except Exception:
            # ipywidgets would lose it: it only logs to a place nobody sees.
            _log.exception("a widget could not answer")


def _answer_anywhere(comm: Any) -> None:
    """Let ipykernel handle this comm's messages on a subshell, while a cell runs.

    Expected: the frontend chooses (JupyterLab asks for a subshell of the comm's own). ipykernel 7.4 instead routes
    every message to the shell that last published on the comm, which is the main shell, so that Stop would wait for
    the running cell (``BaseComm._reply_subshell_for`` in ipykernel/comm/comm.py). Our handlers run on any thread, so
    the choice is given back to the frontend.
    """
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default


class JobWidget(LiveWidget):
    """The live view of a job: an ipywidgets widget, to be shown alone or in layouts.

    Args:
        job: The job.
        panes: Which of ``chat``, ``locals``, ``subtasks`` and ``usage`` to show.

    Raises:
        BadOptionError: `panes` names something else, or nothing.
        UnknownJobError: The job was deleted.
    """

    def __init__(self, job: JobHandle, panes: str | Sequence[str] = PANES) -> None:
        self.job = job
        self._feed = feed_of(job.store)  # first: close() needs it, and ipywidgets calls that even after a failure here
        self._view: JobView = first_view(job.store, job.id)
        self._version = 1
        self._lock = threading.Lock()
        self._asked: deque[FullRequest] = deque()
        super().__init__(kind="job", panes=_checked(panes))
        self._feed.add(self)

    def close(self) -> None:
        """Take the view away and stop following the job."""
        self._feed.remove(self)
        super().close()

    def current(self) -> dict[str, Any]:
        """The view and its place in the sequence."""
        with self._lock:
            return {"version": self._version, "now": now_milliseconds(), "view": self._view}

    # --- what the browser side asks ---------------------------------------------------------------

    def handle_request(self, request: Request) -> None:
        """Actions are done at once, questions one after the other; a whole view comes from the feed, as views do."""
        if isinstance(request, CommandRequest):
            self._answer(request.request, **_outcome_of(lambda: act(self.job, request.fields)))
        elif isinstance(request, AskRequest):
            _answering.submit(self._answer_question, request)
        elif isinstance(request, FullRequest):
            self._asked.append(request)
            self._feed.wake(self)

    def _answer_question(self, request: AskRequest) -> None:
        self._answer(request.request, **_outcome_of(lambda: answer(self.job, request.name, request.fields)))

    def _answer(self, request: str, **content: Any) -> None:
        self.send({"type": "answer", "request": request, **content})

    # --- the feed's side --------------------------------------------------------------------------

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """Whether the job itself or one of its subtasks is among these."""
        return is_about(self._view, job_ids)

    def ticks(self) -> bool:
        """While it runs, its reply may be streaming in."""
        return self._view["status"] in ("STARTED", "WARMING_UP")

    def refresh(self, changed: bool) -> None:
        """Send what changed since the last time, then what was asked for."""
        new = self._newer() if changed else self._view
        self._send_delta({**new, "live": _live_text(new)})
        while self._asked:
            self._serve(self._asked.popleft())

    def _newer(self) -> JobView:
        try:
            return later_view(self.job.store, self._view)
        except UnknownJobError:
            self._feed.remove(self)
            return view_when_deleted(self._view)

    def _send_delta(self, new: JobView) -> None:
        change = delta(self._view, new)
        if not change:
            return
        with self._lock:
            self._view = new
            self._version += 1
        base = self._version - 1
        self.send({"type": "delta", "base": base, "version": self._version, "now": now_milliseconds(), "delta": change})

    def _serve(self, request: FullRequest) -> None:
        if request.have != self._version:
            self.send({"type": "full", **self.current()})

    # --- showing it -------------------------------------------------------------------------------

    def bundle(self) -> dict[str, Any]:
        """The four forms of the output that shows this widget."""
        return job_bundle(self._view, self.model_id)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        chosen = {} if tuple(self.panes) == PANES else {JOB_TYPE: {"panes": list(self.panes)}}
        return self.bundle(), chosen

    def __repr__(self) -> str:
        return f"<JobWidget of job {self.job.id}>"


def display_bundle(job: JobHandle) -> dict[str, Any]:
    """The output of a job: with a live widget on a kernel, without one elsewhere and when nothing more will happen."""
    kernels = sys.modules.get("ipykernel.kernelbase")
    if kernels is None or not kernels.Kernel.initialized() or job.status is JobStatus.DONE:
        return job_bundle(first_view(job.store, job.id))
    return JobWidget(job).bundle()


def _live_text(view: JobView) -> str:
    if view["status"] not in ("STARTED", "WARMING_UP"):
        return ""
    return clean(streaming_text(view["id"])[-LIVE_CHARACTERS:])


def _checked(panes: str | Sequence[str]) -> list[str]:
    panes = [panes] if isinstance(panes, str) else panes
    wrong = [pane for pane in panes if pane not in PANES]
    if wrong or not panes:
        given = ", ".join(map(repr, wrong)) or "nothing"
        raise BadOptionError("panes", f"{given} is no pane: use some of {', '.join(PANES)}")
    return list(panes)


def _outcome_of(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return act()
    except StatekError as error:
        return {"error": str(error)}
    except Exception as error:  # of the job's own classes, when its values are loaded
        _log.info("a question could not be answered", exc_info=True)
        return {"error": f"{type(error).__name__}: {error}"}


def now_milliseconds() -> int:
    """Milliseconds since the epoch, for a browser whose clock is another."""
    return int(time.time() * 1000)
