"""The routes as their OpenAPI description has them, with values to ask them with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from statek_jupyter.server.app import BASE, routes
from statek_jupyter.server.description import FILE

DESCRIPTION = json.loads(FILE.read_text(encoding="utf-8"))
NOBODY = "0" * 13
"""An id no job has."""

VALUES: dict[str, Any] = {
    "start": 0,
    "stop": 10,
    "item": 2,
    "index": 0,
    "turn": 1,
    "text": "region",
    "a": 0,
    "b": 1,
    "name": "x",
    "path": "",
    "row": 0,
    "column": 0,
    "since": 0,
}
"""For the fields a route requires."""
BODIES: dict[str, Any] = {"commands": {"command": "send", "text": "Hello", "key": "k"}, "stop": {"jobs": []}}
"""By the last word of the address."""


@dataclass(frozen=True)
class Operation:
    """One verb of one route."""

    verb: str
    path: str
    """Below the base, with ``{job_id}``."""

    @property
    def about(self) -> Any:
        """Its description."""
        return DESCRIPTION["paths"][BASE + self.path][self.verb.lower()]

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.verb != "GET"

    def address(self, job_id: str = NOBODY) -> str:
        """The address for a job."""
        return self.path.replace("{job_id}", job_id)

    def options(self) -> dict[str, Any]:
        """What a right request has beside its address."""
        required = [one["name"] for one in self.about["parameters"] if one.get("required")]
        options: dict[str, Any] = {"params": {name: VALUES[name] for name in required}} if required else {}
        body = BODIES.get(self.path.rpartition("/")[2]) if self.verb == "POST" else None
        return options if body is None else {**options, "json": body}

    def answer_schema(self, status: str) -> Any:
        """JSON schema of an answer; None when there is none to be."""
        content = self.about["responses"][status].get("content")
        if content is None:
            return None
        return {**content["application/json"]["schema"], "components": DESCRIPTION["components"]}

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"


OPERATIONS = [
    Operation(verb.upper(), path.removeprefix(BASE))
    for path, verbs in DESCRIPTION["paths"].items()
    for verb in verbs
    if verb != "parameters"
]


def served() -> set[tuple[str, str]]:
    """Verb and address of everything the server has, as its handlers say; the live connection and the rest left out."""
    found = set()
    for pattern, handler, _ in routes():
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern).replace("\\", "").removeprefix(BASE)
        if path not in ("/live", "/.*"):
            verbs = [
                verb for verb in ("get", "post", "put", "patch", "delete") if hasattr(getattr(handler, verb), "action")
            ]
            found |= {(verb.upper(), path) for verb in verbs}
    return found
