"""The first line of a ``%%statek_job`` cell: what it may say, and the one line that tells what is wrong with it."""

from __future__ import annotations

import pytest

from statek_jupyter.errors import BadOptionError
from statek_jupyter.launch.options import CELL_OPTIONS
from statek_jupyter.notebook.arguments import CELL_HELP, read_cell_line


def test_a_line_of_everything() -> None:
    """Name first, then options in any order, with a value after a blank or an equals sign, quoted as in a shell."""
    line = read_cell_line('report --agent=analyst --ask "two words" --with a,b --into job --wait --params \'{"n": 1}\'')
    assert (line.name, line.with_names, line.into, line.wait) == ("report", ("a", "b"), "job", True)
    assert line.job_values == {"agent": "analyst", "ask": "two words", "params": '{"n": 1}'}


def test_an_empty_line_is_a_job_without_options() -> None:
    """Every option may be left out; a cell returns at once unless told to wait."""
    line = read_cell_line("")
    assert (line.name, line.job_values, line.wait, line.dry_run) == (None, {}, False, False)


def test_names_to_copy_may_have_blanks_between() -> None:
    """``--with a, b`` is read as it is meant, each name once."""
    assert read_cell_line("--with a, b,a --wait").with_names == ("a", "b")


@pytest.mark.parametrize(
    ("line", "option", "told"),
    [
        ("--modle x", "--modle", "did you mean --model?"),
        ("--ask", "--ask", "needs a value: --ask TEXT"),
        ("--ask --wait", "--ask", "needs a value"),
        ("--ask one two", "two", "quote a text with spaces"),
        ("one two", "two", "a job has one name"),
        ('--ask "one', '--ask "one', "no closing quotation"),
        ("--wait=yes", "--wait", "takes no value, got 'yes'"),
        ("--model a --model b", "--model", "given twice"),
        ("--wait --no-wait", "--wait", "excludes --no-wait"),
        ("--with a-b", "--with", "'a-b' is no variable name"),
        ("--with ,", "--with", "names no variable"),
        ("--into 1x", "--into", "'1x' is no variable name"),
        ("--into class", "--into", "'class' is no variable name"),
    ],
)
def test_a_wrong_line_is_told_in_one_line(line: str, option: str, told: str) -> None:
    """The text names the option as it was written, says what is wrong, and is one line."""
    with pytest.raises(BadOptionError) as caught:
        read_cell_line(line)
    assert caught.value.option == option
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_help_documents_every_option() -> None:
    """What ``%%statek_job?`` shows is made from the table the parser reads, within 80 columns."""
    options = CELL_HELP.partition("Options:\n")[2].partition("\n\n")[0]
    for option in CELL_OPTIONS:
        assert f"  {option.usage} " in options
    assert max(len(line) for line in options.splitlines()) <= 80
