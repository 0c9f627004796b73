"""What counts as code, as prose and as the end, in every chat style."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statek_jupyter.engine.reply import call_code, read_reply
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.code_block import CallSpec
from statek_jupyter.llm.model import ModelReply, ToolCall

MIXED = "First I look.\n\n```python\nx = 1\n```\n\nThen more.\n\n```python\nprint(x)\n```\n"


def read(text: str, style: ChatStyle | None = None) -> tuple[str | None, str | None, bool]:
    reply = read_reply(ModelReply(text=text), style)
    return (reply.code.code if reply.code else None), reply.answer, reply.final


def test_auto_style_runs_python_fences_in_order() -> None:
    """Two fences are one block of code; the prose around them is kept."""
    assert read(MIXED) == ("x = 1\n\nprint(x)", "First I look.\n\nThen more.", False)


@pytest.mark.parametrize(
    "text", ["Done", "42", "yes", "The answer is 42.", "'fine'", "Result: int", "a, b", "x - y", "..."]
)
def test_auto_style_takes_prose_for_the_final_answer(text: str) -> None:
    """Words and figures end the job, also when they happen to parse as Python."""
    assert read(text) == (None, text, True)


@pytest.mark.parametrize("text", ["print(1)", "x = 2", "import os", "rows[0]", "await ready()", "for i in x:\n    i"])
def test_auto_style_runs_an_unfenced_reply_that_reads_as_python(text: str) -> None:
    """Models often leave the fence away."""
    assert read(text) == (text, None, False)


def test_auto_style_runs_an_unnamed_fence_that_parses() -> None:
    """A fence without a language is code when it is Python."""
    assert read("So:\n```\nx = len('abc')\n```") == ("x = len('abc')", "So:", False)


def test_auto_style_shows_a_fence_of_another_language_as_prose() -> None:
    """A shell command in an answer is not run."""
    text = "Run this:\n```bash\npip install x\n```"
    assert read(text) == (None, text, True)


def test_a_fence_inside_a_longer_fence_is_text() -> None:
    """Code that contains fences is kept whole."""
    assert read("````python\ntext = '''\n```\n'''\n````")[0] == "text = '''\n```\n'''"


def test_console_style_runs_the_whole_reply() -> None:
    """No prose in this style; even one word is Python, and told as such by its error."""
    assert read("Done", ChatStyle.CONSOLE) == ("Done", None, False)
    assert read(MIXED, ChatStyle.CONSOLE)[0] == "x = 1\n\nprint(x)"


def test_markdown_style_never_ends_by_text() -> None:
    """A reply without code is answered with what to do, not taken as the end."""
    reply = read_reply(ModelReply(text="All done!"), ChatStyle.MARKDOWN)
    assert (reply.code, reply.final) == (None, False) and "exit(result)" in (reply.complaint or "")


def test_dialog_style_speaks_and_runs() -> None:
    """Prose is for the person, fences are run, prose alone is final; its line breaks stay."""
    assert read(MIXED, ChatStyle.MD_DIALOG) == ("x = 1\n\nprint(x)", "First I look.\n\nThen more.", False)
    assert read("One.\n\n- two", ChatStyle.MD_DIALOG) == (None, "One.\n\n- two", True)


def test_direct_style_never_runs_text() -> None:
    """Code comes as tool calls only; fences in the text are shown."""
    assert read(MIXED, ChatStyle.DIRECT) == (None, MIXED.strip(), True)
    call = ToolCall("c1", "python", {"code": "x = 1"})
    reply = read_reply(ModelReply(text="A moment.", tool_calls=(call,)), ChatStyle.DIRECT)
    assert reply.code is not None and reply.code.code is None and not reply.final and reply.answer == "A moment."


def test_a_reply_cut_inside_its_code_is_not_run() -> None:
    """Half a program could do harm; the model is told to send smaller pieces."""
    reply = read_reply(ModelReply(text="```python\ndelete(a)\ndele", finish_reason="length"), None)
    assert reply.code is None and not reply.final and "cut off" in (reply.complaint or "")


def test_an_empty_reply_is_answered() -> None:
    """Nothing at all neither runs nor ends the job."""
    reply = read_reply(ModelReply(text="  \n"), None)
    assert (reply.code, reply.final) == (None, False) and reply.complaint


def test_arguments_that_are_no_json_become_an_error_the_model_sees() -> None:
    """A broken call fails when it runs, so that it gets its tool message."""
    call = ToolCall("c1", "search", {}, arguments_error="Expecting value")
    reply = read_reply(ModelReply(tool_calls=(call,)), None)
    assert reply.code is not None and reply.code.tool_calls is not None
    with pytest.raises(ValueError, match="search are not a JSON object: Expecting value"):
        exec(call_code(reply.code.tool_calls[0]), {})


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (CallSpec("1", "python", None, {"code": "x = 1"}), "x = 1"),
        (CallSpec("1", "python", None, {"code": "```python\nx = 1\n```"}), "x = 1"),
        (CallSpec("1", "python_cli", None, {"input": "x = 1"}), "x = 1"),
        (CallSpec("1", "add", (1,), {"b": None}), "add(1, b=None)"),
        (CallSpec("1", "add", None, {"from": "x"}), "add(**{'from': 'x'})"),
    ],
)
def test_a_tool_call_becomes_the_code_that_makes_it(call: CallSpec, code: str) -> None:
    """Every part of a reply runs the same way."""
    assert call_code(call) == code


def test_a_tool_name_that_is_no_name_cannot_inject_code() -> None:
    """A hostile name is an error, not an expression."""
    with pytest.raises(NameError, match="no tool"):
        exec(call_code(CallSpec("1", "__import__('os').abort", None, {})), {})


@given(st.text(), st.sampled_from([None, *ChatStyle]))
def test_any_text_can_be_read(text: str, style: ChatStyle | None) -> None:
    """Every reply is code, final prose, or answered with what was wrong: never nothing."""
    reply = read_reply(ModelReply(text=text), style)
    assert (reply.code is not None) + reply.final + (reply.complaint is not None) == 1
