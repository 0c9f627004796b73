"""Changes between two views of a job."""

from __future__ import annotations

import json
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from statek_jupyter.executors.chat_log import Output
from statek_jupyter.views.delta import Delta, apply, delta
from statek_jupyter.views.job_view import read_job, refreshed
from statek_jupyter.views.schema import JobView
from tests.views.jobs import EXAMPLES, add_outputs, example, long_job, turn

TEXT = st.text(max_size=6)


def rows(key: str, names: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of rows no two of which have the same name."""
    row = st.fixed_dictionaries({key: names, "state": st.sampled_from(["running", "ok"]), "text": TEXT})
    return st.lists(row, max_size=6, unique_by=lambda one: cast(str, one[key]))


VIEWS = st.fixed_dictionaries(
    {
        "id": st.just("J"),
        "seq": st.integers(0, 9),
        "status": st.sampled_from(["STARTED", "DONE"]),
        "result": st.none() | TEXT,
        "usage": st.dictionaries(TEXT, st.integers(0, 3), max_size=2),
        "items": rows("id", st.integers(0, 9)),
        "locals": rows("name", TEXT),
        "subtasks": rows("id", TEXT),
    }
)


@settings(max_examples=300, deadline=None)
@given(VIEWS, VIEWS)
def test_applying_a_delta_gives_the_new_view(old: Any, new: Any) -> None:
    """``apply(old, delta(old, new))`` is `new`, through JSON, and `old` stays as it was."""
    before = json.dumps(old)
    change = json.loads(json.dumps(delta(old, new)))
    assert apply(old, change) == new
    assert json.dumps(old) == before


@given(VIEWS)
def test_no_change_is_an_empty_delta(view: Any) -> None:
    """Equal views need nothing to be sent."""
    assert delta(view, json.loads(json.dumps(view))) == {}


def test_the_recorded_pairs_are_what_python_gives() -> None:
    """The pairs the browser's test replays are this module's own answers."""
    pairs = json.loads((EXAMPLES / "deltas" / "pairs.json").read_text(encoding="utf-8"))
    assert len(pairs) > 50
    for pair in pairs:
        assert delta(pair["old"], pair["new"]) == pair["delta"]
        assert apply(pair["old"], pair["delta"]) == pair["new"]


def test_only_what_changed_is_in_a_delta() -> None:
    """One more line of output in a job of a thousand turns is one entry, a few hundred bytes."""
    job = long_job(1000)
    running = turn(1001, "loop()", Output("stdout", "1\n"), executed=False)
    job.chat_log.append(running)
    view = read_job(job)
    add_outputs(running, "2\n")
    job.touch()
    change: Delta = delta(view, refreshed(view, job))
    assert change["items"] == {"put": [{**view["items"][-1], "outputs": [{"kind": "stdout", "text": "1\n2\n"}]}]}
    assert set(change["set"]) == {"seq", "updated_at"}
    assert len(json.dumps(change)) < 1_000


def test_rows_that_moved_keep_their_order() -> None:
    """A variable put between others arrives in its place."""
    old: JobView = example("finished")
    row = {**old["locals"][0], "name": "between"}
    new = cast(JobView, {**old, "locals": [old["locals"][0], row, *old["locals"][1:]]})
    change = delta(old, new)
    assert change["locals"]["put"] == [row]
    assert [one["name"] for one in apply(old, change)["locals"]] == change["locals"]["order"]
