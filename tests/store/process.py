"""What the other processes of the store's tests do: ``python -m tests.store.process ROLE WHERE …``.

Every role prints what it has done, one fact a line, flushed at once, so that a killed process has said all it did.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.job import JobStatus
from statek_jupyter.executors.journal import CallAnswer
from statek_jupyter.store import heartbeat, open_store, server_presence
from statek_jupyter.store.root import Root
from tests.store.jobs import definition

ROOT = Path(__file__).resolve().parents[2]


def start(role: str, where: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process in a role, its output as text lines."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.process", role, where, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """The first thing a process says; fails with its errors when it ends without a word."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line, process.communicate(timeout=20)[1]
    return line


def tell(process: subprocess.Popen[str], line: str) -> None:
    """What a process in a role reads from its standard input."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def say(*facts: object) -> None:
    os.write(1, (" ".join(map(str, facts)) + "\n").encode())


def load(where: str, jobs: str) -> None:
    """Submit jobs, walk each through its life, query in between, and write into a job that everybody writes into."""
    store = open_store(where)
    say("open")
    shared = sys.stdin.readline().strip()
    statuses = (JobStatus.STARTED, JobStatus.SUSPENDED, JobStatus.STARTED, JobStatus.DONE)
    for number in range(int(jobs)):
        handle = store.submit(definition(f"agent {number % 3}"), message="go", parent=shared)
        for status in statuses:
            store.run(partial(_step, job_id=handle.id, status=status))
        store.job(shared).send(f"{os.getpid()} {number}")
        store.run(lambda root: _count(root, shared))
        assert handle in store.jobs(status=JobStatus.DONE, limit=100_000)
        assert handle.status is JobStatus.DONE
        say(handle.id)
    store.close()


def _step(root: Root, job_id: str, status: JobStatus) -> None:
    job = root.job(job_id)
    job.chat_log.append(LLM_LogItem("x = 1"))
    job.set_status(status)
    job.touch()


def _count(root: Root, job_id: str) -> None:
    root.job(job_id).touch()


def create(where: str, start_at: str) -> None:
    """Open the store at a given moment together with others, and put one job in."""
    import statek_jupyter.store.database  # noqa: F401  (imports before the race)

    while time.time() < float(start_at):
        time.sleep(0.001)
    with open_store(where) as store:
        say(store.submit(definition()).id)


def append(where: str, job_id: str) -> None:
    """Append to one job's chat log for ever; says each number once its commit is acknowledged."""
    store = open_store(where)
    sizes = random.Random(os.getpid())
    say("ready")
    while True:
        text = os.urandom(sizes.choice((50, 1_500, 30_000))).hex()
        say(store.run(partial(_append, job_id=job_id, text=text)))


def _append(root: Root, job_id: str, text: str) -> int:
    job = root.job(job_id)
    job.chat_log.append(LLM_LogItem(text, turn=len(job.chat_log) + 1))
    job.set_status(JobStatus.STARTED if len(job.chat_log) % 5 else JobStatus.SUSPENDED)
    job.touch()
    if len(job.chat_log) % 7 == 0:
        _attach_blob(job, text)
    return len(job.chat_log)


def _attach_blob(job: object, text: str) -> None:
    from ZODB.blob import Blob

    blob = Blob()
    with blob.open("w") as file:
        file.write(text.encode())
    vars(job)["test_blob"] = (blob, text[:64])


def pack(where: str) -> None:
    """Make something to drop and pack, for ever."""
    store = open_store(where)
    while True:
        store.submit(definition(), locals={"gone": os.urandom(200_000)}).delete()
        say("packing")
        store.pack(keep_days=0)


def backup(where: str, folder: str) -> None:
    """Make one backup after the other."""
    store = open_store(where)
    for number in range(1_000_000):
        say("copying")
        store.backup(Path(folder) / f"{os.getpid()}-{number}")


def hold(where: str) -> None:
    """Open the store, tell the presence id, and keep it open until told to end."""
    with open_store(where) as store:
        say(store.presence.id)
        sys.stdin.readline()


def answer(where: str, job_id: str, call: str) -> None:
    """Answer a call of a job that does not wait yet."""

    def write(root: Root) -> None:
        journal = root.job(job_id).journal
        assert journal is not None
        journal.answers[call] = CallAnswer(False)

    with open_store(where) as store:
        store.run(write)
        say("completed")


def commit_slowly(where: str) -> None:
    """Be in the middle of a commit until told to end."""
    from statek_jupyter.store.file_lock import FileLock

    FileLock(Path(where) / "commit.lock").acquire()
    say(os.getpid())
    sys.stdin.readline()


def submit(where: str) -> None:
    """Submit a job, as a process that has as many workers as the first line says; stay until told to end."""
    with open_store(where) as store:
        say("open")
        store.presence.serve(int(sys.stdin.readline()))
        handle = store.submit(definition())
        say(handle.id)
        sys.stdin.readline()


def busy(where: str) -> None:
    """Open the store, tell the presence id, and stay in one call into C that never lets another thread run."""
    import re

    with open_store(where) as store:
        say(store.presence.id)
        re.match(r"(a+)+$", "a" * 40 + "b")


def complete(where: str, name: str) -> None:
    """Complete an event."""
    with open_store(where) as store:
        store.complete(name)
        say("completed")


def interrupted(where: str, job_id: str) -> None:
    """Commit while another thread sends SIGINT again and again; say what was known of each commit."""
    import signal
    import threading

    from statek_jupyter.store.commit_tasks import CommitInterrupted

    store = open_store(where)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    over = threading.Event()

    def storm() -> None:
        while not over.wait(random.uniform(0.0005, 0.01)):
            os.kill(os.getpid(), signal.SIGINT)

    committed, interrupts = set(), 0
    thread = threading.Thread(target=storm)
    thread.start()
    number = 0
    while interrupts < 150:
        try:
            number += 1
            committed.add(store.run(partial(_note, job_id=job_id, number=number)))
        except CommitInterrupted as interrupt:
            interrupts += 1
            if interrupt.committed:
                committed.add(interrupt.result)
        except KeyboardInterrupt:
            interrupts += 1  # between two commits: outside of what the store can catch
    _quietly(over.set)
    _quietly(thread.join)
    found = store.job(job_id).read(lambda job: {entry for entry in job.chat_log if isinstance(entry, str)})
    say("unknown", len(found - {str(one) for one in committed}), "lost", len({str(one) for one in committed} - found))
    say("commits", len(found), "verified", store.verify().ok)
    store.close()


def _note(root: Root, job_id: str, number: int) -> int:
    root.job(job_id).chat_log.append(str(number))
    return number


def _quietly(act: Callable[[], object]) -> None:
    while True:
        try:
            act()
            return
        except KeyboardInterrupt:
            continue


ROLES: dict[str, Callable[..., None]] = {
    "load": load,
    "create": create,
    "append": append,
    "pack": pack,
    "backup": backup,
    "hold": hold,
    "busy": busy,
    "submit": submit,
    "commit_slowly": commit_slowly,
    "answer": answer,
    "complete": complete,
    "interrupted": interrupted,
}

if __name__ == "__main__":
    for module in (heartbeat, server_presence):
        module.BEAT_SECONDS = float(os.environ.get("TEST_BEAT_SECONDS", module.BEAT_SECONDS))
    ROLES[sys.argv[1]](*sys.argv[2:])
