"""The chat log, the console and the variables, and what a turn costs to store."""

from __future__ import annotations

from typing import Any

import pytest

from statek_jupyter.executors.chat_log import ChatLog, CodeError, LLM_LogItem, Output, UserLogItem, WarmupLogItem
from statek_jupyter.executors.code_block import CodeBlock
from statek_jupyter.executors.pyenv import LocalState, PyEnv
from tests.executors.kept import Database, Keep, a_job


def test_a_chat_log_is_a_list(keep: Keep[ChatLog]) -> None:
    """Index, slice, replace, insert, delete; items keep an id that is their position."""
    log = keep(ChatLog(["a", UserLogItem("b"), "c"]))
    assert (len(log), log[-1], log[0:3:2]) == (3, "c", ["a", "c"])
    log[0] = UserLogItem("z")
    log.insert(1, UserLogItem("y"))
    del log[-1]
    assert [(entry.id, entry.message) for entry in log if isinstance(entry, UserLogItem)] == [
        (0, "z"),
        (1, "y"),
        (2, "b"),
    ]
    for wrong in (3, -4):
        with pytest.raises(IndexError, match="out of range for 3 entries"):
            log[wrong]
    with pytest.raises(TypeError, match="slices"):
        log[0:1] = []
    with pytest.raises(TypeError, match="slices"):
        del log[0:1]
    log.clear()
    assert len(log) == 0 and list(log) == [] and bool(log) is False


