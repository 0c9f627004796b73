"""Reading a job into its JSON form."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import get_type_hints

import pytest

from statek_jupyter.executors.chat_log import Attempt, CodeError, LLM_LogItem, Output, SystemLogItem, UserLogItem
from statek_jupyter.executors.code_block import CallSpec, CodeBlock
from statek_jupyter.executors.job import JobDefError, JobStatus
from statek_jupyter.executors.usage import CallUsage, LLM_Usage
from statek_jupyter.views import schema
from statek_jupyter.views.job_view import (
    PAGE_ITEMS,
    last_page,
    read_items,
    read_job,
    read_output,
    refreshed,
)
from statek_jupyter.views.outputs import CHUNK_CHARACTERS, MAX_OUTPUTS
from statek_jupyter.views.schema import JobView
from tests.views.jobs import NAMES, add_outputs, example, long_job, new_job, turn

OPTIONAL = frozenset(("worker", "question", "unknown_calls", "limits", "forked_from"))
"""Fields that an old saved copy lacks, and `worker` where nobody can tell who lives."""
OPTIONAL_USAGE = frozenset(
    (
        "code_seconds",
        "context_tokens",
        "context_limit",
        "retries",
        "subtree_tokens",
        "subtree_cost_usd",
        "subtree_unknown_cost_calls",
    )
)


def test_a_job_reads_as_json_with_every_documented_field() -> None:
    """The form of a job holds exactly the documented fields and survives JSON."""
    view = read_job(long_job(3))
    fields = get_type_hints(JobView).keys()
    assert fields - OPTIONAL <= view.keys() <= fields
    assert json.loads(json.dumps(view)) == view
    assert [item["kind"] for item in view["items"]] == ["user", "turn", "turn", "turn"]
    assert view["status"] == "STARTED" and view["turns"] == 3


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_have_the_documented_fields(name: str) -> None:
    """The example jobs, which the browser's tests use, are of the form that is read from real jobs."""
    view = example(name)
    fields = get_type_hints(JobView).keys()
    assert fields - OPTIONAL <= view.keys() <= fields
    for item in view["items"]:
        assert item.keys() <= get_type_hints(schema.ItemView).keys()
    for variable in view["locals"]:
        fields = get_type_hints(schema.VariableView).keys()
        assert fields - {"change", "entries", "grid"} <= variable.keys() <= fields
    for task in view["subtasks"]:
        assert task.keys() == get_type_hints(schema.SubtaskView).keys()
    usage = get_type_hints(schema.UsageView).keys()
    assert usage - OPTIONAL_USAGE <= view["usage"].keys() <= usage


def test_a_long_job_gives_its_last_page() -> None:
    """Of a long chat log only the last page is read; a page before it can be asked for."""
    job = long_job(300)
    view = read_job(job)
    assert len(view["items"]) == PAGE_ITEMS
    assert (view["first_item"], view["total_items"]) == (301 - PAGE_ITEMS, 301)
    earlier = read_items(job, view["first_item"] - PAGE_ITEMS, view["first_item"])
    assert [item["id"] for item in earlier] == list(range(201, 251))
    assert read_items(job, -20, 2) == read_job(job, since_item=0)["items"][:2]


def test_a_refresh_equals_a_new_reading() -> None:
    """What was read before and can still change is read again, and nothing else is missing."""
    job = long_job(60)
    running = turn(61, "work()", executed=False)
    job.chat_log.append(running)
    view = read_job(job)
    add_outputs(running, "step\n")
    job.chat_log.append(turn(62))
    running.executed = True
    job.touch()
    again = refreshed(view, job)
    assert again == read_job(job, since_item=view["first_item"])
    assert again["items"][0] is view["items"][0], "an entry that cannot change was read again"
    assert len(last_page(again)["items"]) == PAGE_ITEMS


def test_neighbouring_pieces_of_a_stream_are_one_output() -> None:
    """Twenty thousand prints are one output, not twenty thousand."""
    job = new_job()
    job.chat_log.append(
        turn(1, "loop()", *(Output("stdout", f"{n}\n") for n in range(20_000)), Output("stderr", "!\n"))
    )
    outputs = read_job(job)["items"][0]["outputs"]
    assert [output["kind"] for output in outputs] == ["stdout", "stderr"]
    gap = outputs[0]["cut"]
    assert outputs[0]["text"][: gap["at"]].startswith("0\n1\n") and outputs[0]["text"].endswith("19999\n")
    assert gap["lines"] + outputs[0]["text"].count("\n") == 20_000


def test_the_whole_of_a_long_output_is_read_in_stretches() -> None:
    """A line of a million characters is never sent at once, and nothing of it is lost."""
    job = new_job()
    line = "0123456789" * 100_000
    job.chat_log.append(turn(1, "print(line)", Output("note", "first"), Output("stdout", line)))
    assert len(read_job(job)["items"][0]["outputs"][1]["text"]) < 10_000
    parts, start = [], 0
    while start < len(line):
        stretch = read_output(job, 0, 1, start)
        assert len(stretch["text"]) <= CHUNK_CHARACTERS and stretch["total"] == len(line)
        parts.append(stretch["text"])
        start += CHUNK_CHARACTERS
    assert "".join(parts) == line
    with pytest.raises(IndexError):
        read_output(job, 0, 2)


