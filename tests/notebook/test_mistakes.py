"""A mistake in a cell: one clear line, no traceback, and nothing half-done."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.notebook.kernel import Kernel

pytestmark = pytest.mark.kernel

BEFORE = """
import statek_jupyter as sj
sj.register_model("known", ["done"])
numbers = (n for n in [1])
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel without any provider's key."""
    folder = tmp_path_factory.mktemp("mistakes")
    keys = {name: "" for name in os.environ if name.endswith("_API_KEY")}
    with Kernel(folder / "store", {**keys, "IPYTHONDIR": str(folder)}) as running:
        assert running.run(BEFORE).status == "ok"
        yield running


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        pytest.param("%%statek_job --modle scripted/known\nx = 1", "did you mean --model?", id="unknown option"),
        pytest.param(
            "%%statek_job --agent nobody --model scripted/known\nx = 1", "no agent 'nobody'", id="unknown agent"
        ),
        pytest.param("%%statek_job\nx = 1", "has no MODEL", id="missing MODEL"),
        pytest.param(
            "%%statek_job --model scripted/known\nx = 1\ndef f(:", "warmup code, line 2", id="syntax error in warmup"
        ),
        pytest.param(
            "%%statek_job --model scripted/known --with dayz\nx = 1",
            "the notebook has no variable 'dayz'",
            id="--with of a name that does not exist",
        ),
        pytest.param(
            "%%statek_job --model scripted/known --with numbers\nx = 1",
            "'numbers'",
            id="value that cannot be stored",
        ),
        pytest.param("%%statek_job --model scripted/nope\nx = 1", "unknown model 'scripted/nope'", id="unknown model"),
        pytest.param("%%statek_job --model openai/gpt-5-mini\nx = 1", "OPENAI_API_KEY", id="missing key"),
        pytest.param(
            "%%statek_job --model scripted/known --params {a}\nx = 1", "--params: '{a}' is no JSON", id="bad JSON"
        ),
        pytest.param(
            "%%statek_job --model scripted/known --store README.md\nx = 1", "this is a file", id="store that is a file"
        ),
        pytest.param("%%statek_job --model ,\nx = 1", "model", id="model that cannot be read"),
        pytest.param("%statek answer 3 pots", "quote an answer that has spaces", id="answer of several words"),
        pytest.param("%%statek_job --ask one two --model scripted/known", "quote a text", id="text without quotes"),
        pytest.param("%%statek_job --model scripted/known --dry-run --with dayz", "'dayz'", id="in a dry run"),
        pytest.param("%statek frobnicate", "no such command", id="unknown command"),
        pytest.param("%statek jobs finished", "there is no 'finished'", id="unknown status"),
        pytest.param("%statek show", "started no job yet", id="no job yet"),
        pytest.param("%statek show 0000000000000", "no job '0000000000000'", id="unknown job"),
        pytest.param("%statek send", "needs a job and a text", id="send without a text"),
        pytest.param("%statek model scripted/nope", "unknown model", id="unknown default model"),
        pytest.param("%statek store README.md", "this is a file", id="default store that is a file"),
        pytest.param("%%statek_job --ask -\n", "there is none", id="a message that is not there"),
        pytest.param("%statek worker faster", "start or stop", id="unknown worker command"),
    ],
)
def test_a_mistake_is_one_line(kernel: Kernel, cell: str, told: str) -> None:
    """The cell fails, so that "run all" stops; it shows one line on stderr and leaves no job and no ``_job``."""
    done = kernel.run(cell)
    assert done.status == "error"
    (output,) = done.outputs
    assert (output["output_type"], output["name"]) == ("stream", "stderr")
    assert output["text"].startswith("UsageError: ")
    assert output["text"].count("\n") == 1, output["text"]
    assert told in output["text"]
    assert kernel.run("print(len(sj.open_store().jobs()), '_job' in globals())").text == "0 False\n"


def test_a_mistake_leaves_the_default_store_as_it_was(kernel: Kernel) -> None:
    """After a store that cannot be opened, the next cell uses the one before."""
    kernel.run("%statek store README.md")
    assert "README.md" not in kernel.run("%statek store").text
