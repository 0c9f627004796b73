"""What Tab offers, from the text before the cursor and the values that are known."""

from __future__ import annotations

import pytest

from statek_jupyter.notebook.completion import cell_candidates, line_candidates

KNOWN = {
    "agent": ["analyst", "python"],
    "model": ["scripted/demo", "openai/"],
    "variable": ["days", "deals", "table"],
    "style": ["console", "direct"],
    "job": ["0abc"],
}


def known(kind: str) -> list[str]:
    return KNOWN.get(kind, [])


@pytest.mark.parametrize(
    ("text", "fragment", "offered"),
    [
        ("%%statek_job --mo", "--mo", ["--model"]),
        ("%%statek_job report --max", "--max", ["--max-turns", "--max-output"]),
        ("%%statek_job --agent ", "", ["analyst", "python"]),
        ("%%statek_job --agent=an", "an", ["analyst"]),
        ("%%statek_job --model scripted/", "scripted/", ["scripted/demo"]),
        ("%%statek_job --with d", "d", ["days", "deals"]),
        ("%%statek_job --with days,", "", ["deals", "table"]),
        ("%%statek_job --with days,de", "de", ["deals"]),
        ("%%statek_job --into ta", "ta", ["table"]),
        ("%%statek_job --style c", "c", ["console"]),
        ("%%statek_job --ask ", "", []),
        ("%%statek_job rep", "rep", []),
    ],
)
def test_a_cell_line(text: str, fragment: str, offered: list[str]) -> None:
    """Options by their beginning, values by the option they belong to, nothing where a person writes freely."""
    assert cell_candidates(text, known) == (fragment, offered)


def test_an_option_is_offered_once() -> None:
    """What the line has already is not offered again."""
    _, offered = cell_candidates("%%statek_job --model openai/x --wait ", known)
    assert "--model" not in offered
    assert "--wait" not in offered
    assert "--agent" in offered


@pytest.mark.parametrize(
    ("text", "fragment", "offered"),
    [
        ("%statek ", "", ["jobs", "show", "model"]),
        ("%statek s", "s", ["show"]),
        ("%statek show ", "", ["0abc"]),
        ("%statek model scr", "scr", ["scripted/demo"]),
        ("%statek jobs ", "", []),
        ("%statek show 0abc ", "", []),
    ],
)
def test_a_line(text: str, fragment: str, offered: list[str]) -> None:
    """Commands, then what the command's first argument names."""
    assert line_candidates(text, {"jobs": None, "show": "job", "model": "model"}, known) == (fragment, offered)
