"""Posting to a job and taking from it, by several writers at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import transaction
import ZODB
from hypothesis import given
from hypothesis import strategies as st
from ZODB.FileStorage import FileStorage
from ZODB.POSException import ConflictError

from statek_jupyter.executors.inbox import KEPT_KEYS, Inbox, Message, ResumeRequest, StopRequest


def test_messages_are_taken_once_oldest_first() -> None:
    """Taking empties the inbox; posting the same message again does nothing."""
    inbox = Inbox()
    sent = [Message("a"), StopRequest("enough"), ResumeRequest(), Message("b", data={"n": 1})]
    for message in [*sent, sent[0]]:
        inbox.post(message)
    assert inbox.pending() == tuple(sent) and len(inbox) == 4
    assert inbox.take() == tuple(sent)
    assert inbox.take() == () and len(inbox) == 0


class TwoWriters:
    """Two connections to one database, each with transactions of its own."""

    def __init__(self, path: Path) -> None:
        self.db = ZODB.DB(FileStorage(str(path / "inbox.fs")))
        with self.db.transaction() as connection:
            connection.root()["inbox"] = Inbox()
        self.managers = [transaction.TransactionManager(), transaction.TransactionManager()]
        self.inboxes: list[Inbox] = [self.db.open(manager).root()["inbox"] for manager in self.managers]

    def begin(self) -> None:
        for manager, inbox in zip(self.managers, self.inboxes, strict=True):
            manager.begin()
            inbox.pending()

    def commit(self) -> None:
        for manager in self.managers:
            manager.commit()

    def pending(self) -> list[Any]:
        self.begin()
        seen = [[message.text for message in inbox.pending()] for inbox in self.inboxes]
        assert seen[0] == seen[1]
        return seen[0]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoWriters]:
    writers = TwoWriters(tmp_path)
    yield writers
    for manager in writers.managers:
        manager.abort()
    writers.db.close()


def test_two_senders_at_once_never_conflict(two: TwoWriters) -> None:
    """Both messages are there, in the order they were sent."""
    two.begin()
    two.inboxes[1].post(Message("first"))
    two.inboxes[0].post(Message("second"))
    two.commit()
    assert two.pending() == ["first", "second"]


def test_taking_and_posting_at_once_never_conflict(two: TwoWriters) -> None:
    """What was taken is gone, what came meanwhile stays; whoever commits first."""
    two.begin()
    two.inboxes[0].post(Message("old"))
    two.commit()
    for taker, sender in ((0, 1), (1, 0)):
        two.begin()
        assert [message.text for message in two.inboxes[taker].take()] == ["old"]
        two.inboxes[sender].post(Message("old"))
        two.commit()
    assert two.pending() == ["old"]


def test_a_request_with_a_key_is_done_once_by_two_writers(two: TwoWriters) -> None:
    """The second one conflicts in place of doing it again, and then finds the answer; other keys never conflict."""
    two.begin()
    two.inboxes[0].keep_answer("a", "one")
    two.inboxes[1].keep_answer("a", "two")
    with pytest.raises(ConflictError):
        two.commit()
    two.managers[1].abort()
    two.begin()
    assert [inbox.answer_to("a") for inbox in two.inboxes] == ["one", "one"]
    two.inboxes[0].keep_answer("b", "")
    two.inboxes[1].post(Message("beside"))
    two.commit()
    assert two.pending() == ["beside"]
    assert [inbox.answer_to("b") for inbox in two.inboxes] == ["", ""]


def test_only_the_newest_requests_are_remembered() -> None:
    """An inbox does not grow with the requests ever made."""
    inbox = Inbox()
    for number in range(3 * KEPT_KEYS):
        inbox.keep_answer(f"{number}", "x")
    assert inbox.answer_to("0") is None and inbox.answer_to(f"{3 * KEPT_KEYS - 1}") == "x"
    assert len(inbox.__getstate__()["_answered"]) == KEPT_KEYS


ids = st.frozensets(st.sampled_from("abcdef"))


@given(ids, ids, ids)
def test_merging_keeps_each_sides_changes(old: frozenset[str], saved: frozenset[str], new: frozenset[str]) -> None:
    """For every three states: added by one side stays, taken by one side goes, and neither side's order matters."""

    def state(keys: frozenset[str]) -> dict[str, Any]:
        return {"_waiting": dict.fromkeys(keys, "message")}

    merged = Inbox()._p_resolveConflict(state(old), state(saved), state(new))["_waiting"].keys()
    swapped = Inbox()._p_resolveConflict(state(old), state(new), state(saved))["_waiting"].keys()
    assert merged == swapped == (saved & new) | (saved - old) | (new - old)
