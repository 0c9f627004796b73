"""How many commits a turn takes, and what a request is that was begun and not sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from statek_jupyter.engine import commits
from statek_jupyter.engine.claims import Claimant, claim
from statek_jupyter.engine.driver import Driver
from statek_jupyter.engine.job_thread import HandedBack
from statek_jupyter.engine.run import run
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import LLM_LogItem
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.job_id import job_number
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import JobHandle, Store
from statek_jupyter.store.root import Root
from statek_jupyter.store.session import Session
from tests.engine.scripted import define

CODE = "```python\nx = 1\n```"


def outcomes(handle: JobHandle) -> list[list[str]]:
    """Of the attempts of each turn."""
    return [[one.outcome for one in item.attempts] for item in handle.chat_log if isinstance(item, LLM_LogItem)]


def test_the_end_of_a_turn_and_the_next_question_are_one_commit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn takes two commits: its reply, and what its code did together with the attempt of the next turn."""
    written: Counter[int] = Counter()
    commit = Session.commit

    def counting(session: Session) -> tuple[int, ...]:
        numbers = commit(session)
        written.update(numbers)
        return numbers

    monkeypatch.setattr(Session, "commit", counting)
    taken = []
    for turns in (4, 14):
        handle = run(define([*[CODE] * turns, "Done."]), store=store, timeout=30)
        assert (handle.result, handle.turns) == ("Done.", turns + 1)
        assert outcomes(handle) == [["kept"]] * (turns + 1)
        taken.append(written[job_number(handle.id)])
    assert taken[1] - taken[0] == 2 * 10


def test_a_request_that_is_not_sent_after_all_is_no_lost_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker wants the job back just when the request is begun: that is told, and nothing was sent."""
    sent: list[int] = []

    def answer(messages: Any, turn: int, **request: Any) -> str:
        sent.append(turn)
        return CODE

    register_model("asked", FunctionModel(answer))
    handle = store.submit(JobDef(Agent("asked", metadata={"MODEL": "function/asked"})))
    claimant = Claimant(store.presence.id, store.presence.alive, lambda model: True)
    (held,) = store.run(lambda root: claim(root, claimant, 1)).held
    begin = commits.begin_next_ask

    async def go() -> None:
        loop, driver = asyncio.get_running_loop(), Driver(store, held)

        def begin_and_hand_back(root: Root, held: commits.Held) -> commits.Asked | None:
            begun = begin(root, held)
            loop.call_soon_threadsafe(driver.hand_back)
            return begun

        monkeypatch.setattr(commits, "begin_next_ask", begin_and_hand_back)
        try:
            await driver.run()
        except HandedBack:
            assert driver.handing_back

    asyncio.run(go())
    assert sent == [1]
    assert outcomes(handle) == [["kept"], ["failed"]]
