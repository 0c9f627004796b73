"""A user's mistake on the command line: exit code 1, one clear line on stderr, nothing half-done."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from statek_jupyter.cli.main import main
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.job import JobDef
from statek_jupyter.llm.registry import register_model
from statek_jupyter.store import open_store


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a store that holds one job nobody has begun, and a file that is good and one that is not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATEK_STORE", str(tmp_path / "store"))
    register_model("known", ["done"])
    (tmp_path / "good.py").write_text("a = 1\n")
    (tmp_path / "broken.py").write_text("a = 1\nb = (\n")
    with open_store() as store:
        store.submit(JobDef(Agent("tester", metadata={"MODEL": "scripted/known"})), name="idle")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "required: COMMAND"),
        ("frob", "'frob'"),
        ("jobs --stauts done", "unrecognized arguments: --stauts"),
        ("jobs --limit many", "--limit"),
        ("jobs --limit 0", "--limit: needs a number above 0"),
        ("jobs --status finished", "'finished'"),
        ("jobs --store good.py", "this is a file"),
        ("jobs --store nowhere", "there is none yet"),
        ("jobs --store ftp://x", "'ftp' is no kind of store"),
        ("show", "required: ID"),
        ("show nobody", "no job 'nobody'"),
        ("send idle ''", "the message is empty"),
        ("send idle hello --store nowhere", "there is none yet"),
        ("resume idle", "is ready, not suspended or failed"),
        ("complete ''", "the event needs a name"),
        ("resolve idle --error broken --retry", "needs one of --outcome VALUE, --error TEXT and --retry"),
        ("resolve idle --error broken", "has no open call with an unknown outcome"),
        ("export idle out.pdf", "no known suffix"),
        ("export idle no/such/folder/out.html", "there is no folder"),
        ("run nofile.py --model scripted/known", "nofile.py: No such file"),
        ("run broken.py --model scripted/known", "warmup code, line 2"),
        ("run good.py", "has no MODEL"),
        ("run good.py --model scripted/unknown", "--import MODULE"),
        ("run good.py --model openai/gpt-5-mini", "OPENAI_API_KEY"),
        ("run good.py --model scripted/known --agent nobody", "no agent 'nobody'"),
        ("run good.py --model scripted/known --params '{a}'", "is no JSON"),
        ("run good.py --model scripted/known --max-turns 0", "--max-turns: needs a whole number"),
        ("run good.py --model scripted/known --priority high", "--priority: needs a whole number"),
        ("run good.py --model scripted/known --modle x", "--modle"),
        ("run good.py --model scripted/known --import no_such_module", "no_such_module"),
        ("run good.py --model scripted/known --store good.py", "this is a file"),
        ("worker --concurrency 0", "--concurrency: needs a number above 0"),
        ("store", "required: COMMAND"),
        ("store backup store", "already; a backup takes a new name"),
        ("store pack --keep-days -1", "--keep-days"),
    ],
)
def test_a_mistake_is_one_line(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The line says what is wrong; nothing is printed on stdout and no job appears in the store."""
    try:
        code: object = main(shlex.split(line))
    except SystemExit as left:
        code = left.code
    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == ""
    assert captured.err.startswith("statek-jupyter: ")
    assert captured.err.count("\n") == 1, captured.err
    assert told in captured.err
    assert not Path("nowhere").exists()
    with open_store() as store:
        assert [handle.name for handle in store.jobs()] == ["idle"]
