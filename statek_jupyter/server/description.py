"""Makes the OpenAPI description of the routes, from the routes, the tables of `statek_jupyter.api` and the types.

The server sends the file that this wrote: ``python -m statek_jupyter.server.description``. A test compares the two, so
the description cannot fall behind.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from statek_jupyter.api.commands import COMMANDS, MAX_KEY, MAX_TEXT, CommandAnswer
from statek_jupyter.api.fields import Field, Number
from statek_jupyter.api.jobs_list import DEFAULT_ROWS, MAX_ROWS, OUTCOMES, JobsAnswer
from statek_jupyter.api.questions import QUESTIONS
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.server.actions import JobAnswer, StoppedAnswer, StoreAnswer
from statek_jupyter.server.handlers import SPENT_FIELDS
from statek_jupyter.server.problems import Problem
from statek_jupyter.views.spending import SpentAnswer

FILE = Path(__file__).with_name("openapi.json")
BASE = "/statek-jupyter"
Json = dict[str, Any]

_ABOUT = """\
Jobs of one store. Every route asks for the log-in of Jupyter Server, and asks its authoriser for `read` or `write` on \
`statek_jupyter:jobs`; with a cookie, what changes anything needs the XSRF header too. Texts, names and code come from \
jobs: show them as text. The live connection, a WebSocket, is described in docs/jupyterlab.md."""
_JOB_ID = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}


def description() -> Json:
    """The whole description."""
    schemas = Schemas()
    paths = {
        path: {verb: _finished(operation, schemas) for verb, operation in verbs.items()} for path, verbs in _paths()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "statek_jupyter",
            "version": "1",
            "description": _ABOUT,
        },
        "paths": paths,
        "components": {"schemas": schemas.known},
    }


def _paths() -> Iterable[tuple[str, Mapping[str, Json]]]:
    job = f"{BASE}/jobs/{{job_id}}"
    yield f"{BASE}/store", {"get": _operation("Which store the server shows.", StoreAnswer)}
    yield f"{BASE}/openapi.json", {"get": _operation("This description.", dict)}
    yield f"{BASE}/jobs", {"get": _operation("The list of jobs, newest first.", JobsAnswer, parameters=_filters())}
    since = [_parameter(name, field) for name, field in SPENT_FIELDS.items()]
    yield f"{BASE}/spent", {"get": _operation("What all jobs spent since a moment.", SpentAnswer, parameters=since)}
    yield (
        f"{BASE}/stop",
        {"post": _operation("Ask several jobs to end.", StoppedAnswer, status="202", body=_stop_body())},
    )
    yield (
        job,
        {
            "get": _operation("A job as the views show it.", JobAnswer),
            "delete": _operation("Delete a job and the jobs below it; a running one is refused.", None, status="204"),
        },
    )
    for name, question in QUESTIONS.items():
        parameters = [_parameter(field_name, field) for field_name, field in question.fields.items()]
        yield f"{job}/{name}", {"get": _operation(question.about, question.answer_type, parameters=parameters)}
    about = "Put a command into the job's inbox; it is durable when this answers."
    yield f"{job}/commands", {"post": _operation(about, CommandAnswer, status="202", body=_command_body())}


def _operation(
    about: str, answer: Any, *, status: str = "200", parameters: Iterable[Json] = (), body: Json | None = None
) -> Json:
    made: Json = {"summary": about, "answer": answer, "status": status, "parameters": list(parameters)}
    return made if body is None else {**made, "body": body}


def _finished(operation: Json, schemas: Schemas) -> Json:
    """With what every route can answer beside its own."""
    answer = operation["answer"]
    good: Json = {"description": "Done." if answer is None else "The answer."}
    if answer is not None:
        good["content"] = _json(schemas.of(answer))
    problem = {"description": "A problem, told in words.", "content": _json(schemas.of(Problem))}
    made: Json = {
        "summary": operation["summary"],
        "parameters": operation["parameters"],
        "responses": {operation["status"]: good, "4XX": problem, "5XX": problem},
    }
    if "body" in operation:
        made["requestBody"] = {"required": True, "content": _json(operation["body"])}
    return made


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _filters() -> list[Json]:
    statuses = {"type": "array", "items": {"enum": [status.name for status in JobStatus]}}
    texts = {
        "agent": "its agent's role",
        "parent": "id of the job above",
        "text": "occurs in the name, the id, the agent's role, the first message or the answer",
        "after": "go on below this id: the last one of the page before",
    }
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": DEFAULT_ROWS}
    return [
        {"name": "status", "in": "query", "description": "any of these", "schema": statuses},
        {"name": "outcome", "in": "query", "description": "how it ended", "schema": {"enum": list(OUTCOMES)}},
        *(_filter(name, about) for name, about in texts.items()),
        {"name": "limit", "in": "query", "description": "most rows", "schema": limit},
    ]


def _filter(name: str, about: str) -> Json:
    return {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}


def _parameter(name: str, field: Field) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": not field.optional,
        "description": field.about,
        "schema": _field(field),
    }


def _field(field: Field) -> Json:
    if isinstance(field, Number):
        return {"type": "integer", "minimum": field.least, "maximum": field.most}
    if field.choices:
        return {"enum": list(field.choices)}
    return {"type": "string", "maxLength": field.most}


_KEY = {
    "type": "string",
    "maxLength": MAX_KEY,
    "description": "Names this request: with the same key for the same job it is done once, however often it is sent.",
}


def _stop_body() -> Json:
    ids = {"type": "array", "maxItems": MAX_ROWS, "items": {"type": "string"}}
    why = {"type": "string", "maxLength": MAX_TEXT, "description": "why"}
    return _object({"jobs": ids, "text": why, "key": _KEY}, ["jobs"])


def _command_body() -> Json:
    return {"oneOf": [_command(name) for name in COMMANDS]}


def _command(name: str) -> Json:
    kind = COMMANDS[name]
    fields = {one: {**_field(field), "description": field.about} for one, field in kind.fields.items()}
    required = ["command", *(one for one, field in kind.fields.items() if not field.optional)]
    return {**_object({"command": {"const": name}, **fields, "key": _KEY}, required), "description": kind.about}


def _object(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


class Schemas:
    """JSON schemas of the types of answers."""

    def __init__(self) -> None:
        self.known: dict[str, Json] = {}

    def of(self, kind: Any) -> Json:
        """The schema of a type; a typed dictionary is described once and then referred to."""
        origin, arguments = get_origin(kind), get_args(kind)
        if typing.is_typeddict(kind):
            return self._reference(kind)
        if origin is NotRequired:
            return self.of(arguments[0])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(one) for one in arguments]}
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        return {"type": _PLAIN[kind]}

    def _reference(self, kind: Any) -> Json:
        if kind.__name__ not in self.known:
            self.known[kind.__name__] = {}  # before its fields: a type may hold itself
            self.known[kind.__name__] = self._typed_dict(kind)
        return {"$ref": f"#/components/schemas/{kind.__name__}"}

    def _typed_dict(self, kind: Any) -> Json:
        hints, about = get_type_hints(kind, include_extras=True), _field_texts(kind)
        fields = {name: {**self.of(hint), **about.get(name, {})} for name, hint in hints.items()}
        # Not __required_keys__: with postponed annotations Python 3.11 takes NotRequired fields for required ones.
        required = [name for name, hint in hints.items() if kind.__total__ and get_origin(hint) is not NotRequired]
        made = _object(fields, required)
        return {"description": " ".join(kind.__doc__.split()), **made} if kind.__doc__ else made


_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null", dict: "object"}


def _field_texts(kind: Any) -> dict[str, Json]:
    """What stands below each field in the source, in that of the types it extends, too."""
    module = sys.modules[kind.__module__]
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    names = [base.id for base in body.bases if isinstance(base, ast.Name) and base.id != "TypedDict"]
    found = {name: text for base in names for name, text in _field_texts(vars(module)[base]).items()}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(field.target, ast.Name):
            assert isinstance(below.value, ast.Constant)
            found[field.target.id] = {"description": " ".join(str(below.value.value).split())}
    return found


def text() -> str:
    """The description as the file has it."""
    return json.dumps(description(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
