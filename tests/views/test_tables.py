"""Lists of 80 columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef, JobDefError, JobStatus
from statek_jupyter.executors.usage import CallUsage, LLM_Usage
from statek_jupyter.views.job_view import usage_view
from statek_jupyter.views.tables import JobRow, age, job_table, money, read_row, table, usage_lines

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def row(**values: object) -> JobRow:
    job = Job(JobDef(Agent("python", metadata={"MODEL": "scripted/x"})))
    return {**read_row(job), **values}  # type: ignore[typeddict-item,return-value]


def test_a_long_result_is_cut_to_the_width() -> None:
    """No line is wider than 80 columns, and text of several lines stays on one."""
    text = job_table([row(id="0" * 13, name="report", result="many words\nand lines " * 20)], NOW)
    assert max(map(len, text.splitlines())) <= 80
    assert text.splitlines()[1].endswith("…")
    assert len(text.splitlines()) == 2


def test_numbers_stand_under_each_other() -> None:
    """Columns are as wide as their widest cell."""
    lines = table(("NAME", "N", "TEXT"), [("a", "1", "x"), ("bb", "100", "y")], right=(1,)).splitlines()
    assert lines == ["NAME    N  TEXT", "a       1  x", "bb    100  y"]


def test_a_failed_job_says_so() -> None:
    """The status tells how a job ended, and the last column tells why."""
    job = Job(JobDef(Agent("python", metadata={"MODEL": "scripted/x"})), error=JobDefError(ValueError("no such file")))
    job.set_status(JobStatus.DONE)
    found = read_row(job)
    assert found["status"] == "failed"
    assert "no such file" in job_table([found])


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7_300, "2 h"), (200_000, "2 d"), (-5, "0 s")]
)
def test_age(seconds: int, text: str) -> None:
    """One unit, the largest that fits; a clock that went back is no negative age."""
    assert age((NOW - timedelta(seconds=seconds)).isoformat(), NOW) == text


@pytest.mark.parametrize(
    ("amount", "unknown_calls", "text"),
    [
        (None, 1, "unknown"),
        (None, 0, "$0"),
        ("0", 0, "$0"),
        ("0.00123", 0, "$0.0012"),
        ("12.349", 0, "$12.35"),
        ("0.5", 2, "≥ $0.500"),
        ("0.0000012", 0, "$0.000001"),
    ],
)
def test_money(amount: str | None, unknown_calls: int, text: str) -> None:
    """A request of unknown price is never shown as nothing, and no request costs nothing; small amounts keep digits."""
    assert money(amount, unknown_calls) == text


def test_usage_of_several_models_names_each() -> None:
    """A model whose price is known has its cost, beside one that makes the sum a lower bound."""
    used = LLM_Usage().plus(CallUsage("priced", 1, 0, 1, cost_usd=Decimal("0.5"))).plus(CallUsage("other", 1, 0, 1))
    lines = usage_lines(usage_view(used)).splitlines()
    assert lines[2:] == [
        "cost      at least $0.500: the price of 1 request is unknown",
        "  priced  $0.500",
        "  other  unknown",
    ]
