"""A job's variables for tests: statements that are run, captured and stored, and a process that restores them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals import LocalsChange, Workspace, apply_change, read_saved
from tests.store.locals.restorer import Restorer


class Job:
    """One job's workspace and its stored variables, without a database."""

    def __init__(self) -> None:
        self.stored = LocalState()
        self.workspace = Workspace("test")

    def run(self, source: str) -> LocalsChange:
        """Run a statement and give what it changed, not yet stored; it may divide by zero."""
        code = compile(source, "<statement>", "exec")
        self.workspace.prepare(code)
        with contextlib.suppress(ZeroDivisionError):  # what statements of these tests raise on purpose
            exec(code, self.workspace.namespace)
        return self.workspace.capture(code, source=source)

    def store(self, change: LocalsChange) -> None:
        """Store a change, as a committed transaction does."""
        apply_change(self.stored, change)
        self.workspace.confirm(change)

    def do(self, *sources: str) -> LocalsChange:
        """Run and store statements; gives the last change."""
        change = LocalsChange()
        for source in sources:
            change = self.run(source)
            self.store(change)
        return change

    def restart(self) -> None:
        """Go on in a workspace made from what is stored."""
        self.workspace.close()
        self.workspace = Workspace("test", read_saved(self.stored))

    def check(self, code: str) -> None:
        """Run assertions in the live namespace."""
        exec(compile(code, "<check>", "exec"), self.workspace.namespace)


@pytest.fixture
def job() -> Iterator[Job]:
    """A new job."""
    made = Job()
    yield made
    made.workspace.close()


@pytest.fixture(scope="session")
def restorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restorer]:
    """A process that has run none of the statements."""
    process = Restorer(tmp_path_factory.mktemp("restorer"))
    yield process
    process.close()


@pytest.fixture
def elsewhere(job: Job, restorer: Restorer) -> Callable[[str], None]:
    """Run assertions on the stored variables in another process."""
    return lambda code: restorer.check(read_saved(job.stored), code)
