"""What programs print that a job starts is the job's output, in its place."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.sink import Sink
from statek_jupyter.engine.streams import install_output
from statek_jupyter.store import Store
from tests.engine.scripted import define, outputs
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("store", ["memory:"], indirect=True)

CODE = """```python
import asyncio, os, subprocess, sys
print("before")
subprocess.run(["sh", "-c", "echo out; echo err >&2"], check=True)
print("between")
subprocess.check_call("echo shell", shell=True)
subprocess.call(["echo", "given"], stdout=sys.stdout, stderr=subprocess.STDOUT)
process = await asyncio.create_subprocess_exec("echo", "async")
await process.wait()
print(subprocess.check_output(["echo", "captured"], text=True), end="")
subprocess.run(["echo", "nothing"], stdout=subprocess.DEVNULL)
print("after")
```"""


PRINTED = ["before", "out", "between", "shell", "given", "captured", "after"]


def test_programs_print_to_the_job(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    """Between what the code prints before and after; what the code captures or throws away stays its own."""
    handle = run(define([CODE, "Done."]), store=store, timeout=30)
    kinds = [(o.kind, o.text) for o in next(iter(handle.chat_log)).outputs]
    text = "".join(text for kind, text in kinds if kind == "stdout")
    assert [line for line in text.splitlines() if line != "async"] == PRINTED and "async\n" in text
    assert ("stderr", "err\n") in kinds
    assert capfd.readouterr() == ("", "")


def test_a_program_that_cannot_start_leaves_nothing_open(store: Store) -> None:
    """Neither pipe nor thread."""
    open_before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    lines = "import subprocess\nfor _ in range(20):\n    try: subprocess.run(['/no/such'])\n    except OSError: pass"
    handle = run(define([f"```python\n{lines}\n```", "Done."]), store=store, timeout=30)
    assert outputs(handle) == ""
    if open_before:
        eventually(lambda: len(os.listdir("/proc/self/fd")) <= open_before + 10)


def test_a_program_left_in_the_background_holds_nobody_up(store: Store) -> None:
    """What it has started keeps the pipe; the code goes on after a second."""
    install_output()
    sink = Sink()
    token = sink.activate()
    try:
        began = time.monotonic()
        subprocess.run(["sh", "-c", "echo now; sleep 30 & echo $!"], check=True)
        assert time.monotonic() - began < 10
        now, pid = "".join(output.text for output in sink.take()).split()
    finally:
        sink.deactivate(token)
    os.kill(int(pid), 9)
    assert now == "now"


def test_programs_of_the_user_are_left_alone(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    """They print where the process prints; positions of arguments count as ever."""
    install_output()
    subprocess.run([sys.executable, "-c", "print('mine')"], check=True)
    process = subprocess.Popen(["echo", "piped"], -1, None, None, subprocess.PIPE)
    assert process.communicate() == (b"piped\n", None)
    assert capfd.readouterr().out == "mine\n"
