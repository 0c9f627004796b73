"""The magics ``%%statek_job`` and ``%statek``. What they do is imported when they are used: ``%load_ext`` is quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from statek_jupyter.errors import NotDurableError, StoreError, UserError
from statek_jupyter.notebook.arguments import CELL_HELP, read_cell_line
from statek_jupyter.notebook.commands import LINE_HELP

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from statek_jupyter.notebook.display import JobDisplay
    from statek_jupyter.notebook.session import Session
    from statek_jupyter.store import JobHandle

F = TypeVar("F", bound=Callable[..., Any])


def documented(text: str) -> Callable[[F], F]:
    """Give a magic the help text that ``?`` shows."""

    def give(function: F) -> F:
        function.__doc__ = text
        return function

    return give


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Show a user's mistake, or a store that cannot be used, as one line: IPython prints a `UsageError` so."""
    try:
        yield
    except (UserError, NotDurableError, StoreError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.strerror or error}: {error.filename or 'no file named'}") from None


@magics_class
class StatekMagics(Magics):
    """Our magics in one shell."""

    def __init__(self, shell: InteractiveShell, session: Session, display: JobDisplay) -> None:
        super().__init__(shell)
        self.namespace = shell.user_ns
        self.session = session
        self.display = display

    @no_var_expand
    @cell_magic
    @documented(CELL_HELP)
    def statek_job(self, line: str, cell: str) -> JobHandle | None:
        from statek_jupyter.llm.registry import HUMAN
        from statek_jupyter.notebook.cell_job import read_cell
        from statek_jupyter.notebook.hold_cell import hold_cell

        with one_line_errors():
            job = read_cell(read_cell_line(line), cell, self.namespace)
            if job.line.dry_run:
                print(job.preview(self.session))
                return None
            handle = job.submit(self.session)
            self._bind(handle, job.line.into)
            if job.line.wait and handle.model != HUMAN:  # whose person could not reply while the cell is busy
                hold_cell(handle, self.display)
            return handle

    @no_var_expand
    @line_magic
    @documented(LINE_HELP)
    def statek(self, line: str) -> Any:
        from statek_jupyter.notebook.command_actions import run_command

        with one_line_errors():
            return run_command(line, self.session, self.namespace)

    def _bind(self, handle: JobHandle, into: str | None) -> None:
        self.namespace["_job"] = handle
        if into is not None:
            self.namespace[into] = handle


def keep_empty_body(lines: list[str]) -> list[str]:
    """Let a ``%%statek_job`` cell be only its first line; IPython refuses a cell magic without a body.

    ``%%statek_job --ask "..."`` alone is a whole job. See `run_cell_magic` in IPython's `interactiveshell.py`.
    """
    if len(lines) == 1 and lines[0].startswith("%%statek_job"):
        return [lines[0].rstrip("\n") + "\n", "\n"]
    return lines
