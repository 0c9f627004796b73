"""Names of models: what answers, what is refused, and what is not imported for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from statek_jupyter.errors import BadModelError, MissingKeyError, UnknownModelError
from statek_jupyter.llm import registry
from statek_jupyter.llm.model import ModelReply, ModelRequest
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel


@pytest.mark.parametrize("asked", ["names", "scripted/names", "function/names"])
@pytest.mark.parametrize("given", ["names", "scripted/names", "function/names"])
def test_a_registered_model_answers_to_its_name_with_and_without_prefix(given: str, asked: str) -> None:
    """However a model was registered, every spelling of its name finds it."""
    client = registry.register_model(given, ["hello"])
    assert registry.resolve(asked) is client
    registry.check(asked)


def test_registering_again_replaces() -> None:
    """The same name stands for the last model given, also when its kind differs."""
    registry.register_model("twice", ["one"])
    second = registry.register_model("function/twice", lambda messages: "two")
    assert registry.resolve("scripted/twice") is second


def test_replies_a_function_and_a_client_can_be_registered() -> None:
    """Lists become scripted models, functions become function models, clients stay what they are."""

    class Own:
        async def complete(self, request: ModelRequest, on_text: object = None) -> ModelReply:
            return ModelReply("own")

    own = Own()
    assert isinstance(registry.register_model("kinds", ["a", ModelReply("b")]), ScriptedModel)
    assert isinstance(registry.register_model("kinds", lambda messages: "a"), FunctionModel)
    assert registry.register_model("kinds", own) is own


@pytest.mark.parametrize("model", ["one reply", 3, None])
def test_what_is_no_model_is_refused(model: object) -> None:
    """A bare text is most likely a forgotten pair of brackets, and nothing is registered for it."""
    with pytest.raises(TypeError):
        registry.register_model("not-a-model", model)  # type: ignore[arg-type]
    assert "not-a-model" not in registry.registered_models()


@pytest.mark.parametrize("name", ["", "  ", "scripted/", "human"])
def test_a_model_needs_a_name_of_its_own(name: str) -> None:
    """Blank names and ``human`` cannot be registered."""
    with pytest.raises(BadModelError):
        registry.register_model(name, ["a"])


@pytest.mark.parametrize("model", ["scripted/nobody", "function/nobody"])
def test_an_unregistered_script_is_unknown_and_the_error_says_what_to_do(model: str) -> None:
    """Another process may know the name; this one says so at once."""
    assert not registry.can_resolve(model)
    with pytest.raises(UnknownModelError, match=r"register_model\('nobody'"):
        registry.check(model)


def test_a_blank_model_is_refused() -> None:
    """Neither resolved nor checked."""
    assert not registry.can_resolve("  ")
    with pytest.raises(BadModelError):
        registry.check("")


def test_human_is_always_there() -> None:
    """A person answers without any registration."""
    registry.check("human")
    assert registry.resolve("human") is registry.human()


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("openai/gpt-5-mini", "OPENAI_API_KEY"),
        ("gpt-5-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
        ("openrouter/anthropic/claude-sonnet-4.5", "OPENROUTER_API_KEY"),
    ],
)
def test_a_missing_key_is_named(model: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable; with it set, the check passes."""
    with pytest.raises(MissingKeyError, match=variable):
        registry.check(model)
    monkeypatch.setenv(variable, "sk-something")
    registry.check(model)


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a base URL set, ``openai/…`` may do without a key; so may local providers."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    registry.check("openai/anything")
    registry.check("ollama/llama3:8b")


def test_every_model_of_a_choice_by_difficulty_is_checked() -> None:
    """One unknown model among three is found."""
    registry.register_model("choice", ["a"])
    registry.check("LM:scripted/choice,H:choice")
    with pytest.raises(UnknownModelError, match="elsewhere"):
        registry.check("LM:scripted/choice,H:scripted/elsewhere")


def test_nothing_heavy_is_imported_for_names() -> None:
    """Importing the registry, resolving and checking a provider's model import neither litellm nor an HTTP library."""
    code = """
import json, os, sys
os.environ["OPENAI_API_KEY"] = "sk-1"
from statek_jupyter.llm import registry
registry.resolve("openai/gpt-5-mini"); registry.check("openai/gpt-5-mini"); registry.check("ollama/llama3")
heavy = {"litellm", "httpx", "openai", "aiohttp", "relstorage", "IPython"}
print(json.dumps(sorted(heavy & {name.partition(".")[0] for name in sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_litellm_is_imported_without_network_without_a_word_and_without_reading_env_files(tmp_path: Path) -> None:
    """The import opens no connection, prints nothing, and leaves keys lying in ``.env`` files alone."""
    code = """
import os, sys
open(".env", "w").write("OPENAI_API_KEY=sk-from-file")
touched = []
calls = ("socket.connect", "socket.getaddrinfo")
sys.addaudithook(lambda event, args: touched.append(event) if event in calls else None)
from statek_jupyter.errors import UnknownModelError
from statek_jupyter.llm import registry
try:
    registry.check("nobody/knows")
except UnknownModelError:
    pass
assert "litellm" in sys.modules
assert not touched, touched
assert "OPENAI_API_KEY" not in os.environ
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=_env())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
