"""A job whose process is killed again and again ends exactly like one that was left alone."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.executors.chat_log import ChatLogItem, LLM_LogItem
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.store import JobHandle, Store, open_store
from tests.kill import scripted_job


def outcome(handle: JobHandle) -> dict[str, Any]:
    """Everything of a finished job that must not depend on how often it was killed."""
    values = {name: value for name, value in handle.locals.items() if isinstance(value, list | int | float | tuple)}
    account = handle.read(account_facts)
    return {"locals": values, "account": account, "console": handle.console, "chat": handle.read(chat_facts)}


def account_facts(job: Job) -> tuple[Any, ...]:
    """An instance of the job's class, an alias into it, and its functions."""
    values = job.py_env.local_state
    account, history = values["account"], values["history"]
    steps = [values[f"step_{turn}"](10) for turn in range(1, scripted_job.TURNS)]
    shared = values["alias"][0] is values["rows"][0]
    return account.balance, account.fee, history == account.seen, history is account.seen, steps, shared


def chat_facts(job: Job) -> list[tuple[Any, ...]]:
    """The chat log without times and attempts."""
    return [_item_facts(item) for item in job.chat_log if isinstance(item, ChatLogItem)]


def _item_facts(item: ChatLogItem) -> tuple[Any, ...]:
    outputs = [(output.kind, output.text, output.statement) for output in _merged(item)]
    reply = (item.turn, item.reply_text, item.final) if isinstance(item, LLM_LogItem) else ()
    return type(item).__name__, item.executed, outputs, str(item.error), reply


def _merged(item: ChatLogItem) -> list[Any]:
    return [output for output in item.outputs if output.text]


def kill_until_done(where: str, moments: random.Random, kills: int) -> int:
    """Start workers and kill each at a random moment until the store's jobs are done; how many were killed."""
    done = 0
    while done < kills:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.scripted_job", where], stdout=subprocess.PIPE, text=True
        )
        with worker:
            assert worker.stdout is not None and worker.stdout.readline() == "working\n"
            time.sleep(moments.uniform(0.0, 0.6))  # the moment of death is what is drawn, not a wait for something
            worker.kill()
            alive = worker.wait() == 0
        if alive:
            return done
        done += 1
    subprocess.run([sys.executable, "-m", "tests.kill.scripted_job", where], check=True, stdout=subprocess.DEVNULL)
    return done


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How the job ends when nobody kills it."""
    scripted_job.register()
    with open_store(str(tmp_path_factory.mktemp("kill") / "calm")) as store:
        handle = run(scripted_job.submit(store), timeout=120)
        assert handle.result == "All done." and handle.turns == scripted_job.TURNS
        return outcome(handle)


def check_kills(folder: Path, undisturbed: dict[str, Any], kills: int, seed: int) -> None:
    """Kill `kills` times, over as many jobs as that takes, and compare each job's end."""
    moments = random.Random(seed)
    done = jobs = 0
    while done < kills:
        where = str(folder / f"store {jobs}")
        with open_store(where) as store:
            job_id = scripted_job.submit(store).id
        done += kill_until_done(where, moments, min(8, kills - done))
        jobs += 1
        with open_store(where) as store:
            check_end(store, store.job(job_id), undisturbed)
        print(f"{done} kills, {jobs} jobs ended as undisturbed ones", flush=True)


def check_end(store: Store, handle: JobHandle, undisturbed: dict[str, Any]) -> None:
    """The job is done, is what it would have been, and its store is sound."""
    assert (handle.status, handle.result, handle.error) == (JobStatus.DONE, "All done.", None)
    assert handle.turns == handle.usage.num_calls == scripted_job.TURNS
    found = outcome(handle)
    for part, expected in undisturbed.items():
        assert found[part] == expected, part
    report = store.verify()
    assert report.ok, report


@pytest.mark.kill
@pytest.mark.timeout(120)
def test_a_job_survives_kills(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    """The short variant: eight kills at fixed random moments."""
    check_kills(tmp_path, undisturbed, kills=8, seed=1)


@pytest.mark.kill
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_job_survives_two_hundred_kills(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    """The whole test, for `make kill-test`; the moments differ from run to run, the seed is printed."""
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    check_kills(tmp_path, undisturbed, kills=200, seed=seed)
