"""Every row of the reference's tables about definitions, in memory and read back from a database."""

from __future__ import annotations

import inspect
from datetime import datetime

import pytest

from statek_jupyter.errors import BadModelError, BadOptionError, MissingModelError, WarmupSyntaxError
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.job import JobDef, JobDefError
from statek_jupyter.executors.locale import StatekLocale
from tests.executors.kept import Keep, a_job, a_job_def, an_agent

MIXED = "L:ollama/llama3:8b,M:openai/gpt-5-mini,H:openrouter/anthropic/claude"


def test_parameters_are_in_the_reference_order() -> None:
    """Positional arguments mean what the reference says; ours come after, by keyword only."""
    parameters = list(inspect.signature(JobDef).parameters.values())
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert positional == ["agent", "metadata", "job_params", "warmup_code", "_chat_style", "locale"]


def test_row_JobDef_parameter_agent(keep: Keep[JobDef]) -> None:
    """The definition keeps its agent."""
    assert keep(a_job_def(agent=an_agent("reader"))).agent.role == "reader"


def test_row_JobDef_parameter_metadata(keep: Keep[JobDef]) -> None:
    """Without metadata the agent's is copied; later changes of either never meet."""
    agent = an_agent(metadata={"MODEL": "a/b", "NOTE": "old"})
    job_def = keep(JobDef(agent))
    agent.update_metadata({"MODEL": "c/d"})
    assert dict(job_def.metadata) == {"MODEL": "a/b", "NOTE": "old"}
    given = {"MODEL": "x/y"}
    other = keep(JobDef(an_agent(), given))
    given["MODEL"] = "z"
    assert other.model == "x/y"
    with pytest.raises(TypeError):
        other.metadata["MODEL"] = "z"  # type: ignore[index]


def test_agent_metadata_is_not_rewritten_by_a_definition() -> None:
    """The model mapping is read, never written back (statek rewrote the agent's own metadata)."""
    agent = an_agent(metadata={"MODEL": MIXED})
    JobDef(agent)
    assert agent.metadata["MODEL"] == MIXED


def test_row_JobDef_parameter_job_params(keep: Keep[JobDef]) -> None:
    """Values for the prompt are copied and used in formatting."""
    params = {"city": "Kraków"}
    job_def = keep(a_job_def(agent=an_agent(system_prompt="Go to {city}."), job_params=params))
    params["city"] = "nowhere"
    assert a_job(job_def=job_def).system_prompt() == "Go to Kraków."
    assert a_job_def().job_params is None


def test_row_JobDef_parameter_warmup_code(keep: Keep[JobDef]) -> None:
    """A text, a block, a sequence of both, or None; a job takes the blocks it was made with."""
    assert keep(a_job_def(warmup_code="x = 1")).warmup_code == "x = 1"
    assert keep(a_job_def(warmup_code=CodeBlock("x = 1"))).warmup_code == "x = 1"
    both = keep(a_job_def(warmup_code=["x = 1", CodeBlock("y = 2", metadata={"hidden": True})]))
    assert both.warmup_code == ["x = 1", CodeBlock("y = 2", metadata={"hidden": True})]
    assert keep(a_job_def()).warmup_code is None


def test_row_JobDef_parameter_chat_style(keep: Keep[JobDef]) -> None:
    """The override wins over the metadata's style."""
    job_def = keep(a_job_def(metadata={"MODEL": "a", "CHAT_STYLE": "direct"}, _chat_style=ChatStyle.CONSOLE))
    assert job_def.chat_style is ChatStyle.CONSOLE


def test_row_JobDef_parameter_locale(keep: Keep[JobDef]) -> None:
    """The locale is kept, compared by value, and gives the language rule unless the metadata says no."""
    job_def = keep(a_job_def(locale=StatekLocale("pl", "PL")))
    assert job_def.locale == StatekLocale("PL", "PL")
    assert job_def.language_rule is not None and "Polish" in job_def.language_rule
    off = keep(a_job_def(metadata={"MODEL": "a", "AUTO_LANG_RULE": "FALSE"}, locale=StatekLocale("PL")))
    assert off.language_rule is None and off.language_hint == "odpowiedz po polsku"


