"""Makes one value of every kind in one process, and checks them in another one: ``python -m … make|check FOLDER``."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import transaction
import ZODB
from ZODB.blob import BlobStorage
from ZODB.FileStorage import FileStorage

from statek_jupyter.errors import LostValueError
from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals import Workspace, apply_change, read_saved, summaries
from tests.store.locals.kinds import KINDS
from tests.store.locals.kinds.kind import Kind

USES: tuple[Callable[[Any], Any], ...] = (iter, next, len, lambda x: x(), lambda x: x.anything, lambda x: x + 1)
"""Each of these must say that a lost value is lost."""


def missing(kind: Kind) -> list[str]:
    """The modules a kind needs that are not installed here."""
    return [name for name in kind.needs if importlib.util.find_spec(name) is None]


def make(kinds: Iterable[Kind], folder: Path) -> dict[str, str]:
    """Run each kind's statements in a workspace of its own and store it; gives name to what went wrong."""
    database = _open(folder)
    failures = {kind.name: _failure(lambda kind=kind: _make(kind, folder, database)) for kind in kinds}
    database.close()
    return {name: failure for name, failure in failures.items() if failure}


def _make(kind: Kind, folder: Path, database: Any) -> None:
    source = kind.make.replace("@@", str(folder))
    workspace = Workspace(_job_id(kind))
    code = compile(source, f"<{kind.name}>", "exec", dont_inherit=True)
    workspace.prepare(code)
    exec(code, workspace.namespace)
    change = workspace.capture(code, source=source)
    with database.transaction() as connection:
        stored = connection.root()[kind.name] = LocalState()
        apply_change(stored, change)
    workspace.confirm(change)
    if kind.promise == "lost":
        _check_loss(kind, change, stored)
        _evaluate(kind.check.replace("@@", str(folder)), workspace.namespace)
    else:
        assert not change.lost, f"lost: {change.lost}"
        again = workspace.capture(compile("x", "<again>", "exec"))
        assert again.is_empty, f"looking at it again gives another form: {again.changed}"


def _check_loss(kind: Kind, change: Any, stored: LocalState) -> None:
    told = [lost for lost in change.lost if lost.name == "x"]
    assert told, f"not named as lost: {change.lost}"
    texts = " ".join(f"{lost.type_name}: {lost.reason}" for lost in told)
    assert kind.note.lower() in texts.lower(), told
    assert told[0].statement, told
    row = next(row for row in summaries(stored) if row.name == "x")
    assert not row.durable and row.note, row


def check(kinds: Iterable[Kind], folder: Path) -> dict[str, str]:
    """Restore each kind's workspace and check it; gives name to what went wrong."""
    database = _open(folder)
    with database.transaction() as connection:
        root = connection.root()
        saved = {kind.name: read_saved(root[kind.name]) for kind in kinds if kind.name in root}
    database.close()
    failures = {kind.name: _failure(lambda kind=kind: _check(kind, saved.get(kind.name), folder)) for kind in kinds}
    return {name: failure for name, failure in failures.items() if failure}


def _check(kind: Kind, saved: Any, folder: Path) -> None:
    assert saved is not None, "it was not stored"
    workspace = Workspace(_job_id(kind), saved)
    if kind.promise == "lost":
        _check_lost(kind, workspace.namespace["x"])
        return
    _evaluate(kind.check.replace("@@", str(folder)), workspace.namespace)


def _check_lost(kind: Kind, value: Any) -> None:
    """At least one use of the variable says what it was; nothing pretends to be the value."""
    told = []
    for use in USES:
        try:
            use(value)
        except LostValueError as error:
            told.append(str(error))
        except Exception as error:
            raise AssertionError(f"another error than the clear one: {error!r}") from error
    assert len(told) == len(USES), f"only {len(told)} uses of {value!r} say that it is lost"
    assert told[0].startswith("x") and "made by: " in told[0], told[0]


def _evaluate(text: str, namespace: dict[str, Any]) -> None:
    """An expression must be true; of statements, a first line that is an expression must be."""
    body = ast.parse(text).body
    first = body[0]
    if isinstance(first, ast.Expr):
        value = eval(compile(ast.Expression(first.value), "<check>", "eval"), namespace)
        assert value or _is_call(first.value), f"{ast.unparse(first)} is {value!r}"
        body = body[1:]
    exec(compile(ast.Module(body, []), "<check>", "exec"), namespace)


def _is_call(node: ast.expr) -> bool:
    """Calls are made for what they do; comparisons and the like must be true."""
    return isinstance(node, ast.Call)


def _failure(work: Callable[[], None]) -> str:
    try:
        work()
    except BaseException:
        return traceback.format_exc()
    return ""


def _job_id(kind: Kind) -> str:
    return f"kind{list(KINDS).index(kind.name)}"


def _open(folder: Path) -> Any:
    storage = BlobStorage(str(folder / "blobs"), FileStorage(str(folder / "kinds.fs")))
    return ZODB.DB(storage)


def main() -> None:
    """Do one half for the kinds named in ``FOLDER/names.json``; writes what failed to ``FOLDER/HALF.json``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("half", choices=("make", "check"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # what is left open on purpose
    kinds = [KINDS[name] for name in json.loads((options.folder / "names.json").read_text())]
    failures = (make if options.half == "make" else check)(kinds, options.folder)
    transaction.abort()
    (options.folder / f"{options.half}.json").write_text(json.dumps(failures))


if __name__ == "__main__":
    main()
