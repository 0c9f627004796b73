"""What `statek_jupyter.testing` offers to people's own tests."""

from __future__ import annotations

import pytest

import statek_jupyter as sj
from statek_jupyter.errors import ModelError, UnknownModelError
from statek_jupyter.llm import registry
from statek_jupyter.store import Store
from statek_jupyter.testing import script


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_a_script_answers_and_remembers_what_it_was_asked(store: Store) -> None:
    """One request per reply, with the messages the model got."""
    with script(["```python\nx = 6\n```", "```python\nexit(x * 7)\n```"]) as model:
        job = store.submit(sj.JobDef(sj.Agent("tester", metadata=model.metadata)), message="Multiply.")
        sj.run(job, timeout=30)
    assert job.result == 42
    assert [request.turn for request in model.requests] == [1, 2]
    assert any("Multiply." in str(message["content"]) for message in model.last_messages)


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_a_function_decides_and_a_failure_ends_the_job(store: Store) -> None:
    """A script may be a function; an error it raises is the job's."""

    def refuse(messages: object, **request: object) -> str:
        raise ModelError("authentication", "any", "no key")

    with script(refuse) as model:
        job = store.submit(sj.JobDef(sj.Agent("tester", metadata=model.metadata)), message="Hello.")
        sj.run(job, timeout=30)
    assert "no key" in str(job.error)


def test_two_scripts_do_not_meet_and_leave_nothing_behind() -> None:
    """Each has a name of its own, which stands for nothing after the block."""
    with script(["a"]) as one, script(["b"]) as two:
        assert one.name != two.name
        assert {registry.resolve(one.name), registry.resolve(two.name)} == {one, two}
    with pytest.raises(UnknownModelError):
        registry.resolve(one.name)
