"""A store as people have it: jobs that ended, failed, run, wait and delegate; for pictures, and for rules on looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import Job, JobDef, JobStatus
from statek_jupyter.executors.subtask import subtask
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import ScriptedModel
from statek_jupyter.store import JobHandle, Store

SALES = """import pandas as pd
sales = pd.DataFrame({"region": ["North", "South", "East", "West"], "sales": [412.5, 380.2, 295.8, 501.1]})"""
REPORT = [
    "I look at the columns first.\n"
    "```python\nby_region = sales.groupby('region', as_index=False).sales.sum()\nby_region\n```",
    "```python\nshare = by_region.sale / by_region.sales.sum()\n```",
    "The column is called `sales`. Now the plot.\n```python\n"
    "import matplotlib.pyplot as plt\nshare = by_region.sales / by_region.sales.sum()\n"
    "fig, ax = plt.subplots(figsize=(5, 2))\nbars = ax.bar(by_region.region, share, color='#1976d2')\n"
    "ax.spines[['top', 'right']].set_visible(False)\nplt.show()\n```",
    "**West** sells most: 501.1 k€, almost a third of all sales. East is the weakest region with 295.8 k€.",
]
CLEAN = """I go through the answers one by one.
```python
import time
for number in range(1, 100_000):
    print("answer", number, "kept" if number % 7 else "is empty, left out")
    time.sleep(0.4)
```"""
ORDER = [
    "The cartridges are down to three. I looked up two offers.\n```python\n"
    "offers = ['Inkwell: 348 €, in two days',\n"
    "          'Paperworks: 312 €, in nine days']\n"
    "offer = ask_human(\n"
    "    'Which offer for toner shall I take?\\n\\n- '\n"
    "    + '\\n- '.join(offers),\n"
    "    options=['Inkwell', 'Paperworks', 'Neither'],\n"
    ")\n```"
]
ARCHIVE = ["```python\nwith open('archive-2019.csv') as file:\n    rows = file.read()\n```"] * 3
PRESS = [
    "I give each paper to a reader.\n```python\n"
    "papers = ['Morning Post', 'City Herald', 'Evening News']\n"
    "readers = [read_paper(name, id=name) for name in papers]\n"
    "counts = [wait_for_job(reader) for reader in readers]\n```",
    "Three papers wrote about us, **14 times** in all; most often the *City Herald*.",
]
READ = "```python\nexit({'Morning Post': 3, 'City Herald': 9, 'Evening News': 2}[name])\n```"


@subtask
def read_paper(name: str, **_: object) -> Job:
    """Let a reader count what a paper wrote about us."""
    job = Job(JobDef(Agent("reader", metadata={"MODEL": "scripted/reader"})))
    job.add_locals(name=name)
    return job


@dataclass(frozen=True)
class Scene:
    """The jobs, oldest first."""

    archive: JobHandle
    """Failed."""
    press: JobHandle
    """Done, by three subtasks."""
    order: JobHandle
    """Waits for an answer."""
    report: JobHandle
    """Done, with a table, an error and a plot."""
    survey: JobHandle
    """Runs until it is stopped."""


@contextmanager
def scene(store: Store) -> Iterator[Scene]:
    """Run the jobs in this process until each is where a picture wants it; in the end they are deleted."""
    scripts = {"archive": ARCHIVE, "press": PRESS, "order": ORDER, "report": REPORT, "survey": [CLEAN]}
    for name, replies in scripts.items():
        register_model(name, ScriptedModel(replies))
    register_model("reader", ScriptedModel([READ] * 3))

    def definition(name: str, **options: object) -> JobDef:
        tools = [read_paper] if name == "press" else []
        agent = Agent(name, tools=tools, metadata={"MODEL": f"scripted/{name}"})
        return JobDef(agent, **options)  # type: ignore[arg-type]

    with Worker(store):
        press = store.submit(definition("press"), message="What did the papers write?", name="press review")
        press.wait(60)
        started = Scene(
            archive=store.submit(definition("archive"), message="Import the archive.", name="import the archive"),
            press=press,
            order=store.submit(definition("order"), message="Keep the printers running.", name="order toner"),
            report=store.submit(
                definition("report", warmup_code=SALES),
                message="Which region sells most? Draw it.",
                name="quarter report",
            ),
            survey=store.submit(definition("survey"), message="Clean the survey.", name="clean the survey"),
        )
        for job in (started.archive, started.report):
            job.wait(60)
        started.order.wait(60, until=JobStatus.SUSPENDED)
        yield started
        started.survey.stop()
        started.survey.wait(30)
        for job in (started.archive, started.press, started.order, started.report, started.survey):
            job.delete()
