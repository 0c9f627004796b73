"""Keys of the environment do not come into the store through what a job ends with, is told, or says meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from statek_jupyter.engine import live
from statek_jupyter.engine.run import run
from statek_jupyter.redaction import REMOVED
from statek_jupyter.store import Store
from tests.engine.scripted import define

KEY = "very-secret-value-of-a-key"

pytestmark = pytest.mark.parametrize("store", ["memory:"], indirect=True)


@pytest.mark.parametrize(
    ("ending", "result"),
    [
        ("exit(key)", REMOVED),
        ("exit({'keys': [key, (key, 1)]})", {"keys": [REMOVED, (REMOVED, 1)]}),
        ("answer(f'it is {key}')", f"it is {REMOVED}"),
    ],
)
def test_a_job_cannot_end_with_a_key(store: Store, monkeypatch: pytest.MonkeyPatch, ending: str, result: Any) -> None:
    """Neither its status nor its answer holds one."""
    monkeypatch.setenv("SOME_API_KEY", KEY)
    code = f"```python\nimport os\nkey = os.environ['SOME_API_KEY']\n{ending}\n```"
    assert run(define([code]), store=store, timeout=30).result == result


def test_a_reply_is_kept_without_keys(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model may have read one somewhere."""
    monkeypatch.setenv("SOME_API_KEY", KEY)
    assert run(define([f"The key is {KEY}."]), store=store, timeout=30).result == f"The key is {REMOVED}."


def test_what_is_shown_while_code_runs_holds_no_keys(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written to a file that other processes read."""
    monkeypatch.setenv("SOME_API_KEY", KEY)
    live.show_printing("j", lambda: f"a {KEY} b")
    try:
        assert live.streaming_text("j") == f"a {REMOVED} b"
    finally:
        live.show_printing("j", None)
