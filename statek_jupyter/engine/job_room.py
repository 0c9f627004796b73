"""How much a job may print over its whole life: what it prints is stored, and stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from statek_jupyter.executors.chat_log import Output

SPENT_FLOOR = 200
"""Characters each statement may print when the job has no room left: about as many as its own code and error have."""

MEGABYTE = 1_000_000


class JobRoom:
    """What is left of a job's `JobLimits.max_output_mb`.

    Args:
        most_mb: The limit; None for none.
        used_bytes: What the store holds of the job's output.
    """

    def __init__(self, most_mb: float | None = None, used_bytes: int = 0) -> None:
        self._most_mb = most_mb
        self._left = None if most_mb is None else int(most_mb * MEGABYTE) - used_bytes

    def within(self, wanted: int) -> int:
        """How many of so many characters a statement may print."""
        return wanted if self._left is None else max(SPENT_FLOOR, min(wanted, self._left))

    def spend(self, outputs: Iterable[Output], was_cut: bool) -> list[Output]:
        """The outputs that are kept, and a note about the limit where something was left out for its sake.

        Args:
            outputs: What a statement printed, its streams and texts within the room already.
            was_cut: Whether a part of them has been left out before.
        """
        kept = list(outputs)
        if self._left is None:
            return kept
        for place, output in enumerate(kept):
            if output.data and output.size_bytes > max(SPENT_FLOOR, self._left):
                kept[place] = output = replace(output, text=output.text[:SPENT_FLOOR], data=None)
                was_cut = True
            self._left -= output.size_bytes
        if self._left <= 0 and was_cut:
            kept.append(Output("note", self._spent))
        return kept

    @property
    def _spent(self) -> str:
        return (
            f"this job has printed {self._most_mb:g} MB, which is its limit (max_output_mb): "
            f"of each statement only {SPENT_FLOOR} characters are kept, and no pictures"
        )
