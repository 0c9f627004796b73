"""A value that is lost inside of a web of callbacks costs a moment, not for ever."""

from __future__ import annotations

import time

from statek_jupyter.store.locals.workspace import Workspace


def test_a_figure_that_holds_something_lost_is_written_in_time() -> None:
    """Its callbacks are weak references to methods of what holds them: each look led to a new look at all of it."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot([1, 2, 3])
    figure.alive = (number for number in [1])  # type: ignore[attr-defined]
    workspace = Workspace("cycles", register=False)
    workspace.namespace["figure"] = figure
    began = time.monotonic()
    change = workspace.capture(None)
    assert time.monotonic() - began < 30
    assert "generator" in [lost.type_name for lost in change.lost]