def test_row_JobDef_model(keep: Keep[JobDef]) -> None:
    """The name of the one model, also with colons in it; the mapping when difficulties differ."""
    assert keep(a_job_def(metadata={"MODEL": " ollama/llama3:8b "})).model == "ollama/llama3:8b"
    assert keep(a_job_def(metadata={"MODEL": "LMH: a/b"})).model == "a/b"
    assert keep(a_job_def(metadata={"MODEL": "h:c/d, lm:a/b"})).model == "L:a/b,M:a/b,H:c/d"


def test_row_JobDef_model_family(keep: Keep[JobDef]) -> None:
    """The family all models share, None when there is none or they differ."""
    assert keep(a_job_def(metadata={"MODEL": "openai/gpt-5-mini"})).model_family == "openai"
    assert keep(a_job_def(metadata={"MODEL": "openrouter/anthropic/claude/x"})).model_family == "anthropic"
    assert keep(a_job_def(metadata={"MODEL": "gpt-5"})).model_family is None
    assert keep(a_job_def(metadata={"MODEL": MIXED})).model_family is None
    assert keep(a_job_def(metadata={"MODEL": "LM:x/a,H:x/b"})).model_family == "x"


@pytest.mark.parametrize(
    ("model", "metadata", "provider"),
    [
        ("openrouter/anthropic/claude", {}, "openrouter"),
        ("openrouter/anthropic/claude", {"PROVIDER": "other"}, "openrouter"),
        ("openai/gpt-5-mini", {}, "openai"),
        ("openai/gpt-5-mini", {"PROVIDER": "azure"}, "azure"),
        ("gpt-5", {}, None),
        ("gpt-5", {"PROVIDER": "azure"}, "azure"),
        (MIXED, {}, None),
        ("LM:openrouter/x/a,H:openrouter/y/b", {}, "openrouter"),
    ],
)
def test_row_JobDef_provider(model: str, metadata: dict[str, str], provider: str | None) -> None:
    """The name's provider, else the metadata's, else the first part; sound for mixed mappings (statek said ``L:…``)."""
    assert a_job_def(metadata={"MODEL": model, **metadata}).provider == provider


def test_row_JobDef_chat_style(keep: Keep[JobDef]) -> None:
    """The override, else the metadata's style, else None."""
    assert keep(a_job_def(metadata={"MODEL": "a", "CHAT_STYLE": "md-dialog"})).chat_style is ChatStyle.MD_DIALOG
    assert keep(a_job_def()).chat_style is None


def test_row_JobDef_set_error(keep: Keep[JobDef]) -> None:
    """An error is kept as text, with the frames of a raised one unless not wanted."""
    job_def = keep(a_job_def())
    try:
        raise ValueError("no such file")
    except ValueError as error:
        job_def.set_error(error)
        job_def.set_error(error, collect_traceback=False)
    job_def.set_error(KeyError("never raised"))
    never, without, raised = job_def.get_errors()
    assert isinstance(raised, JobDefError) and isinstance(raised.created_at, datetime)
    assert (raised.error_message, str(raised)) == ("no such file", "ValueError: no such file")
    assert raised.traceback and (without.traceback, never.traceback) == (None, None)


def test_row_JobDef_get_errors(keep: Keep[JobDef]) -> None:
    """Errors accumulate, newest first; another definition has its own."""
    job_def, other = keep(a_job_def()), keep(a_job_def())
    for number in range(5):
        job_def.set_error(ValueError(str(number)))
    assert [one.error_message for one in job_def.get_errors()] == ["4", "3", "2", "1", "0"]
    assert list(other.get_errors()) == []