def test_many_outputs_keep_the_newest_and_count_the_rest() -> None:
    """A block with very many displays shows the last ones and says how many are older."""
    job = new_job()
    job.chat_log.append(turn(1, "show()", *(Output("display", f"{n}") for n in range(MAX_OUTPUTS + 7))))
    item = read_job(job)["items"][0]
    assert (item["more_outputs"], len(item["outputs"])) == (7, MAX_OUTPUTS)
    assert read_output(job, 0, 7)["text"] == item["outputs"][0]["text"]
    assert len(read_job(job, whole=True)["items"][0]["outputs"]) == MAX_OUTPUTS + 7


def test_pictures_and_html_are_data() -> None:
    """A picture comes as a data address, HTML as source; what is too large is named instead."""
    png = b"\x89PNG\r\n\x1a\n"
    outputs = (
        Output("display", "figure", {"image/png": png}),
        Output("display", "figure", {"image/png": "iVBORw0K\nGgo="}),
        Output("display", "", {"image/svg+xml": "<svg onload='x()'/>"}),
        Output("result", "frame", {"text/html": "<b>x</b>"}),
        Output("display", "", {"image/png": b"0" * 3_000_000}),
        Output("display", "", {"image/png": '" onerror="x()'}),
        Output("display", "", {"application/x-thing": "1"}),
    )
    job = new_job()
    job.chat_log.append(turn(1, "show()", *outputs))
    views = read_job(job)["items"][0]["outputs"]
    assert b64decode(views[0]["image"].partition(",")[2]) == png == b64decode(views[1]["image"].partition(",")[2])
    assert views[2]["image"].startswith("data:image/svg+xml;base64,")
    assert views[3]["html"] == "<b>x</b>"
    assert "3,000,000 bytes" in views[4]["omitted"] and "image" not in views[4]
    assert "image" not in views[5]
    assert "application/x-thing" in views[6]["omitted"]


def test_an_entry_says_what_it_is_doing() -> None:
    """A turn is asking, running, ok or failed, read from its own record."""
    job = new_job()
    asking, failed = LLM_LogItem(turn=2), turn(1)
    failed.error = CodeError("ValueError", "no", line=3)
    asking.attempts = (Attempt(1, job.created_at, outcome="failed", error_kind="rate_limited", error_message="wait"),)
    for entry in (failed, turn(3, executed=False), turn(4), asking, "hello", SystemLogItem("lost x")):
        job.chat_log.append(entry)
    items = read_job(job)["items"]
    assert [item["state"] for item in items] == ["failed", "running", "ok", "asking", "ok", "ok"]
    assert items[0]["error"]["line"] == 3
    assert items[3]["attempts"] == [{"number": 1, "outcome": "failed", "error": "rate limited: wait"}]
    assert items[4]["text"] == "hello"


def test_code_and_tool_calls_of_a_reply_are_shown_once() -> None:
    """Code given as a tool call is code; calls of the agent's tools are listed as Python text."""
    calls = [CallSpec("1", "python", kwargs={"code": "y = 2"}), CallSpec("2", "search", ("tea",), {"limit": 3})]
    job = new_job()
    item = LLM_LogItem(CodeBlock(None, calls), turn=1)
    job.chat_log.append(item)
    view = read_job(job)["items"][0]
    assert view["code"] == "y = 2"
    assert view["calls"] == ["search('tea', limit=3)"]


def test_how_a_job_ended() -> None:
    """A stop is not a failure, and a job that goes on has not ended."""
    from statek_jupyter.errors import JobStoppedError

    job = new_job()
    assert job.outcome is None
    job.set_status(JobStatus.DONE)
    assert job.outcome == "ok"
    job.error = JobDefError(ValueError("no"))
    assert job.outcome == "failed"
    job.error = JobDefError(JobStoppedError())
    assert job.outcome == "stopped"


def test_an_unknown_price_is_no_price() -> None:
    """A cost nobody knows is None, never 0."""
    job = new_job(usage=LLM_Usage().plus(CallUsage("m", 10, 0, 5)))
    usage = read_job(job)["usage"]
    assert (usage["cost_usd"], usage["unknown_cost_calls"], usage["cost_source"]) == (None, 1, "unknown")


def test_text_that_json_cannot_carry_is_made_visible() -> None:
    """Lone surrogates, control and direction-changing characters do not break the view or hide text."""
    job = new_job(name="a\u202eb\x00\ud800")
    job.chat_log.append(UserLogItem("x\u2066y\x1b[31mred\x1b[0m"))
    view = read_job(job)
    assert json.dumps(view, ensure_ascii=False).encode("utf-8")
    assert view["name"] == "a\ufffdb\ufffd\ufffd"
    assert view["items"][0]["text"] == "x\ufffdyred"
