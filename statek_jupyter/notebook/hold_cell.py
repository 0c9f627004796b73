"""``--wait``: a cell that stays busy until its job is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.error import UsageError

if TYPE_CHECKING:
    from statek_jupyter.notebook.display import JobDisplay
    from statek_jupyter.store import JobHandle


def hold_cell(handle: JobHandle, display: JobDisplay) -> None:
    """Show the job, wait until it is done or a person has to do something, and leave its last state in the cell.

    Raises:
        UsageError: The person interrupted the cell; the job goes on. An error, so that "run all" stops here too.
    """
    try:
        display.show(handle)
        handle.wait_for_rest()
        display.settle(handle)
    except KeyboardInterrupt:
        raise UsageError(f"stopped waiting; job {handle.id} goes on (%statek stop {handle.id} ends it)") from None
    display.skip_next(handle)
