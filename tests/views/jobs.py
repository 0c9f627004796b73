"""Jobs and views for the tests of the views."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import ChatLogItem, LLM_LogItem, Output, UserLogItem
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.usage import CallUsage
from statek_jupyter.views.schema import JobView

EXAMPLES = Path(__file__).parent / "examples"
NAMES = ("failed", "finished", "hostile", "running", "waiting")


def example(name: str) -> JobView:
    """A view from ``examples/``, which the browser's tests read too."""
    return cast(JobView, json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")))


def new_job(**fields: Any) -> Job:
    """A job in memory."""
    job = Job(JobDef(Agent("analyst", metadata={"MODEL": "scripted/demo"})))
    for name, value in fields.items():
        setattr(job, name, value)
    return job


def turn(number: int, code: str = "x = 1", *outputs: Output, executed: bool = True) -> LLM_LogItem:
    """A turn whose reply was kept."""
    item = LLM_LogItem(CodeBlock(code), turn=number)
    item.usage = CallUsage(
        "scripted/demo", 100, 60, 20, cost_usd=Decimal("0.001"), cost_source="registered", seconds=0.5
    )
    item.executed = executed
    item.add_outputs(outputs)
    return item


def long_job(turns: int) -> Job:
    """A running job with that many turns."""
    job = new_job(num_turns=turns)
    job.set_status(JobStatus.STARTED)
    job.chat_log.append(UserLogItem("Begin."))
    for number in range(1, turns + 1):
        job.chat_log.append(turn(number, f"x = {number}", Output("stdout", f"{number}\n")))
    return job


def add_outputs(item: ChatLogItem, *texts: str) -> None:
    """Let an item print."""
    item.add_outputs(Output("stdout", text) for text in texts)