def test_row_JobDef_has_errors(keep: Keep[JobDef]) -> None:
    """True from the first error on."""
    job_def = keep(a_job_def())
    assert job_def.has_errors() is False
    job_def.set_error(ValueError())
    assert job_def.has_errors() is True


def test_row_JobDef_clear_errors(keep: Keep[JobDef]) -> None:
    """All errors go; clearing again changes nothing."""
    job_def = keep(a_job_def())
    job_def.set_error(ValueError())
    job_def.clear_errors()
    job_def.clear_errors()
    assert not job_def.has_errors()


def test_row_JobDef_update_warmup_code(keep: Keep[JobDef]) -> None:
    """Parsed and replaced when it differs, cleared by None; a job made before keeps its own."""
    job_def = keep(a_job_def(warmup_code="x = 1"))
    job = a_job(job_def=job_def)
    job_def.update_warmup_code("y = 1\n# ----------\nz = 2")
    assert job_def.warmup_code == ["y = 1", "z = 2"]
    assert job.warmup_blocks == ("x = 1",)
    job_def.update_warmup_code(None)
    assert job_def.warmup_code is None
    with pytest.raises(WarmupSyntaxError):
        job_def.update_warmup_code("x = (")
    assert job_def.warmup_code is None


def test_equal_warmup_code_writes_nothing(database: object) -> None:
    """Setting what is there already leaves the stored definition unchanged."""
    job_def = database.reread(a_job_def(warmup_code="x = 1\n# ----------\ny = 2"))  # type: ignore[attr-defined]
    job_def.update_warmup_code(["x = 1", "y = 2"])
    job_def.set_chat_style(None)
    job_def.clear_errors()
    assert not job_def._p_changed


def test_row_JobDef_set_chat_style(keep: Keep[JobDef]) -> None:
    """Sets and clears the override for later jobs; a job made before keeps its own."""
    job_def = keep(a_job_def())
    job = a_job(job_def=job_def)
    job_def.set_chat_style(ChatStyle.DIRECT)
    assert (job_def.chat_style, job.chat_style) == (ChatStyle.DIRECT, None)
    assert a_job(job_def=job_def).chat_style is ChatStyle.DIRECT
    job_def.set_chat_style(None)
    assert job_def.chat_style is None


@pytest.mark.parametrize("metadata", [{}, {"OTHER": "x"}, {"MODEL": None}])
def test_row_JobDef_raises_ValueError(metadata: dict[str, str]) -> None:
    """Without MODEL a definition cannot be made; the error names agent and MODEL."""
    with pytest.raises(ValueError, match=r"clerk.*MODEL") as caught:
        JobDef(an_agent(), metadata)
    assert isinstance(caught.value, MissingModelError)
    with pytest.raises(MissingModelError):
        JobDef(Agent("clerk"))


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"MODEL": "  "}, BadModelError),
        ({"MODEL": "a", "TEMPERATURE": "hot"}, BadOptionError),
        ({"MODEL": "a", "TEMPERATURE": "2.5"}, BadOptionError),
        ({"MODEL": "a", "TEMPERATURE": "nan"}, BadOptionError),
        ({"MODEL": "a", "DEFAULT_DIFFICULTY": "epic"}, BadOptionError),
        ({"MODEL": "a", "CHAT_STYLE": "shouting"}, BadOptionError),
    ],
)
def test_metadata_that_cannot_be_read_is_refused_at_once(metadata: dict[str, str], error: type[ValueError]) -> None:
    """What would fail at the first request fails when the definition is made."""
    with pytest.raises(error):
        a_job_def(metadata=metadata)


def test_warmup_that_does_not_compile_is_refused_at_once() -> None:
    """The error names the line of the whole text, counted over blocks."""
    with pytest.raises(WarmupSyntaxError, match=r"line 4: .*was never closed") as caught:
        a_job_def(warmup_code="x = 1\n# ------------\n\ny = (\n")
    assert isinstance(caught.value, SyntaxError)
