"""What a widget's browser side asks about a job and of it, with the same names and fields as over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IPython import get_ipython

from statek_jupyter.api.away import ANSWERS
from statek_jupyter.api.commands import read_command
from statek_jupyter.api.fields import Text, read_fields
from statek_jupyter.api.questions import read_question
from statek_jupyter.errors import BadOptionError
from statek_jupyter.notebook.bridge import copy_into_notebook
from statek_jupyter.store import JobHandle

ADOPT = "adopt"
"""The one command a server cannot carry out: it has no notebook."""
_ADOPT_FIELDS = {"command": Text("the command"), "name": Text("the variable", 500)}


def answer(job: JobHandle, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a question about the job.

    Raises:
        UserError: There is no such question, or nothing it could be answered with.
    """
    question, values = read_question(name, fields)
    given: dict[str, Any] = (question.answer or ANSWERS[name])(job, values)
    return dict(given)


def act(job: JobHandle, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is asked of the job; it is in the store when this returns.

    Raises:
        UserError: There is no such command, or the job cannot do it.
    """
    if fields.get("command") == ADOPT:
        values = read_fields(_ADOPT_FIELDS, fields)
        shell = get_ipython()
        if shell is None:
            raise BadOptionError(ADOPT, "no notebook runs here")
        copy_into_notebook(job, values["name"], shell.user_ns)
        return {}
    return dict(read_command(dict(fields)).carry_out(job))
