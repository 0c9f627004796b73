"""System prompts: an introduction and sections, some only for some difficulties, with placeholders that never fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from statek_jupyter.executors.model_choice import TaskDifficulty
from statek_jupyter.executors.tool import Tool

_RULE = re.compile(r"\s*([-*=])\1{4,}\s*")
_HEADING = re.compile(r"(#{2,6})\s+(\S.*?)\s*")
_BOX_OPEN = re.compile(r"\s*<([A-Za-z][\w-]*)((?:\s+[\w-]+\s*=\s*\"[^\"]*\")+)\s*>\s*")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*\"([^\"]*)\"")
_TITLE = re.compile(r"(low|medium|high|[LMHlmh]{1,3})\s*:\s*(\S.*)", re.IGNORECASE)
_FIELD = re.compile(
    r"\{\{(?P<escaped>[A-Za-z_]\w*)\}\}|\{(?P<name>[A-Za-z_]\w*)(?:!(?P<conversion>[rsa]))?(?::(?P<spec>[^{}]*))?\}"
)
_TOOLS = re.compile(r"\{(?P<form>tools|brief_tools|detailed_tools)\}")


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a prompt."""

    head: str
    """The line or lines that begin it, as written but without the difficulties; may be empty."""
    content: str
    difficulties: frozenset[TaskDifficulty] = frozenset()
    """When it is said; empty for always."""
    tail: str = ""
    """The line that ends it: the closing tag of a box."""

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.head, self.content, self.tail) if part)


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """A prompt in its parts."""

    intro: str
    sections: tuple[Section, ...] = ()

    def select(self, difficulty: TaskDifficulty) -> str:
        """The introduction and the sections for this difficulty, a blank line between."""
        said = (section for section in self.sections if not section.difficulties or difficulty in section.difficulties)
        return "\n\n".join(part for part in (self.intro, *(section.text for section in said)) if part)


def parse_system_prompt(text: str) -> SystemPrompt:
    """Read a prompt.

    A section begins with a title between two ruled lines (``-----``, ``*****``), or a markdown heading of level 2 to 6.
    A box ``<name difficulty="H">`` up to ``</name>`` is one too. A title may say when it holds: ``MH: Title`` or
    ``high: Title``.
    """
    lines = text.strip().splitlines()
    found = [Section("", "")]
    index = 0
    fenced = False
    while index < len(lines):
        fenced ^= lines[index].lstrip().startswith("```")
        started = None if fenced else _box(lines, index) or _section_start(lines, index)
        if started is None:
            found[-1] = replace(found[-1], content=found[-1].content + lines[index] + "\n")
            index += 1
        else:
            section, index = started
            found += [section, Section("", "")] if section.tail else [section]
    intro, *sections = (replace(section, content=section.content.strip("\n")) for section in found)
    return SystemPrompt(intro.content, tuple(section for section in sections if section.text))


def _box(lines: list[str], index: int) -> tuple[Section, int] | None:
    """An XML box with a difficulty that begins at `index`, and the index after it."""
    opened = _BOX_OPEN.fullmatch(lines[index])
    if opened is None:
        return None
    attributes = dict(_ATTRIBUTE.findall(opened[2]))
    said = attributes.pop("difficulty", None) or attributes.pop("target_difficulties", None)
    end = next((i for i in range(index + 1, len(lines)) if lines[i].strip() == f"</{opened[1]}>"), None)
    when = _difficulties(said) if said else None
    if when is None or end is None:
        return None
    kept = "".join(f' {name}="{value}"' for name, value in attributes.items())
    content = "\n".join(lines[index + 1 : end])
    return Section(f"<{opened[1]}{kept}>", content, when, lines[end].strip()), end + 1


def _section_start(lines: list[str], index: int) -> tuple[Section, int] | None:
    """A section, still without content, that begins at `index`, and the index after its head."""
    line = lines[index]
    heading = _HEADING.fullmatch(line)
    if heading is not None:
        title, when = _title(heading[2])
        return Section(f"{heading[1]} {title}", "", when), index + 1
    ruled = _RULE.fullmatch(line) and index + 2 < len(lines) and _RULE.fullmatch(lines[index + 2])
    if ruled and lines[index + 1].strip():
        title, when = _title(lines[index + 1].strip())
        return Section("\n".join((line.strip(), title, lines[index + 2].strip())), "", when), index + 3
    return None


def _title(text: str) -> tuple[str, frozenset[TaskDifficulty]]:
    labelled = _TITLE.fullmatch(text)
    when = _difficulties(labelled[1]) if labelled else None
    return (labelled[2], when) if labelled and when else (text, frozenset())


def _difficulties(text: str) -> frozenset[TaskDifficulty] | None:
    """``MH``, ``high`` or ``M, H``; None when it is something else."""
    names = {member.name: member for member in TaskDifficulty}
    letters = {member.value.lower(): member for member in TaskDifficulty}
    found: set[TaskDifficulty] = set()
    for word in re.split(r"[\s,]+", text.strip().lower()):
        if word in names:
            found.add(names[word])
        elif word and set(word) <= set(letters):
            found.update(letters[letter] for letter in word)
        else:
            return None
    return frozenset(found)


def fill(text: str, values: Mapping[str, Any]) -> str:
    """`text` with ``{name}``, ``{name!r}`` and ``{name:spec}`` replaced for the names in `values`, in one pass.

    Everything else stays as it is: unknown names, JSON, code. ``{{name}}`` gives ``{name}`` for a known name.
    """

    def replaced(found: re.Match[str]) -> str:
        escaped = found["escaped"]
        if escaped is not None:
            return f"{{{escaped}}}" if escaped in values else found[0]
        if found["name"] not in values:
            return found[0]
        return _formatted(values[found["name"]], found["conversion"], found["spec"] or "", found[0])

    return _FIELD.sub(replaced, text)


_CONVERSIONS: dict[str | None, Callable[[Any], Any]] = {None: lambda value: value, "r": repr, "s": str, "a": ascii}


def _formatted(value: Any, conversion: str | None, spec: str, otherwise: str) -> str:
    """`otherwise` when the value does not take the spec."""
    try:
        return format(_CONVERSIONS[conversion](value), spec)
    except (TypeError, ValueError):
        return otherwise


def with_tools(text: str, tools: Iterable[Tool]) -> str:
    """`text` with ``{tools}``, ``{brief_tools}`` and ``{detailed_tools}`` replaced by stubs of all but internal tools.

    On a line that begins with ``#`` the stubs become comment lines.
    """
    told = [one for one in tools if not one.internal]

    def expanded(line: str) -> str:
        def stubs(found: re.Match[str]) -> str:
            detailed = found["form"] == "detailed_tools"
            return "\n\n".join(one.detailed_stub() if detailed else one.stub() for one in told)

        filled = _TOOLS.sub(stubs, line)
        if filled == line or not line.startswith("#"):
            return filled
        return "\n# ".join(filled.split("\n"))

    return "\n".join(expanded(line) for line in text.split("\n"))
