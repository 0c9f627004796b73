"""Matplotlib figures of job code: every job has its own pyplot state, and its figures become PNG outputs.

pyplot keeps its open figures in one dict per process and asks one backend for windows. While a job's code runs, both
answer from the job's sink instead: `plt.gcf()` never finds another job's figure and no window is opened from a thread.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import io
import sys
import threading
import types
from collections import OrderedDict
from collections.abc import Iterator, MutableMapping, Sequence, ValuesView
from typing import Any

import cloudpickle

from statek_jupyter.engine.sink import Sink, current_sink
from statek_jupyter.errors import CodeInterrupted
from statek_jupyter.executors.chat_log import Output
from statek_jupyter.store.locals.tombstones import Tombstone, error_text, lost_of

PYPLOT = "matplotlib.pyplot"
PNG_LIMIT = 4_000_000
"""Bytes of one picture; a larger one is drawn again at a lower resolution."""

OPEN_FIGURES = "pyplot figures"
"""The variable; no code can use it by that name."""

_rendering = threading.Lock()


def install_figures() -> None:
    """Prepare pyplot now, or as soon as somebody imports it."""
    pyplot = sys.modules.get(PYPLOT)
    if pyplot is not None:
        if not getattr(pyplot.__spec__, "_initializing", False):  # else our finder's loader prepares it at the end
            _prepare(pyplot)
    elif not any(isinstance(finder, _PyplotFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _PyplotFinder())


def harvest_figures(sink: Sink) -> None:
    """Turn the job's open figures into outputs and close them, oldest first. Called at the end of each block."""
    while sink.figures:
        _, manager = sink.figures.popitem(last=False)
        figure = manager.canvas.figure
        if figure.get_axes() or figure.texts or figure.images:
            sink.display({"text/plain": _describe(figure), "image/png": _png(figure)})


def keep_figures(sink: Sink, variables: MutableMapping[str, Any]) -> None:
    """Make the figures that are open one of the job's variables, so that they are there for its next statement."""
    if sink.figures:
        figures = [(number, manager.canvas.figure) for number, manager in list(sink.figures.items())]
        variables[OPEN_FIGURES] = [(number, _why_lost(figure) or figure) for number, figure in figures]
    else:
        variables.pop(OPEN_FIGURES, None)


def _why_lost(figure: Any) -> str | None:
    """Why a figure that no variable of the job may hold cannot be stored; None when it can."""
    try:
        cloudpickle.dumps(figure)
    except CodeInterrupted:
        raise
    except Exception as error:  # artists may be anything
        return error_text(error)
    return None


def reopen_figures(sink: Sink, variables: MutableMapping[str, Any]) -> None:
    """Give pyplot the figures back that were open when the process died or the job went to rest, the last one active.

    One that was lost is named in the output.
    """
    kept = variables.get(OPEN_FIGURES, [])
    for number, figure in kept if type(kept) is list else [(0, kept)]:
        reason = lost_of(figure).reason if isinstance(figure, Tombstone) else figure
        if isinstance(reason, str):
            sink.add(Output("note", f"a figure that was open is lost, draw it again: {reason}"))
            continue
        from matplotlib.backends import backend_agg

        sink.figures[number] = backend_agg._BackendAgg.new_figure_manager_given_figure(number, figure)


def _describe(figure: Any) -> str:
    titles = [axes.get_title() for axes in figure.get_axes() if axes.get_title()]
    named = f": {', '.join(titles)}" if titles else ""
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    return f"<Figure {width}×{height}{named}>"


def _png(figure: Any) -> bytes:
    target = io.BytesIO()
    for dpi in (figure.dpi, 50, 20):
        target = io.BytesIO()
        with _rendering:  # https://matplotlib.org/stable/users/faq.html#work-with-threads
            figure.savefig(target, format="png", dpi=dpi, bbox_inches="tight")
        if target.tell() <= PNG_LIMIT:
            break
    return target.getvalue()


class _JobFigures(MutableMapping[Any, Any]):
    """Stands for pyplot's dict of figures: the running job's own, or the process' outside of jobs."""

    def __init__(self, process: OrderedDict[Any, Any]) -> None:
        self._process = process

    def _figures(self) -> OrderedDict[Any, Any]:
        sink = current_sink()
        return self._process if sink is None else sink.figures

    def __getitem__(self, key: Any) -> Any:
        return self._figures()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._figures()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._figures()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._figures())

    def __len__(self) -> int:
        return len(self._figures())

    def values(self) -> ValuesView[Any]:
        return self._figures().values()  # pyplot reverses it, which the view of a plain mapping refuses

    def move_to_end(self, key: Any, last: bool = True) -> None:
        self._figures().move_to_end(key, last)


def _prepare(pyplot: types.ModuleType) -> None:
    helpers: Any = sys.modules["matplotlib._pylab_helpers"]
    if isinstance(helpers.Gcf.figs, _JobFigures):
        return
    helpers.Gcf.figs = _JobFigures(helpers.Gcf.figs)
    plain_backend: Any = getattr(pyplot, "_get_backend_mod", None)
    if plain_backend is None:  # a matplotlib older than 3.4: jobs then draw with the process' backend
        return

    def backend_of_job() -> Any:
        return plain_backend() if current_sink() is None else _job_backend()

    setattr(pyplot, "_get_backend_mod", backend_of_job)  # noqa: B010 - the module has no such declared name


def _job_backend() -> Any:
    """The Agg backend with a ``show`` that hands the figures over."""
    if _backends:
        return _backends[0]
    from matplotlib.backends import backend_agg

    class JobBackend(backend_agg._BackendAgg):
        @staticmethod
        def show(*args: Any, **kwargs: Any) -> None:
            sink = current_sink()
            if sink is not None:
                harvest_figures(sink)

    _backends.append(JobBackend)
    return JobBackend


_backends: list[Any] = []


class _PyplotFinder(importlib.abc.MetaPathFinder):
    """Prepares pyplot right after its import, then leaves."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != PYPLOT:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            plain_exec: Any = spec.loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                plain_exec(module)
                _prepare(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
