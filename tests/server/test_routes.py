"""The routes: what they answer, whom they refuse, and how they tell a mistake."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import Output
from statek_jupyter.executors.inbox import Message, StopRequest
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.store import JobHandle, Store
from tests.server.described import NOBODY
from tests.server.running import RunningServer
from tests.views.jobs import turn

AGENT = Agent("analyst", metadata={"MODEL": "scripted/none"})


def submit(store: Store, name: str, message: str = "Which region?") -> JobHandle:
    return store.submit(JobDef(AGENT), name=name, message=message)


def test_a_job_is_told_as_the_views_read_it(server: RunningServer, shared: Store) -> None:
    """The view of a job has its name, status and chat log; its id is found in any letter case."""
    job = submit(shared, "told")
    for id in (job.id, job.id.upper()):
        view = server.get(f"/jobs/{id}")["view"]
        assert (view["id"], view["name"], view["status"]) == (job.id, "told", "READY")
        assert view["format"] == "statek.job.v1"


def test_the_list_is_filtered_searched_and_paged(server: RunningServer, shared: Store) -> None:
    """Newest first; by status, agent and text; a page at a time, with counts of all."""
    jobs = [submit(shared, f"paged {n}", message=f"needle{n}") for n in range(5)]
    first = server.get("/jobs", params={"limit": 2})
    assert [row["id"] for row in first["rows"]] == [jobs[4].id, jobs[3].id]
    assert first["more"] and first["counts"]["READY"] >= 5
    second = server.get("/jobs", params={"limit": 2, "after": jobs[3].id})
    assert [row["id"] for row in second["rows"]] == [jobs[2].id, jobs[1].id]
    found = server.get("/jobs", params={"text": "NEEDLE1", "status": ["READY", "DONE"], "agent": "analyst"})
    assert [row["name"] for row in found["rows"]] == ["paged 1"] and not found["more"]
    assert server.get("/jobs", params={"status": "SUSPENDED"})["rows"] == []


def test_what_was_spent_since_a_moment_is_added_up(server: RunningServer, shared: Store) -> None:
    """Calls from the moment on, of all jobs; what was before it does not count, and a wrong moment is refused."""
    before = server.get("/spent", params={"since": 0})
    call = CallUsage("m", cost_usd=Decimal("0.001"), cost_source="registered")
    with shared.transaction() as root:
        for year in (2001, 2300, 2301):
            root.note_spent(call, datetime(year, 1, 1, tzinfo=UTC))
    moment = int(datetime(2299, 1, 1, tzinfo=UTC).timestamp() * 1000)
    assert server.get("/spent", params={"since": moment}) == {"cost_usd": "0.002", "unknown_cost_calls": 0}
    after = server.get("/spent", params={"since": 0})
    assert Decimal(after["cost_usd"]) - Decimal(before["cost_usd"]) == Decimal("0.003")
    assert server.ask("GET", "/spent", params={"since": "yesterday"}).status_code == 400


def test_entries_and_outputs_are_read_in_stretches(server: RunningServer, shared: Store) -> None:
    """A range of the chat log, and any stretch of a long output."""
    job = submit(shared, "long")
    with shared.transaction() as root:
        root.job(job.id).chat_log.append(turn(1, "loop()", Output("stdout", "x" * 300_000)))
        last = len(root.job(job.id).chat_log) - 1
    items = server.get(f"/jobs/{job.id}/items", params={"start": 0, "stop": 1000})["items"]
    assert [item["id"] for item in items] == list(range(last + 1))
    output = server.get(f"/jobs/{job.id}/output", params={"item": last, "index": 0, "start": 250_000})["output"]
    assert (output["start"], output["total"], output["text"]) == (250_000, 300_000, "x" * 50_000)
    gone = server.ask("GET", f"/jobs/{job.id}/output", params={"item": last, "index": 7, "start": 0})
    assert gone.status_code == 404


def test_commands_go_into_the_inbox(server: RunningServer, shared: Store) -> None:
    """Once it has answered, the message or the stop is in the store; the same key is not done twice."""
    job = submit(shared, "asked")
    before = len(job.read(lambda job: job.inbox.pending()))
    for body in (
        {"command": "send", "text": "Hello"},
        {"command": "stop", "key": "k"},
        {"command": "stop", "key": "k"},
    ):
        answer = server.ask("POST", f"/jobs/{job.id}/commands", json=body)
        assert answer.status_code == 202, answer.text
    pending = job.read(lambda job: job.inbox.pending())[before:]
    assert [type(message) for message in pending] == [Message, StopRequest]
    assert pending[0].text == "Hello"


def test_a_job_is_deleted(server: RunningServer, shared: Store) -> None:
    """It is gone from the store, and another delete finds nothing."""
    job = submit(shared, "unwanted")
    assert server.ask("DELETE", f"/jobs/{job.id}").status_code == 204
    assert server.ask("DELETE", f"/jobs/{job.id}").status_code == 404
    assert job.id not in [other.id for other in shared.jobs()]


def test_a_job_that_runs_is_not_deleted(server: RunningServer, shared: Store) -> None:
    """A worker that is alive holds it: a conflict, told in words."""
    from statek_jupyter.executors.job import Lease

    job = submit(shared, "held")
    with shared.transaction() as root:
        root.job(job.id).lease = Lease(shared.presence.id, 1)
    answer = server.ask("DELETE", f"/jobs/{job.id}")
    assert answer.status_code == 409
    assert "stop it first" in answer.json()["message"]


WRONG: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", f"/jobs/{NOBODY}", {}, 404),
    ("GET", "/jobs/%3Cscript%3E", {}, 404),
    ("GET", f"/jobs/{NOBODY}/items", {"params": {"start": 0, "stop": 5}}, 404),
    ("GET", f"/jobs/{NOBODY}/items", {"params": {"start": "x", "stop": 5}}, 400),
    ("GET", f"/jobs/{NOBODY}/items", {}, 400),
    ("GET", f"/jobs/{NOBODY}/output", {"params": {"item": -1, "index": 0, "start": 0}}, 400),
    ("GET", "/jobs", {"params": {"limit": 0}}, 400),
    ("GET", "/jobs", {"params": {"limit": 501}}, 400),
    ("GET", "/jobs", {"params": {"status": "GONE"}}, 400),
    ("GET", "/jobs", {"params": {"colour": "red"}}, 400),
    ("GET", "/jobs", {"params": {"after": "nothing"}}, 404),
    ("GET", "/jobs", {"params": {"text": "x" * 201}}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"json": {"command": "stop"}}, 404),
    ("POST", f"/jobs/{NOBODY}/commands", {"json": {"command": "explode"}}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"json": ["stop"]}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"json": {"command": "send", "text": "  "}}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"json": {"command": "send", "text": 5}}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"content": "not json"}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"content": b"\xff\xfe"}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"content": "[" * 500_000}, 400),
    ("POST", f"/jobs/{NOBODY}/commands", {"content": "1" * 1_100_000}, 413),
    ("DELETE", f"/jobs/{NOBODY}", {}, 404),
    ("PUT", f"/jobs/{NOBODY}", {}, 405),
    ("POST", "/jobs", {"json": {}}, 405),
]


@pytest.mark.parametrize(("verb", "path", "options", "status"), WRONG)
def test_a_mistake_is_told_in_json(
    server: RunningServer, verb: str, path: str, options: dict[str, Any], status: int
) -> None:
    """Every problem has the status that names it and a line for the person; no traceback, no page."""
    answer = server.ask(verb, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["message"] and "Traceback" not in answer.text


def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """The server starts all the same; each request says what is wrong with the store."""
    (tmp_path / "file").write_text("this is no store")
    with RunningServer(tmp_path, tmp_path / "file") as server:
        answer = server.ask("GET", "/jobs")
        assert answer.status_code in (400, 503)
        assert "file" in answer.json()["message"]