def test_a_long_chat_log_is_a_list_all_the_same(keep: Keep[ChatLog]) -> None:
    """Across the pages of older entries; and one that shares its beginning is another list."""
    plain = [str(number) for number in range(500)]
    log = keep(ChatLog(plain[:450]))
    log.extend(plain[450:])
    for length in (0, 1, 59, 60, 61, 119, 120, 121, 379, 419, 420, 440, 499, 500):
        other, expected = ChatLog.sharing(log, length), plain[:length]
        assert list(other) == expected and len(other) == length
        for place in {0, 59, 60, length // 2, length - 1} & set(range(length)):
            other[place] = expected[place] = "else"
        other.extend(["more"] * 200)
        assert list(other) == [*expected, *["more"] * 200] == [other[place] for place in range(len(other))]
    assert list(log) == plain == log[:] and log[57:63] == plain[57:63]
    with pytest.raises(IndexError):
        log[500]
    del log[70]
    log.insert(3, "x")
    assert list(log) == [*plain[:3], "x", *plain[3:70], *plain[71:]]


def test_a_chat_log_that_was_written_without_pages_is_read_and_gets_them(keep: Keep[ChatLog]) -> None:
    """As stores that were made earlier have them; a page with each entry that is added."""
    old = ChatLog()
    old._entries.update({number: str(number) for number in range(400)})
    log = keep(old)
    assert list(ChatLog.sharing(log, 300)) == [str(number) for number in range(300)]
    log.extend(str(number) for number in range(400, 410))
    assert list(log) == [str(number) for number in range(410)] and len(log._pages) == 5


def test_sharing_a_long_chat_log_writes_little(database: Database) -> None:
    """Not a name for each of five thousand entries."""
    log = database.reread(ChatLog(UserLogItem("a") for _ in range(5_000)))
    jar: Any = log._p_jar
    before = database.db.storage.getSize()
    jar.root()["shared"] = ChatLog.sharing(log, 4_990)
    jar.transaction_manager.commit()
    assert 0 < database.db.storage.getSize() - before < 8_000


def test_appending_writes_the_same_at_any_length(database: Database) -> None:
    """A turn of a long job costs what a turn of a short one costs (statek rewrote everything)."""
    job = database.reread(a_job())
    written = []
    for turn in range(1, 601):
        item = LLM_LogItem(CodeBlock("x = 1"), turn)
        item.add_outputs([Output("stdout", "1\n")])
        job.chat_log.append(item)
        job.touch()
        written.append(database.size_written(job))
    assert max(written[300:]) <= 1.3 * max(written[:300])


def test_large_output_moves_to_pages(keep: Keep[LLM_LogItem]) -> None:
    """Every piece stays in order, while the item's own record stays small."""
    item = keep(LLM_LogItem("code"))
    for number in range(40):
        item.add_outputs([Output("stdout", f"{number}:" + "x" * 1000)])
    assert [output.text.partition(":")[0] for output in item.outputs] == [str(number) for number in range(40)]
    assert sum(len(output.text) for output in item.tail) <= 17_000 and len(item.pages) == 2
    assert item.console.startswith("0:xxx")


def test_the_console_is_what_items_printed(keep: Keep[Any]) -> None:
    """In order, without the engine's notes; errors are found by item."""
    job = keep(a_job(py_env=PyEnv(console=["before"])))
    warmup, turn = WarmupLogItem(0, CodeBlock("x", metadata={"hidden": True})), LLM_LogItem("code", 1)
    warmup.add_outputs([Output("stdout", "ready\n"), Output("note", "slow")])
    turn.add_outputs([Output("stderr", "oops\n"), Output("display", "", {"image/png": b"."})])
    turn.error = CodeError("ValueError", "bad", line=3)
    job.chat_log.extend([warmup, "hello", turn])
    job.py_env.console_append("later")
    assert job.py_env.console == ["before", "later", "ready\n", "oops\n"]
    assert job.py_env.exceptions == {2: "ValueError: bad"}
    assert warmup.hidden


def test_variables_are_a_mapping(keep: Keep[LocalState]) -> None:
    """Set, read, delete, count; a missing name is a KeyError."""
    variables = keep(LocalState({"a": 1}))
    variables.update(b=2, a=3)
    del variables["b"]
    assert (dict(variables), len(variables), "b" in variables) == ({"a": 3}, 1, False)
    for act in (lambda: variables["b"], lambda: variables.__delitem__("b")):
        with pytest.raises(KeyError):
            act()


class Group:
    """A group of two variables, whose second one sees the first."""

    members = ("one", "two")
    loads = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def load(self, namespace: Any) -> dict[str, Any]:
        Group.loads += 1
        return {"one": self.number, "two": lambda: namespace["one"]}


def test_stored_variables_are_loaded_when_used(database: Database) -> None:
    """Once for all members, and again only when the group has been stored anew."""
    Group.loads = 0
    variables = LocalState()
    variables.groups.update(dict.fromkeys(Group.members, Group(1)))
    variables = database.reread(variables)
    assert set(variables) == {"one", "two"} and Group.loads == 0
    assert (variables["one"], variables["two"](), Group.loads) == (1, 1, 1)
    variables.groups.update(dict.fromkeys(Group.members, Group(2)))
    assert (variables["two"](), variables["one"], Group.loads) == (2, 2, 2)
    variables["one"] = "mine"
    assert variables["one"] == "mine"
    del variables["one"]
    assert "one" not in variables and len(variables) == 1


def test_the_context_is_made_on_first_use(keep: Keep[PyEnv]) -> None:
    """None before: reading it never writes."""
    env = keep(PyEnv())
    assert env.perm_ctx is None
    env.update_context(user="ada")
    env.update_context(role="x")
    assert env.perm_ctx is not None and dict(env.perm_ctx) == {"user": "ada", "role": "x"}


def test_an_exit_status_is_plain_or_a_variable(keep: Keep[PyEnv]) -> None:
    """A status that is no plain data lies among the variables; a new status takes its place."""
    env = keep(PyEnv(local_state={"exit_status": ["a", "table"]}))
    assert env.exit_status is None
    env.exit_variable = "exit_status"
    assert env.exit_status == ["a", "table"]
    env.exit_status = 3
    assert (env.exit_status, env.exit_variable) == (3, None)
