"""The page about a job's JSON form names every field of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from statek_jupyter.views import schema
from statek_jupyter.views.bundle import JOB_TYPE

PAGE = (Path(__file__).parents[2] / "docs/reference/job-json.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))


def test_the_page_tells_the_type_and_its_version() -> None:
    """Both as they are in the code."""
    assert JOB_TYPE in PAGE and f"`{schema.FORMAT}`" in PAGE


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_every_field_is_described(name: str) -> None:
    """Neither one too few nor one too many, and the optional ones are said to be."""
    declared = {field: "NotRequired" in str(kind) for field, kind in vars(schema)[name].__annotations__.items()}
    rows = re.findall(r"^\| `(\w+)`( \(optional\))? \|", SECTIONS[name], flags=re.MULTILINE)
    assert {field: bool(optional) for field, optional in rows} == declared


def test_every_form_that_a_job_is_made_of_is_there() -> None:
    """Forms named by a field of a described one are described, too."""
    named = {
        word
        for section in SECTIONS
        for kind in vars(schema)[section].__annotations__.values()
        for word in re.findall(r"\w+View", str(kind))
    }
    assert named <= SECTIONS.keys()
