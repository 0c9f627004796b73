"""Text made fit to be shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.views.plain_text import bounded, clean, cut, line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("10%\r20%\r30%\n", "30%\n"),
        ("a\r\nb", "a\nb"),
        ("done\r", "done"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("\x00\x08\x7f\ud800", "\ufffd\ufffd\ufffd\ufffd"),
        ("naïve 👩‍🔬 עברית", "naïve 👩‍🔬 עברית"),
    ],
)
def test_what_a_terminal_would_do_is_done(raw: str, shown: str) -> None:
    """Colours go, progress bars show their last state, hiding characters become visible, languages stay."""
    assert clean(raw) == shown


@given(st.text())
def test_cleaned_text_can_always_be_encoded_and_stays_clean(text: str) -> None:
    """Any text can be sent as UTF-8 once it is cleaned."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


@given(st.text(alphabet="ab\n", max_size=300), st.integers(1, 60), st.integers(1, 60))
def test_a_cut_says_exactly_what_is_missing(text: str, head: int, tail: int) -> None:
    """Shown and missing characters and lines add up to the text."""
    shown, gap = cut(text, head, tail)
    if gap is None:
        assert shown == text
    else:
        assert len(shown) + gap["characters"] == len(text)
        assert shown.count("\n") + gap["lines"] == text.count("\n")
        assert text.startswith(shown[: gap["at"]]) and text.endswith(shown[gap["at"] :])


@pytest.mark.parametrize("text", ["x" * 5_000_000, "\x1b]" * 500_000, "a\r" * 1_000_000, "\x1b[" + "0" * 2_000_000])
def test_hostile_lengths_take_linear_time(text: str) -> None:
    """No text makes cleaning slow."""
    start = time.process_time()
    clean(text)
    bounded(text)
    assert time.process_time() - start < 3


def test_one_line_is_one_line() -> None:
    """A name from anywhere fits on a line."""
    assert line("a\n b\tc") == "a b c"
    assert len(line("x" * 1000, 50)) == 50
