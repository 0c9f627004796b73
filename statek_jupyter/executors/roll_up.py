"""What all jobs below a job used, kept beside it: any number of them adds to it at once."""

from __future__ import annotations

from typing import Any

from persistent import Persistent

from statek_jupyter.executors.usage import LLM_Usage


class RollUp(Persistent):
    """A sum that only grows. A record by itself: adding to it never conflicts with the job's own."""

    copied: int = 0
    """How many jobs below were copied when the job was forked: nobody made them here, and they used nothing."""

    def __init__(self, copied: int = 0) -> None:
        if copied:
            self.copied = copied
        self.jobs = 0
        """How many jobs were ever made below, deleted ones too."""
        self.deleted = 0
        self.usage = LLM_Usage()
        """What they used, deleted ones too: it was spent."""

    @property
    def present(self) -> int:
        """How many jobs there are below."""
        return self.copied + self.jobs - self.deleted

    def add(self, usage: LLM_Usage, jobs: int = 0) -> None:
        """Count what a job below used, and jobs made below."""
        self.jobs += jobs
        self.usage = self.usage.merge(usage)

    def _p_resolveConflict(self, old: dict[str, Any], saved: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """What both sides added counts."""
        added: LLM_Usage = new["usage"].minus(old["usage"])
        counts = {name: saved[name] + new[name] - old[name] for name in ("jobs", "deleted")}
        return {**saved, **counts, "usage": saved["usage"].merge(added)}
