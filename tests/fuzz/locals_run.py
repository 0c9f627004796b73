"""Runs random programs with capture and restore, and compares with the live namespace after every few statements."""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass, field
from typing import Any

import transaction
import ZODB

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals import Workspace, apply_change, read_saved
from tests.fuzz.locals_programs import PRELUDE, statement
from tests.fuzz.locals_shape import Shape

JOB_ID = "fuzz"
MODULE_NAME = f"statek.job_{JOB_ID}"


class Differs(AssertionError):
    """A restored namespace is not the live one."""


@dataclass
class Run:
    """One random program. `steps` counts its statements."""

    seed: int
    steps: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._db = ZODB.DB(None)
        self._manager = transaction.TransactionManager(explicit=True)
        self._manager.begin()
        self._connection = self._db.open(self._manager)
        self._connection.root()["locals"] = LocalState()
        self._manager.commit()
        self._live = Workspace(JOB_ID)

    def go(self) -> None:
        """Run it.

        Raises:
            Differs: A restored namespace differs from the live one.
        """
        self._step(PRELUDE)
        for _ in range(self._rng.randrange(4, 18)):
            self._step(statement(self._rng))
            if self._rng.random() < 0.15:
                self._restart()
        self._compare()
        self._live.close()
        self._connection.close()
        self._db.close()

    def _step(self, source: str) -> None:
        self.steps += 1
        self.log.append(source)
        code = compile(source, f"<step {self.steps}>", "exec")
        self._live.prepare(code)
        try:
            exec(code, self._live.namespace)
        except Exception as error:
            self.log.append(f"# raised {error!r}")
        chance = self._rng.random()
        if chance < 0.1:
            self.log.append("# captured, not committed")
            self._live.capture(code, source=source)
            return
        self._commit(self._live.capture(None if chance > 0.95 else code, source=source))
        if self._rng.random() < 0.3:
            self._compare()

    def _commit(self, change: Any) -> None:
        self._manager.begin()
        apply_change(self._connection.root()["locals"], change, blobs=False)
        if self._rng.random() < 0.1:
            self.log.append("# aborted")
            self._manager.abort()
            return
        self._manager.commit()
        self._live.confirm(change)

    def _saved(self) -> Any:
        manager = transaction.TransactionManager(explicit=True)
        manager.begin()
        connection = self._db.open(manager)
        saved = read_saved(connection.root()["locals"])
        manager.abort()
        connection.close()
        return saved

    def _settle(self) -> None:
        """Commit what an aborted or skipped transaction left behind."""
        change = self._live.capture(compile("None", "<settle>", "exec"))
        self._manager.begin()
        apply_change(self._connection.root()["locals"], change, blobs=False)
        self._manager.commit()
        self._live.confirm(change)

    def _restart(self) -> None:
        self._settle()
        self.log.append("# restarted")
        self._live.close()
        self._live = Workspace(JOB_ID, self._saved())

    def _compare(self) -> None:
        self._settle()
        restored = Workspace(JOB_ID, self._saved(), register=False)
        live = Shape(MODULE_NAME).of(self._live.values())
        again = Shape(MODULE_NAME).of(restored.values())
        if live != again:
            different = [(one, two) for one, two in zip(live, again, strict=False) if one != two][:1]
            program = "\n".join(self.log[1:])
            raise Differs(f"seed {self.seed}\n{program}\nlive, restored: {different or (live, again)}")


def run_many(programs: int, first_seed: int, *, report_seconds: float = 60.0) -> int:
    """Run that many programs, saying now and then how far it has come; gives how many statements they had.

    Raises:
        Differs: A restored namespace differs from the live one; the text has the program and its seed.
    """
    steps = 0
    started = told = time.monotonic()
    for number in range(1, programs + 1):
        run = Run(first_seed + number - 1)
        run.go()
        steps += run.steps
        now = time.monotonic()
        if now - told > report_seconds or number == programs:
            told = now
            print(f"{number:,} of {programs:,} programs, {steps:,} statements, {now - started:.0f} s", flush=True)
    return steps


def main() -> None:
    """``python -m tests.fuzz.locals_run --programs 10000``: the long variant."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--first-seed", type=int, default=1_000_000)
    options = parser.parse_args()
    run_many(options.programs, options.first_seed)


if __name__ == "__main__":
    main()
