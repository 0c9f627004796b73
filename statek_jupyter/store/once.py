"""A request with a key acts once: a part of the transaction that does it, so no crash lies between the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statek_jupyter.store.root import Root


def once(job_id: str, key: str | None, act: Callable[[Root], str]) -> Callable[[Root], str]:
    """The body of a transaction that does `act`, unless the job remembers the key; then it gives what was answered.

    Args:
        job_id: Whose request it is.
        key: None or empty for a request that nobody repeats.
        act: Changes the store and gives the answer.
    """

    def write(root: Root) -> str:
        if not key:
            return act(root)
        inbox = root.job(job_id).inbox
        answer = inbox.answer_to(key)
        if answer is None:
            answer = act(root)
            inbox.keep_answer(key, answer)
        return answer

    return write
