"""Any turn of a job, looked at again: variables, chat log, console, usage, status; on every kind of store."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from statek_jupyter.engine.run import run
from statek_jupyter.engine.worker import Worker
from statek_jupyter.errors import UnknownTurnError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem, UserLogItem
from statek_jupyter.executors.job import JobDef, JobStatus
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.history import timeline
from tests.fuzz.locals_programs import PRELUDE, statement
from tests.fuzz.locals_shape import Shape
from tests.store.jobs import KINDS
from tests.waiting import eventually

on_every_store = pytest.mark.parametrize("store", KINDS, indirect=True)


def code(*lines: str) -> str:
    return "\n".join(["```python", *lines, "```"])


def finished(store: Store, replies: list[Any], *, warmup: str | None = None, **given: Any) -> JobHandle:
    """A job that ran through its replies."""
    register_model("past", ScriptedModel(replies))
    agent = Agent("past", metadata={"MODEL": "scripted/past"})
    definition = JobDef(agent, warmup_code=warmup, limits=JobLimits(max_turns=len(replies) + 1))
    return run(store.submit(definition, **given), timeout=60)


def go_on(job: JobHandle, until_turn: int) -> None:
    """Let a job that was DONE take up its work again."""
    with Worker(job.store, only=[job.id]):
        eventually(lambda: job.turns == until_turn and job.status is JobStatus.DONE)


@on_every_store
def test_a_turn_shows_what_there_was(store: Store) -> None:
    """Variables, chat log, console, usage and status as they were, and still so after a pack."""
    replies = [
        code("rows.append(given[0])", "alias = rows", "print('one')"),
        code("rows = rows + [2]", "del given", "print('two')"),
        code("print('three')", "exit(len(rows))"),
    ]
    job = finished(store, replies, warmup="rows = []\nprint('zero')", locals={"given": [1]}, message="go")
    for _ in range(2):
        seen = [job.at(turn) for turn in range(job.turns + 1)]
        assert [dict(view.locals) for view in seen] == [
            {"given": [1], "rows": []},
            {"given": [1], "rows": [1], "alias": [1]},
            {"rows": [1, 2], "alias": [1]},
            {"rows": [1, 2], "alias": [1]},
        ]
        assert seen[1].locals["alias"] is seen[1].locals["rows"]
        assert [view.console[-1] for view in seen] == ["zero\n", "one\n", "two\n", "three\n"]
        assert [view.usage.num_calls for view in seen] == [0, 1, 2, 3] and seen[3].usage == job.usage
        assert [len(view.chat_log) for view in seen] == [3, 4, 5, 6]
        assert [view.status for view in seen] == [JobStatus.STARTED] * 3 + [JobStatus.DONE]
        assert [view.result for view in seen] == [None, None, None, 2]
        store.pack(0)


def test_turns_count_from_both_ends_and_others_are_refused(store: Store) -> None:
    """-1 is the last turn; the error says which turns there are."""
    job = finished(store, [code("x = 1"), "Done."])
    assert [job.at(turn).turn for turn in (0, 1, 2, -1, -2, -3)] == [0, 1, 2, 2, 1, 0]
    for wrong in (3, -4, "1", 1.0, True):
        with pytest.raises(UnknownTurnError, match=r"has no turn .*turns 0 \(its warmup\) to 2"):
            job.at(wrong)  # type: ignore[arg-type]


def test_a_message_belongs_to_the_turn_that_answers_it(store: Store) -> None:
    """A job that was DONE and was brought back was DONE after its earlier turn."""
    job = finished(store, ["First.", "Second."], message="one")
    job.send("two")
    go_on(job, until_turn=2)
    texts = [[entry.message for entry in job.at(n).chat_log if isinstance(entry, UserLogItem)] for n in (0, 1, 2)]
    assert texts == [["one"], ["one"], ["one", "two"]]
    assert [(job.at(n).status_text, job.at(n).result) for n in (0, 1, 2)] == [
        ("running", None),
        ("done", "First."),
        ("done", "Second."),
    ]


def test_functions_see_the_variables_and_classes_of_their_turn(store: Store) -> None:
    """Globals, class attributes and redefined classes alike; no other variable has to be loaded for it."""
    replies = [
        code("class Rate:\n    value = 1", "rate = Rate()", "base = 10", "def price(): return base * rate.value"),
        code("Rate.value = 2"),
        code("base = 100"),
        code("class Rate:\n    value = 7", "rate = Rate()"),
        code("del Rate, rate"),
    ]
    job = finished(store, [*replies, "Done."])
    assert [job.at(turn).locals["price"]() for turn in range(1, 5)] == [10, 20, 200, 700]
    with pytest.raises(NameError, match="rate"):
        job.at(5).locals["price"]()


def test_a_view_is_the_callers_own(store: Store) -> None:
    """Changing a value changes no other view, and not the job."""
    job = finished(store, [code("rows = [1]"), "Done."])
    view = job.at(1)
    view.locals["rows"].append(2)
    assert view.locals["rows"] == [1, 2]
    assert job.at(1).locals["rows"] == [1]
    with pytest.raises(TypeError):
        view.locals["rows"] = 3  # type: ignore[index]


def test_an_answer_that_never_came_is_no_turn(store: Store) -> None:
    """A request that failed for good leaves the turns before and after it where they are."""
    job = finished(store, [code("x = 1")])  # the second request finds the script at its end
    assert job.status is JobStatus.DONE and job.turns == 1
    assert job.at(1).status_text.startswith("failed") and job.at(1).locals["x"] == 1
    register_model("past", ScriptedModel([code("x = 1"), code("x = 2"), "Done."]))
    job.resume()
    go_on(job, until_turn=3)
    assert [job.at(turn).locals.get("x") for turn in range(4)] == [None, 1, 2, 2]
    items = [entry.turn for entry in job.at(2).chat_log if isinstance(entry, LLM_LogItem)]
    assert items[-1] == 2


def test_a_long_job_is_read_by_few_records(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn 4,999 costs what turn 50 costs: entries are skipped, not walked."""
    job = finished(store, [*(code(f"v{n % 5} = {n}") for n in range(1, 120)), "Done."], message="go")
    reads = []
    plain = timeline.ChatLog.__getitem__
    monkeypatch.setattr(timeline.ChatLog, "__getitem__", lambda log, at: reads.append(at) or plain(log, at))
    view = job.at(115)
    assert len(reads) < 45
    assert dict(view.locals) == {f"v{n % 5}": n for n in range(111, 116)}


@pytest.mark.parametrize("seed", range(4))
def test_every_turn_is_what_was_alive_then(store: Store, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Random programs: after any turn, values and sharing are those of the live namespace, as recorded at that time."""
    monkeypatch.setattr(timeline, "MARK_TURNS", 3)
    rng = random.Random(seed)
    recorded: list[Any] = []
    shape: list[Callable[[], Any]] = []

    def reply(messages: Any, **request: Any) -> str:
        recorded.append(shape[0]())
        if len(recorded) > 40:
            return "Done."
        return code(*(statement(rng) for _ in range(rng.randrange(1, 4))))

    register_model("random", FunctionModel(reply))
    job = store.submit(JobDef(Agent("random", metadata={"MODEL": "function/random"}), warmup_code=PRELUDE))
    module = f"statek.job_{job.id}"
    shape.append(lambda: Shape(module).of(_variables(vars(sys.modules[module]))))
    run(job, timeout=60)
    assert job.turns == 41 and job.error is None
    for turn, alive in enumerate(recorded):
        assert Shape(module).of(dict(job.at(turn).locals)) == alive, f"turn {turn}"


def _variables(namespace: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in namespace.items() if not name.startswith("__")}
