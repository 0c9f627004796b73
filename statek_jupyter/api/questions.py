"""What may be asked about one job: a table by which requests are read, answered and described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from statek_jupyter.api.fields import Field, Number, Text, number, read_fields
from statek_jupyter.errors import BadOptionError, UnknownEntryError
from statek_jupyter.executors.job import Job
from statek_jupyter.store import JobHandle
from statek_jupyter.views.answers import ExchangeView, VariableDiff
from statek_jupyter.views.job_view import read_items, read_output, usage_view
from statek_jupyter.views.outputs import OutputText
from statek_jupyter.views.past_view import read_job_at
from statek_jupyter.views.schema import ItemView, PastJobView, UsageView, VariableView
from statek_jupyter.views.search import HitsPage, search_log
from statek_jupyter.views.subtask_tree import SubtasksPage, read_subtasks
from statek_jupyter.views.turn_rows import MAX_TURNS, TurnsPage, read_turns
from statek_jupyter.views.value_forms import GridPage, ValuePage
from statek_jupyter.views.value_reader import ValueReader
from statek_jupyter.views.variables import locals_at

MAX_ITEMS = 200
GRID_ROWS = 100
GRID_COLUMNS = 20
Values = Mapping[str, Any]


class ItemsAnswer(TypedDict):
    """Entries of the chat log."""

    items: list[ItemView]


class OutputAnswer(TypedDict):
    """A stretch of an output's text."""

    output: OutputText


class TurnAnswer(TypedDict):
    """The job after a turn."""

    view: PastJobView


class LocalsAnswer(TypedDict):
    """The variables after a turn."""

    locals: list[VariableView]


class ValueAnswer(TypedDict):
    """Entries of a value."""

    value: ValuePage


class GridAnswer(TypedDict):
    """A window of a frame or an array; None for what is neither."""

    grid: GridPage | None


class ExchangeAnswer(TypedDict):
    """A request and its reply."""

    exchange: ExchangeView


class DiffAnswer(TypedDict):
    """Variables that are different."""

    changes: list[VariableDiff]


class UsageAnswer(TypedDict):
    """What a job used, and what it used with all jobs below it."""

    usage: UsageView
    subtree: UsageView


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    about: str
    fields: Mapping[str, Field]
    answer_type: type
    answer: Callable[[JobHandle, Values], Any] | None
    """None when values of the job are loaded for it, which may run the job's code: see `statek_jupyter.api.away`."""


def _items(handle: JobHandle, values: Values) -> ItemsAnswer:
    def read(job: Job) -> list[ItemView]:
        end = min(values["stop"], len(job.chat_log))
        return read_items(job, max(values["start"], end - MAX_ITEMS), end)

    return {"items": handle.read(read)}


def _output(handle: JobHandle, values: Values) -> OutputAnswer:
    item, index = values["item"], values["index"]
    try:
        return {"output": handle.read(lambda job: read_output(job, item, index, values["start"]))}
    except IndexError:
        raise UnknownEntryError(handle.id, f"output {index} of entry {item}") from None


def _turn(handle: JobHandle, values: Values) -> TurnAnswer:
    return {"view": handle.read(lambda job: read_job_at(job, values["turn"]))}


def _turns(handle: JobHandle, values: Values) -> TurnsPage:
    return handle.read(lambda job: read_turns(job, values["start"], values["stop"]))


def _variables(handle: JobHandle, values: Values) -> LocalsAnswer:
    return {"locals": handle.read(lambda job: locals_at(job, values["turn"])["variables"])}


_reader = ValueReader()
"""Loads values in a process of its own, one for this process, which ends when nobody asks any more."""


def _value(handle: JobHandle, values: Values) -> ValueAnswer:
    page = _reader.value(handle, values["name"], _path(values["path"]), values["start"], turn=values["turn"])
    return {"value": page}


def _grid(handle: JobHandle, values: Values) -> GridAnswer:
    row, column = values["row"], values["column"]
    windows = ((row, row + GRID_ROWS), (column, column + GRID_COLUMNS))
    return {"grid": _reader.grid(handle, values["name"], _path(values["path"]), *windows, turn=values["turn"])}


