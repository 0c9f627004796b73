"""The live connection: a snapshot, then every change in sequence, and nothing lost over a gap."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from tornado.httpclient import HTTPClientError

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.views.delta import apply
from tests.server.described import NOBODY
from tests.server.running import ROOT, TOKEN, Client, RunningServer
from tests.server.test_routes import submit
from tests.views.jobs import turn


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[Client]:
    """A live connection."""
    opened = await server.connect()
    yield opened
    await opened.close()


def add_turn(store: Store, job: JobHandle, number: int) -> None:
    """What a worker does to a job, shortened."""
    with store.transaction() as root:
        stored = root.job(job.id)
        stored.chat_log.append(turn(number, f"x = {number}"))
        stored.touch()


async def view_with(client: Client, view: Any, version: int, turns: int) -> tuple[Any, int]:
    """The view after the changes that bring it to so many entries; each must follow the one before."""
    while view["total_items"] < turns:
        message = await client.next("delta")
        assert message["base"] == version
        view, version = apply(view, message["delta"]), message["version"]
    return view, version


async def test_a_job_is_followed_change_by_change(server: RunningServer, shared: Store, client: Client) -> None:
    """What the changes make of the snapshot is what the job is."""
    job = submit(shared, "followed")
    await client.send(type="follow", key="a", job=job.id)
    full = await client.next()
    assert (full["type"], full["key"], full["view"]["name"]) == ("full", "a", "followed")
    start = full["view"]["total_items"]
    for number in range(1, 4):
        await asyncio.to_thread(add_turn, shared, job, number)
    view, _ = await view_with(client, full["view"], full["version"], start + 3)
    assert view == server.get(f"/jobs/{job.id}")["view"]


async def test_a_gap_is_made_up_for(server: RunningServer, shared: Store, client: Client) -> None:
    """Who comes back with the version they have gets only what they missed; from another server, everything."""
    job = submit(shared, "interrupted")
    epoch = (await client.next("heartbeat"))["epoch"]
    await client.send(type="follow", key="a", job=job.id)
    full = await client.next("full")
    start = full["view"]["total_items"]
    await client.close()
    for number in range(1, 4):
        await asyncio.to_thread(add_turn, shared, job, number)
    again = await server.connect()
    await again.send(type="follow", key="b", job=job.id, epoch=epoch, have=full["version"])
    assert (await again.next())["type"] == "same"
    view, version = await view_with(again, full["view"], full["version"], start + 3)
    assert view["total_items"] == start + 3
    await again.send(type="follow", key="c", job=job.id, epoch="another", have=version)
    assert (await again.next("full"))["key"] == "c"
    await again.send(type="follow", key="d", job=job.id, epoch=epoch, have=version + 50)
    assert (await again.next("full", "same"))["type"] == "full"
    await again.close()


async def test_a_list_is_followed(server: RunningServer, shared: Store, client: Client) -> None:
    """New jobs appear, changed ones change, and those that do not match any more go."""
    question = {"text": "listed", "status": ["READY"], "limit": 10}
    await client.send(type="follow", key="list", jobs=question)
    assert (await client.next("full"))["view"]["rows"] == []
    job = submit(shared, "listed")
    appeared = await client.next("delta")
    assert [row["name"] for row in appeared["delta"]["rows"]["put"]] == ["listed"]
    with shared.transaction() as root:
        root.job(job.id).set_status(JobStatus.DONE)
        root.job(job.id).touch()
    gone = await client.next("delta")
    assert gone["delta"]["rows"]["drop"] == [job.id]


async def test_an_unknown_job_is_told_apart(client: Client) -> None:
    """A job that is not in this store is said to be gone, which is no problem of the connection."""
    await client.send(type="follow", key="a", job=NOBODY)
    assert await client.next() == {"key": "a", "type": "gone"}


async def test_a_deleted_job_says_so(server: RunningServer, shared: Store, client: Client) -> None:
    """Its last change is an error that says it was deleted."""
    job = submit(shared, "short")
    await client.send(type="follow", key="a", job=job.id)
    await client.next("full")
    await asyncio.to_thread(job.delete)
    assert "deleted" in (await client.next("delta"))["delta"]["set"]["error"]["message"]


async def test_leaving_ends_the_news(shared: Store, client: Client) -> None:
    """After leaving one key its changes do not come any more; those of another key do."""
    job = submit(shared, "left")
    for key in ("a", "b"):
        await client.send(type="follow", key=key, job=job.id)
        await client.next("full")
    await client.send(type="leave", key="a")
    await client.send(type="follow", key="c", job=job.id)
    await client.next("full")
    await asyncio.to_thread(add_turn, shared, job, 1)
    assert {(await client.next("delta"))["key"] for _ in range(2)} == {"b", "c"}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "follow", "key": "a"},
        {"type": "follow", "key": "a", "job": "<script>"},
        {"type": "follow", "key": "a", "jobs": {"limit": 0}},
        {"type": "follow", "key": "a", "jobs": {"status": [5]}},
        {"type": "stop", "key": "a", "job": NOBODY},
        {"type": "follow", "key": 5, "job": NOBODY},
        {"type": "follow", "key": "a", "job": NOBODY, "more": "x" * 20_000},
    ],
)
async def test_a_wrong_message_is_answered_in_words(client: Client, message: dict[str, Any]) -> None:
    """The connection goes on."""
    await client.send(**message)
    assert (await client.next())["type"] == "problem"
    await client.send(type="follow", key="a", job=NOBODY)
    assert (await client.next())["type"] == "gone"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "token wrong"},
        {"Cookie": "username-127-0-0-1=made-up", "Origin": "https://elsewhere.example"},
    ],
)
async def test_strangers_get_no_connection(server: RunningServer, headers: dict[str, str]) -> None:
    """Without a log-in, and from another site, the connection is refused."""
    with pytest.raises(HTTPClientError) as refused:
        await server.connect(headers)
    assert cast(Any, refused.value).code == 403


async def test_who_may_not_read_gets_no_connection(server: RunningServer) -> None:
    """The authoriser is asked before the connection begins."""
    with pytest.raises(HTTPClientError) as refused:
        await server.connect({"Authorization": f"token {TOKEN}", "X-Refuse": "read"})
    assert cast(Any, refused.value).code == 403


async def test_fifty_pages_stay_live(server: RunningServer, shared: Store) -> None:
    """Fifty connections that follow one job and the list all get each change."""
    job = submit(shared, "popular")
    clients = [await server.connect() for _ in range(50)]
    for client in clients:
        await client.send(type="follow", key="job", job=job.id)
        await client.send(type="follow", key="list", jobs={"limit": 5})
        assert {(await client.next("full"))["key"] for _ in range(2)} == {"job", "list"}
    await asyncio.to_thread(add_turn, shared, job, 1)
    for client in clients:
        message = await client.next("delta")
        while message["key"] != "job":
            message = await client.next("delta")
        assert message["delta"]["items"]["put"][0]["code"] == "x = 1"
        await client.close()


@pytest.mark.timeout(120)
async def test_a_worker_that_is_killed_is_told_of_and_followed_by_another(
    server: RunningServer, shared: Store, client: Client, tmp_path: Path
) -> None:
    """Who follows the job learns that nobody runs it, although nobody commits that, and that it goes on."""
    go = tmp_path / "go"
    waits = f"while not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.01)"
    code = f"import pathlib, time\n{waits}\nexit(7)"
    job = shared.submit(JobDef(Agent("a", metadata={"MODEL": "human"}), warmup_code=code))
    where = {**os.environ, "STATEK_STORE": str(server.store)}
    command = [sys.executable, "-m", "statek_jupyter", "worker"]
    worker = subprocess.Popen(command, cwd=ROOT, env=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await client.send(type="follow", key="a", job=job.id)
        message = await client.next("full")
        view, version = message["view"], message["version"]

        async def until(is_so: Callable[[Any], bool]) -> Any:
            nonlocal view, version
            while not is_so(view):
                change = await client.next("delta")
                assert change["base"] == version
                view, version = apply(view, change["delta"]), change["version"]

        await until(lambda now: now["worker"] is not None and now["worker"]["alive"])
        worker.kill()
        await until(lambda now: not now["worker"]["alive"])
        go.touch()
        with Worker(shared):
            await until(lambda now: now["status"] == "DONE")
        assert view["result"] == "7"
    finally:
        worker.kill()
        worker.wait(10)
