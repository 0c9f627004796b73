"""Calls of tools and what is waited for, in every static form of a job."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from statek_jupyter.executors.job import Job
from statek_jupyter.executors.journal import CallEntry, CallJournal, CallNote
from statek_jupyter.views.html import job_html
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.markdown import job_markdown
from statek_jupyter.views.text import job_text
from tests.views.jobs import new_job, turn

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    "</p><img src=x onerror=alert(1)>",
    "[here](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "a\x1b[2Jb\u202ecba",
    "&lt;b&gt; &#x3c;script&#x3e;",
]


def waiting_job(text: str) -> Job:
    """A job that asks, does not know, and has called, all with the same text."""
    job = new_job()
    item = turn(1)
    item.add_calls((CallNote("0.0.0.0", "pay", text, "raised", NOW, text, 0.5, text),))
    job.chat_log.append(item)
    journal = job.journal = CallJournal()
    asked = {"kind": "question", "question": text, "options": [text, "no"], "expires_at": NOW}
    journal.calls["0.0.1.0"] = CallEntry("0.0.1.0", "ask_human", "safe", b"", text, "waiting", NOW, data=asked)
    journal.calls["0.0.1.1"] = CallEntry("0.0.1.1", "pay", "ask", b"", text, "unknown", NOW, note=text)
    job.awaiting_text = text
    return job


def test_what_is_waited_for_is_data() -> None:
    """A question with its options and its end; a call that a person has to decide about."""
    view = read_job(waiting_job("Go on?"))
    asked, unknown = view["waiting"]
    assert (asked["call"], asked["kind"], asked["question"]) == ("0.0.1.0", "question", "Go on?")
    assert (asked["options"], asked["expires_at"]) == (["Go on?", "no"], "2026-01-02T03:04:05.000+00:00")
    assert (unknown["call"], unknown["kind"], unknown["note"]) == ("0.0.1.1", "unknown", "Go on?")
    (call,) = view["items"][0]["code_calls"]
    assert (call["name"], call["state"], call["outcome"], call["seconds"]) == ("pay", "raised", "Go on?", 0.5)


def test_what_was_answered_is_not_asked_any_more() -> None:
    """Also before the job has taken the answer."""
    job = waiting_job("Go on?")
    assert job.journal is not None
    job.journal.answers["0.0.1.0"] = object()
    assert [wait["call"] for wait in read_job(job)["waiting"]] == ["0.0.1.1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_job_code_asks_and_calls_stays_text(text: str) -> None:
    """Nothing of it is markup, a link, or a code of the terminal."""
    view = read_job(waiting_job(text))
    html, markdown, plain = job_html(view), job_markdown(view), job_text(view)
    for form in (html, markdown, plain):
        assert "\x1b" not in form and "\u202e" not in form and "pay" in form
    assert "<script" not in html and "<img" not in html and "onerror=alert(1)>" not in html
    assert "<script" not in markdown and "<img" not in markdown
    assert "](javascript" not in markdown and "![x](" not in markdown
