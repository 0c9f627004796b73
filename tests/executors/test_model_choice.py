"""The grammar of MODEL."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.errors import BadModelError, BadOptionError
from statek_jupyter.executors.model_choice import ModelChoice, ModelName, TaskDifficulty

names = st.from_regex(r"[a-z0-9][a-z0-9.:_-]{0,8}(/[a-z0-9][a-z0-9.:_-]{0,8}){0,3}", fullmatch=True)
one_model = names.filter(lambda name: not re.match(r"[lmh]+:", name))


@given(one_model)
def test_one_models_name_is_kept_whatever_colons_it_has(name: str) -> None:
    """A name that does not begin with labels is one model for every difficulty."""
    choice = ModelChoice.parse(f"  {name} ")
    assert choice.text == name
    assert {choice.name_for(difficulty).text for difficulty in TaskDifficulty} == {name}


@given(names, names, names, st.permutations([0, 1, 2]), st.booleans())
def test_a_mapping_gives_each_difficulty_its_own(low: str, mid: str, high: str, order: list[int], upper: bool) -> None:
    """Order and case of the labels do not matter, and only the first colon of an entry divides."""
    entries = [f"l:{low}", f"m : {mid}", f"h:{high}"]
    text = ",".join(entry[0].upper() + entry[1:] if upper else entry for entry in (entries[i] for i in order))
    choice = ModelChoice.parse(text)
    assert (choice.low.text, choice.medium.text, choice.high.text) == (low, mid, high)


@given(names, names, names)
def test_the_text_of_a_choice_reads_as_the_same_choice(low: str, mid: str, high: str) -> None:
    """`text` is MODEL again; one model for all becomes its plain name where that is no mapping by itself."""
    choice = ModelChoice.parse(f"L:{low},M:{mid},H:{high}")
    if low == mid == high:
        assert choice.text == low
    else:
        assert ModelChoice.parse(choice.text) == choice


@given(st.text(max_size=30))
def test_any_text_is_a_choice_or_a_clear_error(text: str) -> None:
    """Nothing but BadModelError is ever raised, and its line shows the text."""
    try:
        choice = ModelChoice.parse(text)
    except BadModelError as error:
        assert repr(text) in str(error)
    else:
        assert all(choice.name_for(difficulty).text.strip() for difficulty in TaskDifficulty)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "empty"),
        ("L:a,M:b", "all difficulty levels are needed, H is missing"),
        ("L:a", "all difficulty levels are needed, M, H is missing"),
        ("L:a,LM:b,H:c", "Duplicate difficulty L"),
        ("L:a,M:,H:c", "no model after 'M'"),
        ("L:a,b,H:c", "in a list every entry has a label"),
        ("low:a,high:b", "in a list every entry has a label"),
        ("L:a,M:b,H:c,", "in a list every entry has a label"),
        ("gpt 5", "no blanks"),
        ("openai/", "ends with '/'"),
    ],
)
def test_a_model_that_cannot_be_read_says_why(text: str, fragment: str) -> None:
    """Each mistake has its own words."""
    with pytest.raises(BadModelError, match=re.escape(fragment)):
        ModelChoice.parse(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("gpt-5", (None, None, "gpt-5")),
        ("openai/gpt-5", (None, "openai", "gpt-5")),
        ("ollama/llama3:8b", (None, "ollama", "llama3:8b")),
        ("openrouter/anthropic/claude", ("openrouter", "anthropic", "claude")),
        ("openrouter/a/b/c:free", ("openrouter", "a", "b/c:free")),
        ("low:x", (None, None, "low:x")),
        ("/x", (None, None, "x")),
    ],
)
def test_a_name_is_divided_at_slashes(text: str, parts: tuple[str | None, str | None, str]) -> None:
    """Model; family and model; provider, family and the rest. Long labels are no labels."""
    name = ModelName.parse(text)
    assert (name.provider, name.family, name.model) == parts


@pytest.mark.parametrize("text", ["L", "low", " LOW "])
def test_difficulties_have_short_and_long_names(text: str) -> None:
    """A letter or the word, in any case."""
    assert TaskDifficulty.parse(text) is TaskDifficulty.low
    with pytest.raises(BadOptionError, match="none of L, M, H"):
        TaskDifficulty.parse("epic")
