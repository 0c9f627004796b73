"""A process that never ran a job's statements: restores variables and checks them, each time in a fork of its own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from statek_jupyter.store.locals import SavedLocals, Workspace

ROOT = Path(__file__).parents[3]


class Restorer:
    """The process, seen from a test."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "saved.pickle"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.locals.restorer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def check(self, saved: SavedLocals, code: str) -> None:
        """Run `code` in the restored namespace.

        Raises:
            AssertionError: It raised; the text is its traceback.
        """
        self._path.write_bytes(pickle.dumps(saved))
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps([str(self._path), code]), file=self._process.stdin, flush=True)
        failure = json.loads(self._process.stdout.readline())
        assert not failure, failure

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def _run(path: str, code: str) -> str:
    try:
        workspace = Workspace("test", pickle.loads(Path(path).read_bytes()))
        exec(compile(code, "<check>", "exec"), workspace.namespace)
    except BaseException:
        return traceback.format_exc()
    return ""


def _answer(path: str, code: str) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with open(writing, "w") as file:
            file.write(_run(path, code))
        os._exit(0)
    os.close(writing)
    with open(reading) as file:
        failure = file.read()
    _, status = os.waitpid(child, 0)
    return failure or (f"the process ended with status {status}" if status else "")


def main() -> None:
    """Answer one request per line: a JSON pair of file and code; the answer is the failure, or an empty text."""
    for line in sys.stdin:
        request: Any = json.loads(line)
        print(json.dumps(_answer(*request)), flush=True)


if __name__ == "__main__":
    main()