def _path(path: str) -> list[int]:
    try:
        return [number("path", position) for position in path.split(",")] if path else []
    except BadOptionError:
        raise BadOptionError("path", f"{path[:40]!r} is none: positions of entries with commas between them") from None


def stop_reading() -> None:
    """End the process that loads values; the next question starts another."""
    _reader.close()


def _search(handle: JobHandle, values: Values) -> HitsPage:
    wanted = values["text"].strip()
    if not wanted:
        raise BadOptionError("text", "there is nothing to search for")
    return handle.read(lambda job: search_log(job, wanted, values["start"]))


def _subtasks(handle: JobHandle, values: Values) -> SubtasksPage:
    return handle.store.read(lambda root: read_subtasks(root, root.job(handle.id), values["start"]))


def _usage(handle: JobHandle, values: Values) -> UsageAnswer:
    return {"usage": usage_view(handle.usage), "subtree": usage_view(handle.subtree_usage)}


_START = Number("position of the first one")
_STOP = Number("position after the last one")
_TURN = Number("a turn, 0 for what was before the first one")
_TURN_OR_NOW = Number("after this turn; now when absent", optional=True)
_NAME = Text("the variable", 500)
_PATH = Text("positions of the entries gone through, with commas between them; empty for the variable itself")

QUESTIONS: Mapping[str, Question] = {
    "items": Question(
        f"Entries of the chat log, at most {MAX_ITEMS}: the last ones of the range.",
        {"start": _START, "stop": _STOP},
        ItemsAnswer,
        _items,
    ),
    "output": Question(
        "A stretch of the whole text of one output.",
        {
            "item": Number("position of the entry in the chat log"),
            "index": Number("position among its outputs"),
            "start": Number("first character"),
        },
        OutputAnswer,
        _output,
    ),
    "turn": Question("The job as it was after a turn.", {"turn": _TURN}, TurnAnswer, _turn),
    "turns": Question(
        f"The turns in few numbers each, at most {MAX_TURNS}.", {"start": _START, "stop": _STOP}, TurnsPage, _turns
    ),
    "locals": Question("The variables as they were after a turn.", {"turn": _TURN}, LocalsAnswer, _variables),
    "search": Question(
        "Where the chat log has these words, from entry `start` on; `next` is where to go on.",
        {"text": Text("words to search for"), "start": Number("position of the entry to begin at")},
        HitsPage,
        _search,
    ),
    "subtasks": Question("The jobs below, parents before children.", {"start": _START}, SubtasksPage, _subtasks),
    "value": Question(
        "A page of the entries of a variable, or of a part of it.",
        {"name": _NAME, "path": _PATH, "start": _START, "turn": _TURN_OR_NOW},
        ValueAnswer,
        _value,
    ),
    "grid": Question(
        f"A window of {GRID_ROWS} rows and {GRID_COLUMNS} columns of a frame or an array.",
        {
            "name": _NAME,
            "path": _PATH,
            "row": Number("first row"),
            "column": Number("first column"),
            "turn": _TURN_OR_NOW,
        },
        GridAnswer,
        _grid,
    ),
    "exchange": Question(
        "The exact request of a turn and the reply as it came.",
        {"item": Number("position of the turn's entry in the chat log")},
        ExchangeAnswer,
        None,
    ),
    "diff": Question(
        "What is different in the variables after turn `b`, compared with those after turn `a`.",
        {
            "a": _TURN,
            "b": _TURN,
            "other": Text("the job that `b` is a turn of; this one when absent", 40, optional=True),
        },
        DiffAnswer,
        None,
    ),
    "usage": Question("Tokens, time and cost of the job, and with all jobs below it.", {}, UsageAnswer, _usage),
}


def read_question(name: str, values: Values) -> tuple[Question, dict[str, Any]]:
    """The question of this name and its fields.

    Raises:
        BadOptionError: There is no such question, or a field is wrong.
    """
    question = QUESTIONS.get(name)
    if question is None:
        raise BadOptionError("name", f"{name[:40]!r} is no question: ask for {', '.join(QUESTIONS)}")
    return question, read_fields(question.fields, values)
