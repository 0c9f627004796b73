"""``--wait``: a cell that stays busy until its job is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from statek_jupyter.executors.job_status import JobStatus

if TYPE_CHECKING:
    from statek_jupyter.notebook.display import JobDisplay
    from statek_jupyter.store import JobHandle

SLICE_SECONDS = 0.5
"""An interrupt of the kernel is noticed between two slices on systems where it does not end a wait."""


def hold_cell(handle: JobHandle, display: JobDisplay) -> None:
    """Wait until the job is done or can only go on when a person does something, and leave its last state in the cell.

    Raises:
        UsageError: The person interrupted the cell; the job goes on. An error, so that "run all" stops here too.
    """
    try:
        while not _rests(handle):
            wait_a_moment(handle)
    except KeyboardInterrupt:
        raise UsageError(f"stopped waiting; job {handle.id} goes on (%statek stop {handle.id} ends it)") from None
    display.write_back(handle)


def wait_a_moment(handle: JobHandle) -> None:
    """Return when the job is done, at the latest after a slice."""
    try:
        handle.wait(timeout=SLICE_SECONDS, until=(JobStatus.DONE,))
    except TimeoutError:
        return


def _rests(handle: JobHandle) -> bool:
    return handle.status is JobStatus.DONE
