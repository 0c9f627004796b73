"""The kernel side of the live views: what is sent, when, and what may be asked. The other side: tests/browser."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.chat_log import Output, UserLogItem
from statek_jupyter.executors.inbox import Message, ResumeRequest, StopRequest
from statek_jupyter.executors.job import Job, JobStatus
from statek_jupyter.notebook.dashboard import Dashboard
from statek_jupyter.notebook.requests import read_request
from statek_jupyter.notebook.widget import JobWidget
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.views.bundle import JOB_TYPE
from statek_jupyter.views.delta import apply
from statek_jupyter.views.job_view import read_job
from statek_jupyter.views.schema import JobView
from tests.views.jobs import long_job, new_job, turn
from tests.waiting import eventually


class Browser:
    """The far end of a widget's comm: keeps what was sent, and puts deltas together as the real one does."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.messages: list[dict[str, Any]] = []
        self.times: list[float] = []
        state = widget.get_state()["view"]
        self.version: int = state["version"]
        self.view: JobView = state.get("view")
        self.gaps = 0
        widget.send = self._receive

    def _receive(self, message: dict[str, Any], buffers: Any = None) -> None:
        self.messages.append(message)
        self.times.append(time.monotonic())
        if message["type"] == "full":
            self.view, self.version = message["view"], message["version"]
        elif message["type"] == "delta":
            self.gaps += message["base"] != self.version
            self.view, self.version = apply(self.view, message["delta"]), message["version"]

    def ask(self, **content: Any) -> None:
        """A message from the browser, as ipywidgets hands it on."""
        self.widget._handle_custom_msg(content, [])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


@pytest.fixture
def handle(store: Store) -> JobHandle:
    """A stored job that runs."""
    return store.submit(long_job(60))


@pytest.fixture
def browser(handle: JobHandle) -> Iterator[Browser]:
    """The far end of the job's widget."""
    widget = JobWidget(handle)
    yield Browser(widget)
    widget.close()


def change(handle: JobHandle, act: Any) -> None:
    """Change the stored job in one commit, as its worker does."""

    def write(root: Any) -> None:
        job: Job = root.job(handle.id)
        act(job)
        job.touch()

    handle.store.run(write)


def test_a_commit_reaches_the_view_as_a_delta(handle: JobHandle, browser: Browser) -> None:
    """One commit sends only what changed, and the far end then has what a new reading gives."""
    change(handle, lambda job: job.chat_log.append(turn(61, "new()", Output("stdout", "hello\n"))))
    eventually(lambda: browser.view["total_items"] == 62)
    (delta,) = browser.of("delta")
    assert [item["id"] for item in delta["delta"]["items"]["put"]] == [61]
    assert "locals" not in delta["delta"] and browser.gaps == 0
    since = browser.view["first_item"]
    assert browser.view == handle.read(lambda job: read_job(job, since_item=since, alive=handle.store.presence.alive))


def test_many_commits_are_at_most_ten_messages_a_second(handle: JobHandle, browser: Browser) -> None:
    """However fast a job commits, its view is sent at most every tenth of a second, and ends right."""
    for number in range(100):
        change(handle, lambda job, number=number: job.chat_log.append(turn(61 + number)))
    eventually(lambda: browser.view["total_items"] == 161)
    sent = [
        moment for message, moment in zip(browser.messages, browser.times, strict=True) if message["type"] == "delta"
    ]
    assert all(later - earlier > 0.09 for earlier, later in itertools.pairwise(sent))
    assert browser.gaps == 0
    assert len(browser.view["items"]) <= 100, "the page a browser holds must not grow with the job"


def test_a_browser_that_missed_something_gets_the_whole_view(handle: JobHandle, browser: Browser) -> None:
    """A request for the whole view is answered with the newest version, and not when the asker has it."""
    browser.ask(type="full", have=browser.version)
    browser.ask(type="full", have=-1)
    (full,) = eventually(lambda: browser.of("full"))
    assert full["view"]["id"] == handle.id and full["version"] == browser.version


