"""Which model a job asks: the ``MODEL`` text of its metadata, one model or one for each difficulty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from statek_jupyter.errors import BadModelError, BadOptionError
from statek_jupyter.executors.record import stored

_LABELLED = re.compile(r"\s*([LMHlmh](?:\s*[LMHlmh])*)\s*:(.*)", re.DOTALL)


class TaskDifficulty(Enum):
    """How hard the job's work is taken to be; picks the model of a mapping and the sections of a prompt."""

    low = "L"
    medium = "M"
    high = "H"

    @property
    def rank(self) -> int:
        return "LMH".index(self.value)

    @property
    def next_higher(self) -> TaskDifficulty | None:
        """One level up; None above high."""
        return {TaskDifficulty.low: TaskDifficulty.medium, TaskDifficulty.medium: TaskDifficulty.high}.get(self)

    @classmethod
    def parse(cls, text: str) -> TaskDifficulty:
        """The difficulty called ``L``, ``low`` and so on, in any case.

        Raises:
            BadOptionError: No difficulty is called so.
        """
        wanted = text.strip().lower()
        for member in cls:
            if wanted in (member.name, member.value.lower()):
                return member
        raise BadOptionError("difficulty", f"{text!r} is none of L, M, H, low, medium, high")


@stored
@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name in parts: ``model``, ``family/model`` or ``provider/family/model``; more stays in the model."""

    text: str
    model: str
    family: str | None = None
    provider: str | None = None

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Split one model's name.

        Raises:
            BadModelError: Empty, or with blanks or commas inside.
        """
        name = text.strip()
        if not name:
            raise BadModelError(text, "it is empty")
        if "," in name:
            raise BadModelError(text, "a model's name has no comma; in a list every entry has a label: 'L:a,M:b,H:c'")
        if re.search(r"\s", name):
            raise BadModelError(text, "a model's name has no blanks inside")
        parts: list[str | None] = [part or None for part in name.split("/", 2)]
        if parts[-1] is None:
            raise BadModelError(text, "the name ends with '/'")
        provider, family, model = ([None, None, *parts])[-3:]
        return cls(name, model or name, family, provider)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model for each difficulty."""

    low: ModelName
    medium: ModelName
    high: ModelName

    @classmethod
    def parse(cls, text: str) -> ModelChoice:
        """Read a ``MODEL`` text: one model's name, or ``L:a,M:b,H:c``.

        It is a mapping only when every comma-separated entry begins with labels (``LM:a,H:b``); otherwise a colon
        belongs to the model's name (``ollama/llama3:8b``).

        Raises:
            BadModelError: Empty, a difficulty twice or missing, an entry without a model, a name that is none.
        """
        if not isinstance(text, str):
            raise BadModelError(repr(text), "it is not a text")
        entries = [_LABELLED.fullmatch(entry) for entry in text.split(",")]
        if all(entries):
            return cls._from_entries(text, [(match[1], match[2]) for match in entries if match])
        name = ModelName.parse(text)
        return cls(name, name, name)

    @classmethod
    def _from_entries(cls, text: str, entries: list[tuple[str, str]]) -> ModelChoice:
        chosen: dict[TaskDifficulty, ModelName] = {}
        for labels, model in entries:
            if not model.strip():
                raise BadModelError(text, f"no model after {labels.strip()!r}:")
            for label in re.sub(r"\s", "", labels):
                difficulty = TaskDifficulty.parse(label)
                if difficulty in chosen:
                    raise BadModelError(text, f"Duplicate difficulty {difficulty.value}")
                chosen[difficulty] = ModelName.parse(model)
        missing = [difficulty.value for difficulty in TaskDifficulty if difficulty not in chosen]
        if missing:
            raise BadModelError(text, f"all difficulty levels are needed, {', '.join(missing)} is missing")
        return cls(*(chosen[difficulty] for difficulty in TaskDifficulty))

    def name_for(self, difficulty: TaskDifficulty) -> ModelName:
        """The model of this difficulty."""
        return {TaskDifficulty.low: self.low, TaskDifficulty.medium: self.medium, TaskDifficulty.high: self.high}[
            difficulty
        ]

    @property
    def text(self) -> str:
        """The one model's name, or ``L:a,M:b,H:c`` when they differ."""
        if self.low == self.medium == self.high:
            return self.low.text
        return ",".join(f"{difficulty.value}:{self.name_for(difficulty).text}" for difficulty in TaskDifficulty)

    @property
    def family(self) -> str | None:
        """The family all models share; None when they differ or have none."""
        return _shared(self.low.family, self.medium.family, self.high.family)

    @property
    def provider(self) -> str | None:
        """The provider all models share; None when they differ or name none."""
        return _shared(*(_provider(self.name_for(difficulty)) for difficulty in TaskDifficulty))


def _provider(name: ModelName) -> str | None:
    """``openai`` of ``openai/gpt-5-mini``: with two parts the first one is also who serves the model."""
    return name.provider or name.family


def _shared(*values: str | None) -> str | None:
    return values[0] if len(set(values)) == 1 else None


def default_difficulty(metadata: Mapping[str, str]) -> TaskDifficulty:
    """``DEFAULT_DIFFICULTY`` of the metadata, else medium."""
    text = metadata.get("DEFAULT_DIFFICULTY")
    return TaskDifficulty.parse(text) if text else TaskDifficulty.medium
