"""What holds for every route: who may use it, how its answers and its problems look, that it is described."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import jsonschema
import pytest

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import Output
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.server import description
from statek_jupyter.store import JobHandle, Store
from tests.server.described import DESCRIPTION, NOBODY, OPERATIONS, Operation, served
from tests.server.running import TOKEN, RunningServer
from tests.views.jobs import turn

each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


@pytest.fixture
def job(shared: Store) -> JobHandle:
    """A job with a message, a note of its variables, a turn and a variable."""
    definition = JobDef(Agent("analyst", metadata={"MODEL": "scripted/none"}))
    handle = shared.submit(definition, name="described", message="Which region?", locals={"x": [1, 2, {"a": 3}]})
    with shared.transaction() as root:
        stored = root.job(handle.id)
        stored.chat_log.append("And the next one?")
        stored.chat_log.append(turn(1, "x = 1", Output("stdout", "North\n")))
        stored.num_turns = 1
        stored.set_status(JobStatus.DONE)
        stored.touch()
    return handle


@pytest.fixture(scope="session")
def browser(server: RunningServer) -> Iterator[httpx.Client]:
    """A browser that has logged in: it has cookies and no token."""
    with httpx.Client() as client:
        base = server.url.removesuffix("/statek-jupyter")
        client.get(f"{base}/login")
        client.get(f"{base}/api/status?token={TOKEN}")
        assert [name for name in client.cookies if name.startswith("username")]
        yield client


def problem(answer: httpx.Response) -> dict[str, str]:
    """The problem that an answer tells, in the one form all have."""
    assert answer.headers["content-type"].startswith("application/json")
    told: dict[str, str] = answer.json()
    jsonschema.validate(told, DESCRIPTION["components"]["schemas"]["Problem"])
    assert told["message"] and "Traceback" not in answer.text
    return told


def test_the_description_is_what_the_code_makes() -> None:
    """The file in the package is the one `statek_jupyter.server.description` writes."""
    assert description.FILE.read_text(encoding="utf-8") == description.text()


def test_every_route_is_described_and_every_description_is_a_route() -> None:
    """Neither has an address or a verb that the other lacks."""
    assert {(operation.verb, operation.path) for operation in OPERATIONS} == served()


@each
def test_the_answer_is_as_described(operation: Operation, server: RunningServer, job: JobHandle) -> None:
    """A real answer of a real job has the status and the form that the description promises."""
    answer = server.ask(operation.verb, operation.address(job.id), **operation.options())
    status = str(answer.status_code)
    assert status in operation.about["responses"], answer.text
    assert status[0] == "2", answer.text
    schema = operation.answer_schema(status)
    if schema is None:
        assert answer.content == b""
    else:
        jsonschema.Draft202012Validator(schema).validate(answer.json())


@each
def test_strangers_are_refused(operation: Operation, server: RunningServer) -> None:
    """Without a log-in, or with a wrong token, nothing is told and nothing is done."""
    for token in (None, "wrong"):
        answer = server.ask(operation.verb, operation.address(), token=token, **operation.options())
        assert answer.status_code == 403
        assert NOBODY not in problem(answer)["message"]


@each
def test_a_cookie_alone_changes_nothing(
    operation: Operation, server: RunningServer, browser: httpx.Client, job: JobHandle
) -> None:
    """What another site makes a logged-in browser send is refused: a change lacks the XSRF header, and even with it the
    origin is wrong; reading from another origin is refused, too."""
    url, options = server.url + operation.address(job.id), operation.options()
    own = {"X-XSRFToken": browser.cookies["_xsrf"]} if operation.writes else {}
    if operation.writes:
        refused = browser.request(operation.verb, url, **options)
        assert refused.status_code == 403 and problem(refused)
    foreign = browser.request(operation.verb, url, headers={**own, "Origin": "https://elsewhere.example"}, **options)
    assert foreign.status_code in (403, 404) and problem(foreign)
    assert browser.request(operation.verb, url, headers=own, **options).is_success


@each
def test_an_unknown_job_is_a_problem_of_the_asker(operation: Operation, server: RunningServer) -> None:
    """404 for an id no job has, and for one that can be no job's."""
    if "{job_id}" in operation.path:
        for id in (NOBODY, "%3Cscript%3E", "%00", "x" * 500):
            answer = server.ask(operation.verb, operation.address(id), **operation.options())
            assert answer.status_code == 404, answer.text
            problem(answer)


@each
def test_wrong_fields_are_told(operation: Operation, server: RunningServer, job: JobHandle) -> None:
    """A field that is missing, of another kind or unknown is a 400 that names it."""
    options, address = operation.options(), operation.address(job.id)
    for field in options.get("params", {}):
        others = {name: value for name, value in options["params"].items() if name != field}
        for wrong in ({}, {field: ["1", "2"]}, {field: "x" * 600}):
            answer = server.ask(operation.verb, address, params={**others, **wrong})
            assert answer.status_code == 400, (wrong, answer.text)
            assert field in problem(answer)["message"]
    if operation.about["parameters"]:
        answer = server.ask(operation.verb, address, params={**options.get("params", {}), "colour": "red"})
        assert answer.status_code == 400 and "colour" in problem(answer)["message"]
    if "json" in options:
        for body in (b"not json", b"\xff\xfe", b"[]", b"5", b"null", b"[" * 500_000, b'{"key": 5}'):
            assert problem(server.ask(operation.verb, address, content=body))
            assert server.ask(operation.verb, address, content=body).status_code == 400
        assert server.ask(operation.verb, address, content=b"1" * 1_100_000).status_code == 413


@each
def test_other_verbs_are_refused(operation: Operation, server: RunningServer, job: JobHandle) -> None:
    """405, told in the same form."""
    known = {other.verb for other in OPERATIONS if other.path == operation.path}
    for verb in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        answer = server.ask(verb, operation.address(job.id))
        assert answer.status_code == 405 and problem(answer)


@each
def test_the_authoriser_decides_per_action(operation: Operation, server: RunningServer) -> None:
    """Somebody who may only read sees everything and changes nothing; and the other way round."""
    for refused in ("read", "write"):
        headers = {"X-Refuse": refused}
        answer = server.ask(operation.verb, operation.address(), headers=headers, **operation.options())
        needed = "write" if operation.writes else "read"
        assert (answer.status_code == 403) is (needed == refused), answer.text
        if answer.status_code == 403:
            problem(answer)


def test_an_address_with_nothing_is_told_in_the_same_form(server: RunningServer) -> None:
    """Below our base nobody gets a page of HTML."""
    for verb, path in (("GET", "/nothing"), ("POST", "/jobs/x/nothing"), ("GET", "/")):
        answer = server.ask(verb, path)
        assert answer.status_code == 404 and problem(answer)