def test_what_a_late_browser_begins_with_is_the_newest_view(handle: JobHandle, browser: Browser) -> None:
    """The widget's state is made when it is asked for, without being sent at every change."""
    change(handle, lambda job: job.set_status(JobStatus.DONE))
    eventually(lambda: browser.view["status"] == "DONE")
    assert browser.widget.get_state()["view"]["view"]["status"] == "DONE"
    assert browser.widget.get_state()["view"]["version"] == browser.version


def test_earlier_entries_and_whole_outputs_are_read_when_asked(handle: JobHandle, browser: Browser) -> None:
    """A page before the first entry, and a stretch of an output; a place that does not exist is a clear answer."""
    browser.ask(type="ask", question="items", request="c", start=0, stop=11)
    browser.ask(type="ask", question="output", request="a", item=7, index=0, start=0)
    browser.ask(type="ask", question="output", request="b", item=7, index=9, start=0)
    eventually(lambda: len(browser.of("answer")) == 3)
    answers = {message["request"]: message for message in browser.of("answer")}
    assert [item["id"] for item in answers["c"]["items"]] == list(range(11))
    assert answers["a"]["output"] == {"text": "7\n", "start": 0, "total": 2}
    assert "no output 9 of entry 7" in answers["b"]["error"]


def test_actions_are_durable_when_they_are_answered(handle: JobHandle, browser: Browser) -> None:
    """Send, stop and resume lie in the job's inbox at the moment the browser hears that they are done."""
    browser.ask(type="command", request="1", command="send", text="hello")
    browser.ask(type="command", request="2", command="stop")
    browser.ask(type="command", request="3", command="resume")
    assert [message["request"] for message in browser.of("answer")] == ["1", "2", "3"]
    mail = handle.read(lambda job: [(type(entry), getattr(entry, "text", None)) for entry in job.inbox.pending()])
    assert mail == [(Message, "hello"), (StopRequest, None), (ResumeRequest, None)]


def test_an_action_that_fails_says_why(handle: JobHandle, browser: Browser) -> None:
    """A job that was deleted cannot be stopped: the view says so, and shows that it is gone."""
    handle.delete()
    eventually(lambda: browser.view["status"] == "DONE")
    assert "deleted" in cast(Any, browser.view["error"])["message"]
    browser.ask(type="command", request="1", command="stop")
    assert "no job" in browser.of("answer")[0]["error"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "stop",
        [],
        {},
        {"type": "eval", "code": "1"},
        {"type": "command", "command": "stop"},
        {"type": "ask", "question": 5, "request": "1"},
        {"type": "ask", "question": "items", "request": "x" * 81},
        {"type": "full"},
        {"type": "select", "job": None},
    ],
)
def test_a_message_that_is_not_exactly_a_request_is_ignored(content: Any) -> None:
    """Nothing but the known requests, with the known fields, does anything."""
    assert read_request(content) is None


@pytest.mark.parametrize(
    "content",
    [
        {"type": "command", "command": "delete"},
        {"type": "command", "command": "send", "text": 5},
        {"type": "command", "command": "send", "text": "x" * 100_001},
        {"type": "command", "command": "stop", "code": "1"},
        {"type": "command", "command": "adopt", "name": "x", "code": "1"},
        {"type": "ask", "question": "items", "start": 0, "stop": -1},
        {"type": "ask", "question": "items", "start": 0, "stop": True},
        {"type": "ask", "question": "output", "item": 0, "index": 0},
        {"type": "ask", "question": "secrets"},
    ],
)
def test_a_request_with_anything_wrong_does_nothing_and_says_why(
    handle: JobHandle, browser: Browser, content: dict[str, Any]
) -> None:
    """The names and fields are the server's, read as strictly; nothing comes into the inbox."""
    browser.ask(request="1", **content)
    (answer,) = eventually(lambda: browser.of("answer"))
    assert answer["request"] == "1" and answer["error"]
    assert handle.read(lambda job: list(job.inbox.pending())) == []


