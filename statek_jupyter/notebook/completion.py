"""Tab on the first line of ``%%statek_job`` and on ``%statek``: options, and the values the notebook and store know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from statek_jupyter.launch.options import CELL_OPTIONS, Option

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

Known = Callable[[str], Iterable[str]]
"""Kind of value (``agent``, ``variable``, ``job``, …) to the values known now. Must be quick and open nothing."""

_CELL = re.compile(r"%%statek_job\s")
_LINE = re.compile(r"\s*%statek\s")
_OPTION_VALUE = re.compile(r"--(?P<name>[\w-]+)(?:=|\s+)(?P<typed>[^\s'\"]*)$")


def cell_candidates(text: str, known: Known, options: Sequence[Option] = CELL_OPTIONS) -> tuple[str, list[str]]:
    """What may follow `text`, the first line of a cell up to the cursor.

    Returns:
        The piece of `text` that is being completed, and what may stand in its place.
    """
    by_name = {option.name: option for option in options}
    match = _OPTION_VALUE.search(text)
    option = by_name.get(match["name"]) if match else None
    if match and option is not None and option.value:
        return _value_candidates(option, match["typed"], known)
    word = text.split()[-1] if text and not text[-1].isspace() else ""
    if word and not word.startswith("-"):
        return word, []
    given = {option.name for option in options if re.search(rf"--{option.name}(?=[\s=])", text)}
    return word, [option.flag for option in options if option.name not in given and option.flag.startswith(word)]


def _value_candidates(option: Option, typed: str, known: Known) -> tuple[str, list[str]]:
    before, _, last = typed.rpartition(",") if option.kind == "variables" else ("", "", typed)
    kind = "variable" if option.kind == "variables" else option.kind
    taken = set(before.split(","))
    found = known(kind) if kind else ()
    return last, [value for value in found if value.startswith(last) and value not in taken]


def line_candidates(text: str, commands: Mapping[str, str | None], known: Known) -> tuple[str, list[str]]:
    """What may follow `text`, a ``%statek`` line up to the cursor.

    Args:
        text: The line.
        commands: Command to the kind of its first argument, None when it takes none.
        known: The values of a kind.
    """
    words = text.split()[1:]
    typed = words.pop() if words and not text[-1].isspace() else ""
    if not words:
        return typed, [name for name in commands if name.startswith(typed)]
    kind = commands.get(words[0]) if len(words) == 1 else None
    return typed, [value for value in (known(kind) if kind else ()) if value.startswith(typed)]


class Completion:
    """Our matcher in IPython's completer."""

    def __init__(self, commands: Mapping[str, str | None], known: Known) -> None:
        self._commands = commands
        self._known = known
        self._matcher: Any = None

    def install(self, shell: InteractiveShell) -> None:
        """Ask us first, for lines that are ours."""
        from IPython.core.completer import context_matcher

        @context_matcher(identifier="statek_jupyter.complete", priority=100)  # type: ignore[untyped-decorator]
        def matcher(context: CompletionContext) -> SimpleMatcherResult:
            return self.complete(context)

        self._matcher = matcher
        completer: Any = shell.Completer
        completer.custom_matchers.append(matcher)

    def uninstall(self, shell: InteractiveShell) -> None:
        """Leave the completer as it was."""
        completer: Any = shell.Completer
        if self._matcher in completer.custom_matchers:
            completer.custom_matchers.remove(self._matcher)

    def complete(self, context: CompletionContext) -> SimpleMatcherResult:
        """Our candidates for this place; none, and not in anybody's way, when the line is not ours."""
        from IPython.core.completer import SimpleCompletion

        text = context.text_until_cursor
        if context.cursor_line == 0 and _CELL.match(text):
            fragment, found = cell_candidates(text, self._known)
        elif _LINE.match(text):
            fragment, found = line_candidates(text, self._commands, self._known)
        else:
            return {"completions": []}
        completions = [SimpleCompletion(text=value, type="param") for value in found]
        return {"completions": completions, "matched_fragment": fragment, "suppress": True, "ordered": True}
