"""The routes while a worker runs jobs on the same store: tables, questions to a person, calls that were cut off."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.tool import tool
from statek_jupyter.store import JobHandle, Store
from tests.engine.scripted import define
from tests.server.running import RunningServer
from tests.server.test_live import add_turn
from tests.views.jobs import long_job
from tests.waiting import eventually

ROWS = """```python
import numpy as np
import pandas as pd
frame = pd.DataFrame({"town": [f"town {n}" for n in range(300)], "sales": range(300)})
cube = np.arange(24).reshape(2, 3, 4)
held = {"frame": frame}
```"""
ASKS = "```python\ncolour = ask_human('Which colour?', options=['red', 'blue'])\n```"
CUT_OFF = "```python\ndef f():\n    rows = rows_of(); external_event('on')\n    return list(rows)\nout = f()\n```"


@tool
def rows_of() -> Any:
    """Give something that cannot be kept, so that nobody knows it later."""
    return (n for n in range(3))


def command(server: RunningServer, job: JobHandle, **body: Any) -> int:
    """The status of the answer to a command."""
    return server.ask("POST", f"/jobs/{job.id}/commands", json=body).status_code


@pytest.mark.timeout(120)
def test_frames_and_arrays_are_read_a_window_at_a_time(server: RunningServer, shared: Store) -> None:
    """By rows and columns, inside a container too, earlier turns; a cube has all but its last dimension as rows."""
    job = shared.submit(define([ROWS, "```python\nframe = frame.head(2)\n```", "Done."]), message="Begin.")
    with Worker(shared):
        assert job.wait(60).result == "Done."

    def grid(name: str, **where: Any) -> Any:
        window = {"name": name, "path": "", "row": 0, "column": 0, **where}
        return server.get(f"/jobs/{job.id}/grid", params=window)["grid"]

    now, then = grid("frame"), grid("frame", turn=1, row=290, column=1)
    assert (now["total_rows"], now["total_columns"]) == (2, 2)
    assert [column["name"] for column in then["columns"]] == ["sales"] and then["total_rows"] == 300
    assert [row["cells"] for row in then["rows"]] == [[str(n)] for n in range(290, 300)]
    assert grid("held", path="0")["rows"][0]["cells"] == ["town 0", "0"]
    cube = grid("cube")
    assert (cube["total_rows"], cube["rows"][3]) == (6, {"name": "1, 0", "cells": ["12", "13", "14", "15"]})
    assert grid("held") is None


@pytest.mark.timeout(120)
def test_a_question_is_answered_through_the_route(server: RunningServer, shared: Store) -> None:
    """The view holds it, only an offered answer is taken, and the code gets it."""
    job = shared.submit(define([ASKS, "Done."]), message="Begin.")
    with Worker(shared):
        question = eventually(lambda: server.get(f"/jobs/{job.id}")["view"]["question"])
        assert (question["text"], question["options"]) == ("Which colour?", ["red", "blue"])
        assert command(server, job, command="answer", question=question["id"], text="green") == 400
        assert command(server, job, command="answer", question=question["id"], text="blue", option=1) == 202
        assert job.wait(60).locals["colour"] == "blue"
    assert command(server, job, command="answer", question=question["id"], text="red") == 409
    assert server.get(f"/jobs/{job.id}")["view"]["question"] is None


@pytest.mark.timeout(120)
def test_a_call_that_was_cut_off_is_resolved_through_the_route(server: RunningServer, shared: Store) -> None:
    """A person says that it failed, and the code is told so; a call nobody asks about is refused."""
    job = shared.submit(define([CUT_OFF, "Done."], tools=[rows_of]), message="Begin.")
    with Worker(shared):
        eventually(lambda: job.awaiting == "the event 'on'")
        shared.complete("on", 1)
        (unknown,) = eventually(lambda: server.get(f"/jobs/{job.id}")["view"]["unknown_calls"])
        assert unknown["text"].startswith("rows_of(")
        assert command(server, job, command="resolve", call="7.7.7", outcome="again") == 409
        told = {"outcome": "failed", "text": "the printer was off"}
        assert command(server, job, command="resolve", call=unknown["id"], **told) == 202
        assert job.wait(60).result == "Done."
    assert "the printer was off" in json.dumps(server.get(f"/jobs/{job.id}")["view"]["items"])


@pytest.mark.timeout(120)
async def test_a_new_entry_costs_as_many_bytes_in_a_long_log_as_in_a_short_one(
    server: RunningServer, shared: Store
) -> None:
    """What is sent for one more entry does not grow with the entries before it."""
    sent = {}
    for turns in (10, 10_000):
        job = long_job(turns)
        with shared.transaction() as root:
            root.add(job)
        client = await server.connect()
        await client.send(type="follow", key="a", job=job.id)
        await client.next("full")
        await asyncio.to_thread(add_turn, shared, shared.job(job.id or ""), turns + 1)
        change = await client.next("delta")
        assert [item["number"] for item in change["delta"]["items"]["put"]] == [turns + 1]
        sent[turns] = len(json.dumps(change))
        await client.close()
    assert sent[10_000] < sent[10] + 60, "the numbers in it are some digits longer"