def test_all_that_a_page_asks_a_server_is_asked_here_too(handle: JobHandle, browser: Browser) -> None:
    """Search, turns, an earlier turn, the exact request; a fork is a job of its own."""
    asked = {
        "search": {"text": "x = 7", "start": 0},
        "turns": {"start": 0, "stop": 10},
        "turn": {"turn": 2},
        "exchange": {"item": 3},
        "value": {"name": "x", "path": "", "start": 0},
    }
    for name, fields in asked.items():
        browser.ask(type="ask", question=name, request=name, **fields)
    browser.ask(type="command", command="fork", request="fork", turn=3, text="")
    eventually(lambda: len(browser.of("answer")) == 6, timeout=60)
    answers = {message["request"]: message for message in browser.of("answer")}
    assert "no variable 'x'" in answers["value"]["error"], "its own name and the variable's are told apart"
    assert [hit["item"] for hit in answers["search"]["hits"]] == [7]
    assert [row["turn"] for row in answers["turns"]["turns"]] == list(range(1, 11))
    assert answers["turn"]["view"]["total_items"] == 3
    assert "Begin." in answers["exchange"]["exchange"]["request"]
    assert handle.store.job(answers["fork"]["job"]).turns == 3


def test_ignored_messages_leave_the_widget_working(handle: JobHandle, browser: Browser) -> None:
    """After any rubbish the view goes on."""
    browser.widget._handle_custom_msg("rubbish", [])
    browser.ask(type="ask", question="items", request="1", start="x", stop=1)
    change(handle, lambda job: job.chat_log.append(UserLogItem("still here")))
    eventually(lambda: browser.view["items"][-1].get("text") == "still here")


def test_chosen_panes_go_along_with_the_output(handle: JobHandle) -> None:
    """A front end that draws the job itself shows the same panes as the widget; without a choice nothing is said."""
    assert JobWidget(handle, panes=("usage",))._repr_mimebundle_()[1] == {JOB_TYPE: {"panes": ["usage"]}}
    assert JobWidget(handle)._repr_mimebundle_()[1] == {}


def test_a_wrong_pane_is_refused(handle: JobHandle) -> None:
    """A pane that does not exist is named, with those that do."""
    with pytest.raises(BadOptionError, match="'log' is no pane: use some of chat, locals, subtasks, usage"):
        handle.view(panes=("chat", "log"))
    with pytest.raises(BadOptionError, match="nothing"):
        handle.view(panes=())


def test_a_closed_store_ends_the_views_quietly(
    store: Store, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """After the store is closed the view stays as it is and nothing is logged as a fault."""
    store.close()
    browser.ask(type="full", have=-1)
    eventually(lambda: not browser.widget._feed._running)
    assert caplog.records == []


def test_a_dashboard_that_was_not_made_goes_quietly() -> None:
    """ipywidgets closes it when it is collected, and what is raised there cannot be caught, only printed."""
    with pytest.raises(TypeError, match="'store'"):
        Dashboard()  # type: ignore[call-arg]
    gc.collect()


def test_a_dashboard_follows_the_store(store: Store) -> None:
    """New jobs appear in the list; choosing one shows it; a job of another store cannot be chosen."""
    first = store.submit(new_job(name="first"))
    dashboard = Dashboard(store)
    listed = Browser(dashboard.children[0])
    assert dashboard.selected == first
    second = store.submit(new_job(name="second"))
    eventually(lambda: listed.of("jobs"))
    eventually(lambda: len(listed.of("jobs")[-1]["rows"]) == 2)
    rows = listed.of("jobs")[-1]["rows"]
    assert [row["name"] for row in rows] == ["second", "first"]
    listed.ask(type="select", job=second.id)
    assert dashboard.selected == second and len(dashboard.children) == 2
    listed.ask(type="select", job="0000000000000")
    assert dashboard.selected == second
    dashboard.close()
