"""Agents: tools, metadata, updates."""

from __future__ import annotations

import pytest

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.model_choice import TaskDifficulty
from statek_jupyter.executors.tool import tool
from tests.executors.kept import Database, Keep, a_job_def


def look(where: str) -> str:
    """Look somewhere."""
    return where


def _peek(where: str) -> str:
    return where


def test_an_agent_is_what_it_was_made_with(keep: Keep[Agent]) -> None:
    """Role, prompt, tools, metadata and description are kept; a name with ``_`` makes a tool internal."""
    agent = keep(Agent("clerk", "Be brief.", [look, _peek], [len], {"MODEL": "a"}, "Finds things."))
    assert (agent.role, agent.system_prompt, agent.description) == ("clerk", "Be brief.", "Finds things.")
    assert [one.name for one in agent.tools] == ["look"]
    assert [one.name for one in agent.internal_tools] == ["_peek", "len"]
    assert [one.name for one in agent.all_tools] == ["look", "_peek", "len"]
    found = agent.tool("look")
    assert found is not None and found("here") == "here"
    assert agent.tool("missing") is None


def test_metadata_is_copied_and_read_only() -> None:
    """Neither the caller's dict nor the property changes an agent."""
    given = {"MODEL": "a"}
    agent = Agent("clerk", metadata=given)
    given["MODEL"] = "b"
    assert agent.metadata == {"MODEL": "a"}
    with pytest.raises(TypeError):
        agent.metadata["MODEL"] = "c"  # type: ignore[index]


def test_updates_write_only_what_differs(database: Database) -> None:
    """Each update says whether it changed anything; equal values leave the record alone."""
    agent = database.reread(Agent("clerk", "p", [look, lambda_tool()], metadata={"MODEL": "a"}, description="d"))
    assert not agent.update_system_prompt("p")
    assert not agent.update_metadata({"MODEL": "a"})
    assert not agent.update_description("d")
    assert not agent.update_from(agent)
    assert not agent._p_changed
    assert agent.update_metadata({"MODEL": "b"}) and agent._p_changed


def lambda_tool() -> object:
    made = lambda x: x
    return tool(name="same")(made)


def test_an_agent_becomes_another_of_its_role(keep: Keep[Agent]) -> None:
    """`put_agent` updates by this; definitions made before keep their metadata."""
    agent = keep(Agent("clerk", tools=[look], metadata={"MODEL": "a"}))
    before = a_job_def(agent=agent)
    assert agent.update_from(Agent("clerk", "new", [_peek], metadata={"MODEL": "b"}))
    assert (agent.system_prompt, agent.tools, agent.metadata) == ("new", (), {"MODEL": "b"})
    assert before.model == "a"
    with pytest.raises(BadOptionError, match="another agent"):
        agent.update_from(Agent("other"))


def test_a_tool_is_appended_in_place_of_its_namesake() -> None:
    """Also an internal one."""
    agent = Agent("clerk", tools=[look])
    agent.append_tool(tool(name="look")(lambda: "other"))
    agent.append_tool(_peek)
    found = agent.tool("look")
    assert found is not None and found() == "other"
    assert [one.name for one in agent.all_tools] == ["look", "_peek"]


@pytest.mark.parametrize("role", ["", "  ", None, 3])
def test_an_agent_needs_a_name(role: str) -> None:
    """The role is how jobs and people call it."""
    with pytest.raises(BadOptionError, match="role"):
        Agent(role)


def test_two_tools_of_one_name_are_refused() -> None:
    """A job could call only one of them."""
    with pytest.raises(BadOptionError, match="two tools are called look"):
        Agent("clerk", tools=[look, tool(name="look")(lambda: None)])


def test_the_prompt_lists_tools_and_shared_variables() -> None:
    """Stubs for `{tools}`, docstrings for `{detailed_tools}`, comments on a comment line; never internal tools."""
    text = "# {brief_tools}\n{detailed_tools}\nVars: {shared_var_names}"
    prompt = Agent("clerk", text, [look, _peek]).format_prompt(TaskDifficulty.low, {"shared_vars": ["a", "b"]})
    stub = 'def look(where: str) -> str:\n    """Look somewhere."""'
    commented = "\n".join(f"# {line}" for line in stub.splitlines())
    assert prompt == f"{commented}\n{stub}\nVars: a, b"
